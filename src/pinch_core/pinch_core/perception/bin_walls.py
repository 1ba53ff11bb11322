# SPDX-License-Identifier: Apache-2.0
"""The walls of a bin, measured on their rims: how far each is from where it is said to be."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.bin import Bin, Wall
from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.transform import Transform
from pinch_core.perception.config import BinFitConfig

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]

# Rims are looked for within this distance of their height: a few per cent of a camera's distance.
BAND_M = 0.025
# What is this much below the highest points of a rim is still rim.
_RIM_M = 0.004
# A rim is cut into pieces of this length.
_PIECE_M = 0.01
# The smallest part of a wall that must be in view for it to be measured, and of that with a return.
_LEAST_IN_VIEW, _LEAST_RETURNS = 0.3, 0.3


@dataclass(frozen=True, eq=False)
class MeasuredWall:
    """One wall. ``in_view``: share of its rim that is inside the image and has returns. ``seen``: share of
    that which is as high as the rim. ``outward``, ``upward``: how far the rim lies farther out and higher
    than it should [m]; ``turned``: how far it is turned about the bin's z [rad]; NaN where it is not seen.
    """

    wall: Wall
    in_view: float
    seen: float
    outward: float
    upward: float
    turned: float

    @property
    def is_measurable(self) -> bool:
        """Enough of it is in view to say where it is, or that it is not there."""
        return self.in_view >= _LEAST_IN_VIEW


def measure_walls(
    frame: DepthFrame, bin_: Bin, T_cam_bin: Transform, config: BinFitConfig, band: float = BAND_M
) -> tuple[MeasuredWall, ...]:
    """Compare each wall of a bin with the image.

    Args:
        frame: undistorted.
        band: how far from its height a rim is looked for [m].
    """
    points = rim_points(frame, bin_, T_cam_bin, band)
    return tuple(_measure(frame, bin_, T_cam_bin, wall, points, config) for wall in bin_.walls)


def rim_points(frame: DepthFrame, bin_: Bin, T_cam_bin: Transform, band: float) -> Float64:
    """Float64[N, 3]: what is about as high as the rim, in the bin's frame [m]."""
    k, normal = frame.intrinsics, T_cam_bin.rotation[:, 2]
    column = ((np.arange(k.width) - k.cx) / k.fx * normal[0]).astype(np.float32)
    row = ((np.arange(k.height) - k.cy) / k.fy * normal[1] + normal[2]).astype(np.float32)
    offset = np.float32(-float(normal @ T_cam_bin.translation))
    heights = frame.depth * (column[None, :] + row[:, None]) + offset
    with np.errstate(invalid="ignore"):
        at = np.flatnonzero(np.abs(heights - np.float32(bin_.height)) < band)
    v, u = np.divmod(at, k.width)
    return np.asarray(T_cam_bin.inverse() @ k.deproject(np.stack([u, v], -1), frame.depth.ravel()[at]))


def _measure(
    frame: DepthFrame,
    bin_: Bin,
    T_cam_bin: Transform,
    wall: Wall,
    points: Float64,
    config: BinFitConfig,
) -> MeasuredWall:
    axis = int(np.argmin(wall.half_size[:2]))  # across the wall
    sign = math.copysign(1.0, wall.center[axis])
    # Between the corners only, where the rims of the neighbours do not count as its own.
    half_length = (bin_.width if axis == 0 else bin_.length) / 2
    along = points[:, 1 - axis]
    across = sign * (points[:, axis] - wall.center[axis])  # outward
    near = (np.abs(along) < half_length) & (np.abs(across) < config.search)
    along, across, up = along[near], across[near], points[near, 2] - bin_.height
    pieces = max(4, math.ceil(2 * half_length / _PIECE_M))
    in_view = _in_view(frame, T_cam_bin, wall, axis, half_length, pieces)
    visible = float(in_view.mean())
    if not len(along) or visible == 0.0:
        return MeasuredWall(wall, visible, 0.0, math.nan, math.nan, math.nan)
    # Fine steps: a rim is a few pixels wide. Each shift is judged by how much of the rim is found there.
    pixel = float(T_cam_bin.translation[2]) / min(frame.intrinsics.fx, frame.intrinsics.fy)
    step = max(0.001, pixel)
    bins = 2 * math.ceil(config.search / step) + 1
    found = np.zeros((pieces, bins), dtype=bool)
    piece = ((along + half_length) / (2 * half_length) * pieces).astype(np.intp).clip(0, pieces - 1)
    found[piece, np.rint(across / step).astype(np.intp).clip(-(bins // 2), bins // 2) + bins // 2] = True
    window = max(1, round(bin_.wall / step))
    share = _moving_mean(found[in_view].mean(axis=0), window)
    # Of shifts that are as good, the nearest.
    shifts = (np.arange(bins) - bins // 2) * step
    best = int(np.lexsort((np.abs(shifts), -np.round(share, 2)))[0])
    in_window = np.abs(across - shifts[best]) <= bin_.wall / 2 + step
    seen = float(np.bincount(piece[in_window], minlength=pieces)[in_view].astype(bool).mean())
    if in_window.sum() < 8:
        return MeasuredWall(wall, visible, seen, math.nan, math.nan, math.nan)
    # Of the rim alone: below it the camera sees a wall's inner face, which lies farther in.
    wide = np.abs(across - shifts[best]) <= bin_.wall + 2 * step
    top = float(np.percentile(up[wide], 90))
    on_rim = wide & (up > top - _RIM_M)
    outward = float(np.median(across[on_rim]))
    slope = float(np.polyfit(along[on_rim], sign * across[on_rim], 1)[0])
    turned = -slope if axis == 0 else slope
    return MeasuredWall(wall, visible, seen, outward, float(np.median(up[on_rim])), turned)


def _in_view(
    frame: DepthFrame, T_cam_bin: Transform, wall: Wall, axis: int, half_length: float, pieces: int
) -> Bool:
    """Bool[pieces]: which pieces of a rim lie in the image and have a return."""
    at = np.zeros((pieces, 3))
    at[:, axis] = wall.center[axis]
    at[:, 1 - axis] = (np.arange(pieces) + 0.5) / pieces * 2 * half_length - half_length
    at[:, 2] = 2 * wall.half_size[2]
    points = T_cam_bin @ at
    k = frame.intrinsics
    pixels = np.rint(k.project(points)).astype(np.intp)
    inside = (points[:, 2] > 0) & ((pixels >= 0) & (pixels < [k.width, k.height])).all(axis=1)
    returns = frame.valid[pixels[:, 1].clip(0, k.height - 1), pixels[:, 0].clip(0, k.width - 1)]
    enough = inside.any() and float(returns[inside].mean()) >= _LEAST_RETURNS
    return np.asarray(inside if enough else inside & False)


def _moving_mean(values: Float64, window: int) -> Float64:
    return np.convolve(values, np.ones(window) / window, mode="same")
