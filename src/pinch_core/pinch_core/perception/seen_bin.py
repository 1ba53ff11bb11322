# SPDX-License-Identifier: Apache-2.0
"""A bin in an image: where it is said to be, corrected by what is seen of its walls and its floor."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.bin import Bin
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import BinNotFoundError, NoTableError
from pinch_core.geometry.transform import Transform
from pinch_core.perception.bin_search import find_bin
from pinch_core.perception.bin_walls import MeasuredWall, measure_walls
from pinch_core.perception.config import BinFitConfig, TableFitConfig
from pinch_core.perception.height_map import HeightMap
from pinch_core.perception.plane_search import least_squares_plane
from pinch_core.perception.table import Plane, fit_table

Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

# The floor is looked for within this distance of where it is said to be; it is measured where this share of
# the bin's inside shows it, and no steeper than this to what is said.
_FLOOR_BAND_M, _LEAST_FLOOR, _STEEPEST_FLOOR_RAD = 0.012, 0.15, math.radians(2.5)
# Corrections of a bin that is searched for: each brings the rims nearer to what is seen.
_CORRECTIONS = 3


@dataclass(frozen=True, eq=False)
class SeenBin:
    """``T_cam_bin``: where the image shows it."""

    bin: Bin
    T_cam_bin: Transform

    @property
    def floor(self) -> Plane:
        """The upper face of the floor, from which heights are measured."""
        return Plane.from_surface_pose(self.T_cam_bin)

    def inside(self, frame: DepthFrame, clearance: float) -> Bool:
        """Bool[H, W]: pixels whose points lie between the walls, and not within ``clearance`` [m] of one."""
        x, y = self._across(frame, 0), self._across(frame, 1)
        half = self.bin.length / 2 - clearance, self.bin.width / 2 - clearance
        with np.errstate(invalid="ignore"):
            return np.asarray((np.abs(x) < np.float32(half[0])) & (np.abs(y) < np.float32(half[1])))

    def _across(self, frame: DepthFrame, axis: int) -> Float32:
        """Float32[H, W]: coordinate of every pixel's point along an axis of the bin [m]."""
        k, direction = frame.intrinsics, self.T_cam_bin.rotation[:, axis]
        column = ((np.arange(k.width) - k.cx) / k.fx * direction[0]).astype(np.float32)
        row = ((np.arange(k.height) - k.cy) / k.fy * direction[1] + direction[2]).astype(np.float32)
        offset = np.float32(-float(direction @ self.T_cam_bin.translation))
        return np.asarray(frame.depth * (column[None, :] + row[:, None]) + offset)

    def with_walls(self, height_map: HeightMap, table: Plane) -> HeightMap:
        """The map with every wall as high as its rim, also where the camera did not see it."""
        outlines = [self._on_table(table, wall.center, wall.half_size) for wall in self.bin.walls]
        return height_map.raised_to(outlines, self.bin.height)

    def closed_outside(self, height_map: HeightMap, table: Plane) -> HeightMap:
        """The map with all that is not between the walls as high as the rim: no gripper may go down there."""
        half = np.array([self.bin.length, self.bin.width]) / 2
        inside = self._on_table(table, np.zeros(2), half - height_map.cell / 2)
        return height_map.raised_to([inside], self.bin.height, outside=True)

    def _on_table(self, table: Plane, center: Float64, half_size: Float64) -> Float64:
        """Float64[4, 2]: the corners of a rectangle along the bin's axes, in table x, y [m]."""
        corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half_size[:2] + center[:2]
        T_table_bin = table.T_cam_table.inverse() @ self.T_cam_bin
        return np.asarray((T_table_bin @ np.column_stack([corners, np.zeros(4)]))[:, :2])


def locate_bin(
    frame: DepthFrame,
    bin_: Bin,
    T_cam_bin: Transform | None,
    config: BinFitConfig,
    table: TableFitConfig,
    rng: np.random.Generator,
) -> SeenBin:
    """The bin where the image shows it: near its given pose or, without one, found.

    Args:
        frame: undistorted.

    Raises:
        BinNotFoundError: a wall is not where it is said to be, too little of the bin is seen, or it was not
            found.
    """
    told = T_cam_bin is not None
    if T_cam_bin is None:
        T_cam_bin = _found(frame, bin_, config, table, rng)
    walls = measure_walls(frame, bin_, T_cam_bin, config)
    _refuse_misplaced(frame, bin_, T_cam_bin, walls, config, told)
    T_cam_bin = _corrected(T_cam_bin, walls)
    return SeenBin(bin_, _on_its_floor(frame, SeenBin(bin_, T_cam_bin)))


def _found(
    frame: DepthFrame, bin_: Bin, config: BinFitConfig, table: TableFitConfig, rng: np.random.Generator
) -> Transform:
    try:
        plane = fit_table(frame, table, rng)
    except NoTableError as error:
        raise BinNotFoundError(
            f"{frame.source} shows neither the floor of a bin nor the table it stands on ({error}); give the "
            "bin's pose: frame or position in its file."
        ) from error
    T_cam_bin = find_bin(frame, bin_, plane, rng)
    if T_cam_bin is None:
        raise BinNotFoundError(
            f"{frame.source} shows nothing that is {bin_.height * 1e3:.0f} mm above the floor or table, as "
            f"the rim of the bin ({_size(bin_)}) is; check the bin's sizes, look at all of it, or give its "
            "pose: frame or position in its file."
        )
    for _ in range(_CORRECTIONS):
        T_cam_bin = _corrected(T_cam_bin, measure_walls(frame, bin_, T_cam_bin, config))
    return T_cam_bin


def _refuse_misplaced(
    frame: DepthFrame,
    bin_: Bin,
    T_cam_bin: Transform,
    walls: tuple[MeasuredWall, ...],
    config: BinFitConfig,
    told: bool,
) -> None:
    """Raises BinNotFoundError where the walls are not where they should be."""
    in_view = [wall for wall in walls if wall.is_measurable]
    place = "where it is said to be" if told else "where it was found"
    for wall in in_view:
        if wall.seen < config.min_seen or math.isnan(wall.outward):
            raise BinNotFoundError(
                f"{frame.source} shows {wall.seen:.0%} of the rim of {wall.wall.name} of the bin "
                f"({_size(bin_)}) {place}, needed are {config.min_seen:.0%}: within "
                f"{config.search * 1e3:.0f} mm of it, {_highest_there(frame, T_cam_bin, wall, config)}; "
                "correct the bin's pose or sizes, or take away what covers the rim."
            )
        off = max(wall.outward, wall.upward, key=abs)
        if abs(off) > config.tolerance:
            beside = off == wall.outward
            way = (
                ("farther out" if off > 0 else "farther in") if beside else ("higher" if off > 0 else "lower")
            )
            raise BinNotFoundError(
                f"{wall.wall.name} of the bin ({_size(bin_)}) lies {abs(off) * 1e3:.0f} mm {way} in "
                f"{frame.source} than {place.replace('where it', 'it')}, allowed are "
                f"{config.tolerance * 1e3:.0f} mm; correct the bin's pose or sizes, or the hand-eye "
                "calibration."
            )
    sides = {int(np.argmin(wall.wall.half_size[:2])) for wall in in_view}
    if len(sides) < 2:
        raise BinNotFoundError(
            f"{frame.source} shows only {len(in_view)} of the four walls of the bin ({_size(bin_)}) "
            f"{place}, needed are two that meet; look at more of it, or correct its pose."
        )


def _highest_there(frame: DepthFrame, T_cam_bin: Transform, wall: MeasuredWall, config: BinFitConfig) -> str:
    """What lies around the place of a wall."""
    at = np.flatnonzero(frame.valid)
    at = at[:: max(1, len(at) // 40_000)]
    rows, columns = np.divmod(at, frame.intrinsics.width)
    points = T_cam_bin.inverse() @ frame.intrinsics.deproject(
        np.stack([columns, rows], -1), frame.depth.ravel()[at]
    )
    offset = np.abs(points[:, :2] - wall.wall.center[:2]) - wall.wall.half_size[:2]
    near = points[(offset < [config.search, config.search]).all(axis=1), 2]
    if not len(near):
        return "nothing is seen"
    return (
        f"the highest points are {np.percentile(near, 98) * 1e3:.0f} mm above the floor, the rim should be "
        f"at {2e3 * wall.wall.half_size[2]:.0f} mm"
    )


def _corrected(T_cam_bin: Transform, walls: tuple[MeasuredWall, ...]) -> Transform:
    """The pose at which the walls lie where they are seen."""
    seen = [wall for wall in walls if wall.is_measurable and not math.isnan(wall.outward)]
    if not seen:
        return T_cam_bin
    shift = np.zeros(3)
    for axis in (0, 1):
        offsets = [
            math.copysign(1.0, wall.wall.center[axis]) * wall.outward
            for wall in seen
            if int(np.argmin(wall.wall.half_size[:2])) == axis
        ]
        shift[axis] = np.mean(offsets) if offsets else 0.0
    shift[2] = np.median([wall.upward for wall in seen])
    yaw = float(np.median([wall.turned for wall in seen]))
    return T_cam_bin @ Transform.from_rpy((0.0, 0.0, yaw), shift)


def _on_its_floor(frame: DepthFrame, seen: SeenBin) -> Transform:
    """The pose on the floor that the image shows, if it shows enough of it; else the one by the rims."""
    inside = np.flatnonzero(seen.inside(frame, 0.005))
    inside = inside[:: max(1, len(inside) // 10_000)]
    rows, columns = np.divmod(inside, frame.intrinsics.width)
    points = frame.intrinsics.deproject(np.stack([columns, rows], -1), frame.depth.ravel()[inside])
    plane = seen.floor
    for band in (_FLOOR_BAND_M, _FLOOR_BAND_M / 2, _FLOOR_BAND_M / 3):
        on_floor = points[np.abs(plane.height(points)) < band]
        if len(on_floor) < max(_LEAST_FLOOR * len(points), 50):
            return seen.T_cam_bin
        fitted = least_squares_plane(on_floor)
        if fitted is None or float(fitted.normal @ seen.floor.normal) < math.cos(_STEEPEST_FLOOR_RAD):
            return seen.T_cam_bin
        plane = Plane(fitted.normal, fitted.offset)
    z = plane.normal
    origin = seen.T_cam_bin.translation - z * float(plane.height(seen.T_cam_bin.translation))
    y = np.cross(z, seen.T_cam_bin.rotation[:, 0])
    y /= np.linalg.norm(y)
    return Transform.from_axes(np.cross(y, z), y, z, origin)


def _size(bin_: Bin) -> str:
    return f"{bin_.length * 1e3:.0f} x {bin_.width * 1e3:.0f} x {bin_.height * 1e3:.0f} mm inside"
