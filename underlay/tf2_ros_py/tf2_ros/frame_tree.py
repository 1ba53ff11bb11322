# SPDX-License-Identifier: Apache-2.0
"""The tree of frames: who is whose parent, and the transform between any two. Not thread-safe by itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from tf2_ros.exceptions import (
    ConnectivityException,
    ExtrapolationException,
    InvalidArgumentException,
    LookupException,
)
from tf2_ros.transform_history import LATEST, Interval, Sample, StaticTransform, TransformHistory

MAX_DEPTH = 1000  # parents; a longer way to the root is taken for a loop
QUATERNION_NORM_TOLERANCE = 1e-2  # of the squared norm; tf2's own


class RigidTransform(NamedTuple):
    """T_target_source at one time."""

    stamp: int  # ns
    translation: np.ndarray  # (3,) m
    rotation: Rotation


class Path(NamedTuple):
    """The transforms from two frames up to their lowest common one, at one time."""

    stamp: int  # ns
    up: list[Interval]  # from the source
    down: list[Interval]  # from the target, also listed upwards


def interpolate(intervals: list[Interval]) -> np.ndarray:
    """T_parent_child of each interval, (N, 4, 4): linear in translation, along the shorter arc in rotation.

    All at once, since calls into scipy, not arithmetic, are what takes time here.
    """
    ratios = np.array([interval.ratio for interval in intervals])[:, None]
    translations = np.array(
        [[interval.before.translation, interval.after.translation] for interval in intervals]
    )
    rotations = Rotation.from_quat([interval.before.quaternion for interval in intervals])
    if ratios.any():
        arcs = rotations.inv() * Rotation.from_quat([interval.after.quaternion for interval in intervals])
        rotations = rotations * Rotation.from_rotvec(ratios * arcs.as_rotvec())
    matrices = np.zeros((len(intervals), 4, 4))
    matrices[:, :3, :3] = rotations.as_matrix()
    matrices[:, :3, 3] = (1.0 - ratios) * translations[:, 0] + ratios * translations[:, 1]
    matrices[:, 3, 3] = 1.0
    return matrices


def _product(steps: np.ndarray) -> np.ndarray:
    """T_last_first of transforms (N, 4, 4) that are listed upwards."""
    product = np.eye(4)
    for step in steps:
        product = step @ product
    return product


class FrameTree:
    """Every frame's history, keyed by the frame; `cache_time` [ns] is how far back each goes."""

    def __init__(self, cache_time: int) -> None:
        self._cache_time = cache_time
        self._histories: dict[str, TransformHistory | StaticTransform] = {}
        self._frames: set[str] = set()

    def insert(self, child: str, sample: Sample, *, static: bool) -> None:
        """Add one sample of `child`; InvalidArgumentException says why it is not taken."""
        self._check_sample(child, sample)
        kind = StaticTransform if static else TransformHistory
        history = self._histories.get(child)
        if not isinstance(history, kind):
            history = StaticTransform() if static else TransformHistory(self._cache_time)
            self._histories[child] = history
        self._frames |= {child, sample.parent}
        if not history.insert(sample):
            raise InvalidArgumentException(
                f"transform of frame '{child}' at {sample.stamp / 1e9:.6f} s is more than "
                f"{self._cache_time / 1e9:g} s older than the newest one; check the publisher's clock"
            )

    @staticmethod
    def _check_sample(child: str, sample: Sample) -> None:
        where = f"transform of frame '{child}' in '{sample.parent}'"
        if not child or not sample.parent:
            raise InvalidArgumentException(
                f"{where} lacks a frame name; set header.frame_id and child_frame_id"
            )
        if child == sample.parent:
            raise InvalidArgumentException(f"{where} makes the frame its own parent; name two frames")
        if not (np.all(np.isfinite(sample.translation)) and np.all(np.isfinite(sample.quaternion))):
            raise InvalidArgumentException(
                f"{where} is not finite: {sample.translation}, {sample.quaternion}"
            )
        norm = math.hypot(*sample.quaternion)
        if abs(norm * norm - 1.0) >= QUATERNION_NORM_TOLERANCE:
            raise InvalidArgumentException(f"{where} has a quaternion of norm {norm:.4g}; normalise it")

    def clear(self) -> None:
        """Forget every moving frame's past; the frames stay known."""
        for history in self._histories.values():
            history.clear()

    def latest_common_stamp(self, target: str, source: str) -> int:
        """The latest time [ns] at which all moving frames in between are known; LATEST when none moves."""
        self._check_known(target, source)
        if target == source:
            sample = self._latest(source)
            return sample.stamp if sample else LATEST
        stamps_of_source = self._latest_stamps_to_root(source)
        stamps_of_target = self._latest_stamps_to_root(target)
        common = next((frame for frame in stamps_of_target if frame in stamps_of_source), None)
        if common is None:
            raise self._not_connected(target, source)
        # Stamps are gathered on the way up: those at the common frame belong to the edges below it.
        stamps = stamps_of_source[common] | stamps_of_target[common]
        return min(stamps - {LATEST}, default=LATEST)

    def check(self, target: str, source: str, stamp: int) -> None:
        """Raise what lookup would raise, if anything, without computing the transform."""
        self._path(target, source, stamp)

    def lookup(self, target: str, source: str, stamp: int) -> RigidTransform:
        """T_target_source at `stamp` [ns]; LATEST takes the latest common time.

        InvalidArgumentException, LookupException, ConnectivityException or ExtrapolationException say why
        not.
        """
        path = self._path(target, source, stamp)
        if not path.up and not path.down:
            return RigidTransform(path.stamp, np.zeros(3), Rotation.identity())
        steps = interpolate([*path.up, *path.down])
        t_common_source = _product(steps[: len(path.up)])
        t_common_target = _product(steps[len(path.up) :])
        t_target_source = np.linalg.solve(t_common_target, t_common_source)
        return RigidTransform(
            path.stamp, t_target_source[:3, 3], Rotation.from_matrix(t_target_source[:3, :3])
        )

    def _path(self, target: str, source: str, stamp: int) -> Path:
        self._check_known(target, source)
        if stamp == LATEST:
            stamp = self.latest_common_stamp(target, source)
        up, source_end = self._way_to_root(source, stamp)
        down, target_end = self._way_to_root(target, stamp)
        common = next((frame for frame in down if frame in up), None)
        if common is None:
            reason = target_end or source_end
            if reason is None:
                raise self._not_connected(target, source)
            raise ExtrapolationException(f"transform from frame '{source}' to '{target}': {reason}")
        return Path(stamp, up[common], down[common])

    def _check_known(self, *frames: str) -> None:
        for frame in frames:
            if not frame:
                raise InvalidArgumentException("a frame name is empty; name both frames")
            if frame.startswith("/"):
                raise InvalidArgumentException(f"frame '{frame}' starts with '/'; drop the slash")
        for frame in frames:
            if frame not in self._frames:
                raise LookupException(
                    f"frame '{frame}' is not known; known: {', '.join(sorted(self._frames)) or 'none'}"
                )

    def _latest(self, frame: str) -> Sample | None:
        history = self._histories.get(frame)
        return history.latest() if history else None

    def _latest_stamps_to_root(self, frame: str) -> dict[str, frozenset[int]]:
        """For `frame` and each frame above it: the latest stamps of the transforms in between."""
        stamps: dict[str, frozenset[int]] = {frame: frozenset()}
        while (sample := self._latest(frame)) is not None:
            self._check_depth(stamps, sample.parent)
            stamps[sample.parent] = stamps[frame] | {sample.stamp}
            frame = sample.parent
        return stamps

    def _way_to_root(self, frame: str, stamp: int) -> tuple[dict[str, list[Interval]], str | None]:
        """For `frame` and each frame above it, the transforms in between; and what ended the way early."""
        way: dict[str, list[Interval]] = {frame: []}
        while (history := self._histories.get(frame)) is not None:
            try:
                interval = history.at(stamp)
            except ExtrapolationException as error:
                return way, f"frame '{frame}': {error}"
            parent = interval.before.parent
            self._check_depth(way, parent)
            way[parent] = [*way[frame], interval]
            frame = parent
        return way, None

    @staticmethod
    def _check_depth(passed: Mapping[str, object], parent: str) -> None:
        if parent in passed or len(passed) > MAX_DEPTH:
            raise LookupException(
                f"frames form a loop through '{parent}'; find who publishes its transform twice"
            )

    @staticmethod
    def _not_connected(target: str, source: str) -> ConnectivityException:
        return ConnectivityException(
            f"frames '{target}' and '{source}' are in two trees; publish the transform that joins them"
        )
