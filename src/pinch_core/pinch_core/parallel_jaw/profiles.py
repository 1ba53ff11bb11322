# SPDX-License-Identifier: Apache-2.0
"""Grasp width measured on the image: how far the object reaches along the closing axis at the height of the
pads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.perception.height_map import HeightMap

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Intp = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Profiles:
    """Height profiles along closing axes: the highest point across the breadth of the fingers, step by step.

    ``heights``: Float32[P, S] [m]; ``positions``: Float32[S] along the axis from the pair's centre [m],
    evenly spaced.
    """

    heights: Float32
    positions: Float32

    @property
    def step(self) -> float:
        return float(self.positions[1] - self.positions[0])

    def top(self, half_width: Float64) -> Float64:
        """Float64[P]: highest point within ``half_width`` (P,) [m] of the centre."""
        between = np.abs(self.positions)[None, :] <= half_width[:, None].astype(np.float32)
        return np.asarray(np.where(between, self.heights, np.float32(0)).max(axis=1), dtype=np.float64)

    def contact_heights(self, index: Intp, low: Float64, high: Float64) -> Float64:
        """Float64[N]: of what the pads meet at both ends of extents ``low`` to ``high`` (N,), the lower."""
        inward = np.minimum(2 * self.step, (high - low) / 2)
        heights = self.heights[index]
        ends = [
            (self.positions >= start[:, None] - self.step) & (self.positions <= stop[:, None] + self.step)
            for start, stop in ((low, low + inward), (high - inward, high))
        ]
        met = [np.where(end, heights, np.float32(0)).max(axis=1, initial=0.0) for end in ends]
        return np.asarray(np.minimum(*met), dtype=np.float64)

    def blocked(self, index: Intp, low: Float64, high: Float64, height: Float64) -> NDArray[np.bool_]:
        """Bool[N]: anything higher than ``height`` (N,) between ``low`` and ``high`` (N,) along profile
        ``index`` (N,).
        """
        heights, within = self._between(index, low, high)
        return np.asarray(((heights > height[:, None].astype(np.float32)) & within).any(axis=1))

    def highest(self, index: Intp, low: Float64, high: Float64) -> Float32:
        """Float32[N]: highest point between ``low`` and ``high`` (N,) along profile ``index`` (N,) [m]."""
        heights, within = self._between(index, low, high)
        return np.asarray(np.where(within, heights, np.float32(-np.inf)).max(axis=1))

    def _between(self, index: Intp, low: Float64, high: Float64) -> tuple[Float32, NDArray[np.bool_]]:
        """(Float32[N, M], Bool[N, M]): heights from ``low`` on, and which of them lie below ``high``."""
        half = self.step / 2
        start = np.searchsorted(self.positions + half, low, side="right").clip(0, len(self.positions) - 1)
        stop = np.searchsorted(self.positions - half, high).clip(1, len(self.positions))
        length = int((stop - start).max(initial=1))
        at = start[:, None] + np.arange(length)
        heights = self.heights[index[:, None], np.minimum(at, len(self.positions) - 1)]
        return heights, at < stop[:, None]


def measure_profiles(
    height_map: HeightMap, centers: Float64, axes: Float64, half_length: float, half_breadth: float
) -> Profiles:
    """Sample the height map under strips of ``2 half_length`` x ``2 half_breadth`` [m].

    Args:
        centers: (P, 2) table x, y [m].
        axes: (P, 2) unit closing directions.
    """
    step = np.float32(height_map.cell)
    n_along, n_across = math.ceil(half_length / step), max(1, math.ceil(half_breadth / step))
    along = np.arange(-n_along, n_along + 1, dtype=np.float32) * step
    across = np.linspace(-half_breadth, half_breadth, 2 * n_across + 1, dtype=np.float32)
    c, a = centers.astype(np.float32), axes.astype(np.float32)
    heights = np.zeros((len(c), len(along)), dtype=np.float32)
    base_x, base_y = c[:, :1] + a[:, :1] * along, c[:, 1:] + a[:, 1:] * along
    for offset in across:
        np.maximum(
            heights, height_map.look_up(base_x - a[:, 1:] * offset, base_y + a[:, :1] * offset), out=heights
        )
    return Profiles(heights, along)


@dataclass(frozen=True, eq=False)
class Extents:
    """Where the object lies along the closing axis and how much room there is beside it, each Float64[N] [m].

    ``low``, ``high``: where it begins and ends, -inf and inf where it goes on beyond the reach of the jaws.
    ``room``: free length beyond the nearer end, up to the next obstacle of that height; infinite if none.
    """

    low: Float64
    high: Float64
    room: Float64

    @property
    def width(self) -> Float64:
        return self.high - self.low


def measure_extents(
    profiles: Profiles, index: Intp, half_separation: Float64, tip_height: Float64, half_reach: float
) -> Extents:
    """Extent of the object above the fingertips, from the contacts outward to the first gap.

    Args:
        index: (N,) profile of each grasp.
        half_separation: (N,) half the distance between the contacts [m].
        tip_height: (N,) [m].
        half_reach: half the length along the axis in which the object must end [m].
    """
    inner = np.maximum(half_separation - 2 * profiles.step, 0.0)[:, None].astype(np.float32)
    free = profiles.heights[index] <= tip_height[:, None].astype(np.float32)
    high, room_high = _walk(free, profiles.positions, inner, half_reach)
    low, room_low = _walk(free[:, ::-1], profiles.positions, inner, half_reach)
    # An object one cell wide begins and ends in the same cell: its width is that cell.
    thin = np.flatnonzero(high + low < profiles.step)
    low[thin], high[thin] = low[thin] + profiles.step / 2, high[thin] + profiles.step / 2
    return Extents(-low, high, np.minimum(room_low, room_high))


def _walk(free: NDArray[np.bool_], y: Float32, start: Float32, reach: float) -> tuple[Float64, Float64]:
    """From ``start`` (N, 1) towards larger ``y``: (where the first gap begins, how long it is), each
    Float64[N].
    """
    step = y[1] - y[0]
    gap = free & (y >= start)
    first = np.argmax(gap, axis=1)
    ends = gap[np.arange(len(gap)), first] & (y[first] <= reach + step)
    # The object ends somewhere in its last cell, so on average in that cell's middle.
    begin = np.where(ends, y[first] - step, np.inf)
    after = ~free & (y > y[first][:, None])
    blocked = after.any(axis=1)
    until = np.where(blocked, y[np.argmax(after, axis=1)] - step, np.inf)
    with np.errstate(invalid="ignore"):
        return begin.astype(np.float64), np.where(ends, until - begin, 0.0).astype(np.float64)
