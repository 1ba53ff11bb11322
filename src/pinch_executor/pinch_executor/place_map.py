# SPDX-License-Identifier: Apache-2.0
"""What lies in a place area, and where there is room for another object."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pinch_core.geometry.transform import Transform
from pinch_executor.footprint import Footprint
from pinch_executor.height_field import Float64, HeightField, Mask
from pinch_executor.motion_planner import Box
from pinch_executor.place_area import PlaceArea, PlacingConfig

CELL_M = 0.01
# What a camera sees lower than this over the surface is the surface.
SURFACE_M = 0.008
# So much of what is seen of an area, at least, is its surface; farther off than this it is none.
SURFACE_PERCENTILE = 10
OFFSET_M = 0.025
# Spots whose grounds differ by less are equally good.
LEVEL_M = 0.01
# Neighbouring spots say the same about what can be reached.
SPOT_STEP_M = 0.04
# As far apart count neighbouring yaws at one spot.
YAW_STEP_M = 0.025
KEEP_OUT_HEIGHT_M = 0.5
KEEP_OUT_DEPTH_M = 0.02
STRAIGHT_DOWN_RPY = (np.pi, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Spot:
    """Room for one object: ``T_base_tcp`` with the TCP at height ``ground``, the top of what lies there [m in
    the base frame]; the gripper points straight down.
    """

    T_base_tcp: Transform
    ground: float


class PlaceMap:
    """Heights over a grid of one area. Several threads may use it."""

    def __init__(self, name: str, area: PlaceArea, config: PlacingConfig) -> None:
        self.name, self.area, self._config = name, area, config
        self._lock = threading.Lock()
        self._shape = tuple(max(1, round(size / CELL_M)) for size in (area.size[1], area.size[0]))
        self._T_base_area = Transform.from_rpy((0.0, 0.0, area.yaw), area.position)
        first = (np.array([CELL_M, CELL_M]) - np.array(area.size)) / 2
        self._T_base_origin = self._T_base_area @ Transform(np.eye(3), np.array([*first, 0.0]))
        self._T_origin_base = self._T_base_origin.inverse()
        self._heights: Float64 = np.zeros(self._shape)

    @property
    def is_empty(self) -> bool:
        """Whether nothing lies there, as far as is known."""
        with self._lock:
            return not np.any(self._heights)

    def clear(self) -> None:
        """A person says that nothing lies there."""
        with self._lock:
            self._heights[:] = 0.0

    def see(self, seen: HeightField) -> None:
        """What the camera sees holds, in every cell that it sees."""
        at = self._in_grid(seen.points[seen.known])
        rows, columns = np.round(at[:, 1] / CELL_M).astype(int), np.round(at[:, 0] / CELL_M).astype(int)
        inside = (rows >= 0) & (rows < self._shape[0]) & (columns >= 0) & (columns < self._shape[1])
        if not inside.any():
            return
        cells, heights = (rows[inside], columns[inside]), at[inside, 2]
        # The camera and the config do not agree to the millimetre on how high the surface is.
        heights = heights - np.clip(np.percentile(heights, SURFACE_PERCENTILE), -OFFSET_M, OFFSET_M)
        highest, total, count = np.full(self._shape, -np.inf), np.zeros(self._shape), np.zeros(self._shape)
        np.maximum.at(highest, cells, heights)
        np.add.at(total, cells, heights)
        np.add.at(count, cells, 1)
        is_seen = count > 0
        # A single high reading is noise.
        is_occupied = is_seen & (total > SURFACE_M * count)
        with self._lock:
            self._heights[is_seen] = np.where(is_occupied, highest, 0.0)[is_seen]

    def put(self, T_base_tcp: Transform, footprint: Footprint) -> None:
        """An object was let go there."""
        top = self._in_grid(T_base_tcp.translation[None])[0, 2] + footprint.above
        covered = self._covered(T_base_tcp, footprint)
        with self._lock:
            self._heights[covered] = np.maximum(self._heights[covered], max(top, SURFACE_M))

    def field(self) -> HeightField | None:
        """What lies there as an obstacle, None where nothing does."""
        with self._lock:
            if not np.any(self._heights):
                return None
            return HeightField(self._T_base_origin, CELL_M, np.where(self._heights, self._heights, np.nan))

    def keep_out(self) -> Box:
        """The space over the area."""
        up = (KEEP_OUT_HEIGHT_M - KEEP_OUT_DEPTH_M) / 2
        center = self._T_base_area @ Transform(np.eye(3), np.array([0.0, 0.0, up]))
        size = np.array([*self.area.size, KEEP_OUT_HEIGHT_M + KEEP_OUT_DEPTH_M])
        return Box(f"place area {self.name}", center, size)

    def spots(self, footprint: Footprint, gripper: tuple[float, float]) -> Iterator[Spot]:
        """Where an object fits, best first: on the lowest ground, from the far corner on, row by row.

        Args:
            footprint: of the object.
            gripper: extent of the open gripper along x and y of the TCP frame [m].
        """
        swept = footprint.around(gripper)
        with self._lock:
            heights = self._heights.copy()
        levels = np.full((len(self._rotations), *self._shape), np.inf)
        for index, turned in enumerate(self._rotations):
            inside = self._filtered(np.zeros_like(heights), footprint, turned, 0.0, outside=1.0) < 0.5
            ground = self._filtered(heights, swept, turned, self._config.gap, outside=0.0)
            ground = np.where(ground <= LEVEL_M, 0.0, ground)
            free = inside & (ground <= self.area.stack_height)
            levels[index][free] = np.round(ground[free] / LEVEL_M)
        yaws, rows, columns = np.nonzero(np.isfinite(levels))
        order = np.lexsort((yaws, self._order[rows, columns], levels[yaws, rows, columns]))
        taken: list[Float64] = []
        for yaw, row, column in zip(yaws[order], rows[order], columns[order], strict=True):
            at = np.array([row * CELL_M, column * CELL_M, yaw * YAW_STEP_M])
            if all(np.linalg.norm(at - other) >= SPOT_STEP_M for other in taken):
                taken.append(at)
                yield self._spot(row, column, self._rotations[yaw], levels[yaw, row, column] * LEVEL_M)

    @cached_property
    def _rotations(self) -> list[Float64]:
        """The gripper straight down, in the area's frame, at the yaws that are tried."""
        down = Transform.from_rpy(STRAIGHT_DOWN_RPY).rotation
        yaws = np.arange(self._config.directions) * np.pi / self._config.directions
        return [Transform.from_rpy((0.0, 0.0, float(yaw))).rotation @ down for yaw in yaws]

    @cached_property
    def _order(self) -> NDArray[np.intp]:
        """(R, C): rows from the area's far side on: what is put down later is not reached over what lies
        there.
        """
        away = self._T_base_area.rotation.T @ self._T_base_area.translation
        rows, columns = np.indices(self._shape)
        if away[1] >= 0:
            rows = rows[::-1]
        if away[0] >= 0:
            columns = columns[:, ::-1]
        if self.area.size[0] < self.area.size[1]:
            return np.asarray(columns * self._shape[0] + rows)
        return np.asarray(rows * self._shape[1] + columns)

    def _spot(self, row: int, column: int, turned: Float64, ground: float) -> Spot:
        at = self._T_base_origin @ np.array([column * CELL_M, row * CELL_M, ground])
        return Spot(Transform(self._T_base_area.rotation @ turned, at), float(at[2]))

    def _filtered(
        self, values: Float64, footprint: Footprint, turned: Float64, grown: float, *, outside: float
    ) -> Float64:
        """Of each TCP cell, the greatest of ``values`` under the footprint; ``outside``: beyond the area."""
        corners = footprint.corners(grown) @ turned[:2, :2].T / CELL_M
        reach = int(np.ceil(np.abs(corners).max()))
        dy, dx = np.indices((2 * reach + 1, 2 * reach + 1)) - reach
        kernel = _holds(corners, np.stack([dx, dy], axis=-1))
        kernel[reach, reach] = True
        return np.asarray(
            ndimage.maximum_filter(values, footprint=kernel, mode="constant", cval=outside), dtype=np.float64
        )

    def _covered(self, T_base_tcp: Transform, footprint: Footprint) -> Mask:
        T_origin_tcp = self._T_origin_base @ T_base_tcp
        corners = footprint.corners() @ T_origin_tcp.rotation[:2, :2].T + T_origin_tcp.translation[:2]
        rows, columns = np.indices(self._shape)
        return _holds(corners / CELL_M, np.stack([columns, rows], axis=-1))

    def _in_grid(self, points: Float64) -> Float64:
        """(N, 3): points of the base frame in the grid's frame [m]."""
        return np.asarray(points @ self._T_origin_base.rotation.T + self._T_origin_base.translation)


def _holds(corners: Float64, points: Float64) -> Mask:
    """Whether the rectangle of ``corners`` (4, 2), in order, holds ``points`` (..., 2); all in cells."""
    mask: Mask = np.ones(points.shape[:-1], dtype=bool)
    center = corners.mean(axis=0)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        normal = np.array([end[1] - start[1], start[0] - end[0]])
        normal = normal / max(float(np.linalg.norm(normal)), 1e-12)
        if (center - start) @ normal > 0:
            normal = -normal
        mask &= (points - start) @ normal <= 0.5
    return mask
