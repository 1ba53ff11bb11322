# SPDX-License-Identifier: Apache-2.0
"""What is known of one frame's pose in its parent over time."""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

import numpy as np

from tf2_ros.exceptions import ExtrapolationException

LATEST = 0  # ns; the stamp that stands for "the latest there is", as everywhere in tf2


class Sample(NamedTuple):
    """T_parent_child at one time."""

    stamp: int  # ns
    parent: str
    translation: np.ndarray  # (3,) m
    quaternion: np.ndarray  # (4,) x y z w


class Interval(NamedTuple):
    """Where a time lies between two samples of one frame: `ratio` 0 at `before`, 1 at `after`."""

    before: Sample
    after: Sample
    ratio: float


class TransformHistory:
    """Samples of a moving frame, as far back as `cache_time` [ns] before the newest."""

    def __init__(self, cache_time: int) -> None:
        self._cache_time = cache_time
        self._stamps: list[int] = []
        self._samples: list[Sample] = []

    def insert(self, sample: Sample) -> bool:
        """Add a sample in order of time, replacing one of the same stamp; False when it is too old."""
        if self._stamps and sample.stamp < self._stamps[-1] - self._cache_time:
            return False
        index = bisect_left(self._stamps, sample.stamp)
        if index < len(self._stamps) and self._stamps[index] == sample.stamp:
            self._samples[index] = sample
        else:
            self._stamps.insert(index, sample.stamp)
            self._samples.insert(index, sample)
        outdated = bisect_left(self._stamps, self._stamps[-1] - self._cache_time)
        del self._stamps[:outdated], self._samples[:outdated]
        return True

    def latest(self) -> Sample | None:
        return self._samples[-1] if self._samples else None

    def at(self, stamp: int) -> Interval:
        """Where `stamp` [ns, LATEST for the newest] lies; ExtrapolationException outside what is stored."""
        if not self._samples:
            raise ExtrapolationException("nothing is stored")
        index = len(self._stamps) - 1 if stamp == LATEST else bisect_left(self._stamps, stamp)
        if index < len(self._stamps) and stamp in (LATEST, self._stamps[index]):
            return Interval(self._samples[index], self._samples[index], 0.0)
        if index == 0 or index == len(self._stamps):
            way = "past" if index == 0 else "future"
            raise ExtrapolationException(
                f"extrapolation into the {way}: {stamp / 1e9:.6f} s was asked for, "
                f"{self._stamps[0] / 1e9:.6f} s to {self._stamps[-1] / 1e9:.6f} s is stored"
            )
        before, after = self._samples[index - 1], self._samples[index]
        if before.parent != after.parent:
            # There is no path between poses in two parents: the frame stays where it was until it changes.
            return Interval(before, before, 0.0)
        return Interval(before, after, (stamp - before.stamp) / (after.stamp - before.stamp))

    def clear(self) -> None:
        self._stamps.clear()
        self._samples.clear()


class StaticTransform:
    """The one sample of a frame that never moves, valid at every time."""

    def __init__(self) -> None:
        self._sample: Sample | None = None

    def insert(self, sample: Sample) -> bool:
        self._sample = sample._replace(stamp=LATEST)  # so that it never limits the latest common time
        return True

    def latest(self) -> Sample | None:
        return self._sample

    def at(self, stamp: int) -> Interval:
        if self._sample is None:
            raise ExtrapolationException("nothing is stored")
        return Interval(self._sample, self._sample, 0.0)

    def clear(self) -> None:
        """Keeps the sample: a static frame outlives a jump of the clock, and nobody would send it again."""
