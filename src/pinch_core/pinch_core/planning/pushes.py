# SPDX-License-Identifier: Apache-2.0
"""Pushes that make room for a gripper beside an object (linear pushes of Danielczuk et al., CASE 2018).

A push is judged by how much of an object's outline has room for a finger afterwards. Their policies are both
here, as directions to choose from: boundary shear (past the nearest neighbour or wall) and free space
(wherever there is most room).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.transform import Transform
from pinch_core.grasp import GripperTranslation
from pinch_core.gripper import Box
from pinch_core.perception.height_map import HeightMap
from pinch_core.planning.scene import Scene
from pinch_core.planning.search_config import ApproachConfig, PushConfig

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Push:
    """A straight push with closed jaws. ``T_cam_tcp``: of the TCP where it begins. ``direction``: Float64[3],
    unit vector in the optical frame; ``distance`` [m]. ``approach`` ends at the start, ``retreat`` begins at
    the end; both in the optical frame. ``expected_quality``: of the best grasp afterwards. ``source``:
    "boundary_shear" or "free_space".
    """

    T_cam_tcp: Transform
    direction: Float64
    distance: float
    approach: GripperTranslation
    retreat: GripperTranslation
    expected_quality: float
    gripper: str
    source: str

    @property
    def T_cam_end(self) -> Transform:
        """The TCP where it ends."""
        return Transform(self.T_cam_tcp.rotation, self.T_cam_tcp.translation + self.direction * self.distance)


# Measured over 1,000 stuck heaps: what a push gains where the best grasp is as bad as this, at most.
_GAINS = ((0.25, 0.24), (0.5, 0.12))
# An object may run into others by this share of its area: they give way.
_OVERLAP = 0.06
_SHEAR_COSINE = 0.5


def expected_quality(now: float, gain: float) -> float:
    """Quality of the best grasp after a push that gives room to a share ``gain`` of an outline."""
    most = next((value for limit, value in _GAINS if now < limit), 0.0)
    return min(1.0, now + most * min(1.0, 2.0 * gain))


def plan_push(scene: Scene, config: PushConfig, motion: ApproachConfig, quality_now: float) -> Push | None:
    """The push that gives an object most room for the fingers; None where none is free and worth it.

    Args:
        quality_now: of the best grasp without a push, 0 where there is none.
    """
    if quality_now >= config.no_push_above:
        return None
    ground = _Ground.of(scene)
    best: tuple[float, _Option] | None = None
    for label in range(1, int(scene.labels.max()) + 1):
        one = _PushedObject.of(scene, ground, label)
        if one is None:
            continue
        before = one.room(ground, np.zeros(2), config.room)
        for option in _options(one, ground, config):
            gain = one.room(ground, option.direction * option.distance, config.room) - before
            better = gain >= config.min_gain and (best is None or gain > best[0])
            if better and (found := _free_start(scene, one, option, config)) is not None:
                best = gain, found
    if best is None:
        return None
    gain, option = best
    return _as_push(scene, option, motion, expected_quality(quality_now, gain))


@dataclass(frozen=True, eq=False)
class _Option:
    """``direction`` Float64[2] on the table. ``start`` Float64[3] of the TCP in the table frame,
    ``x_axis`` Float64[2] of the gripper: where known.
    """

    direction: Float64
    distance: float
    source: str
    start: Float64 | None = None
    x_axis: Float64 | None = None


@dataclass(frozen=True, eq=False)
class _Ground:
    """``labels``: Int32[rows, columns] of the height map's cells, 0 = free, -1 = wall or no object."""

    map: HeightMap
    labels: NDArray[np.int32]

    @classmethod
    def of(cls, scene: Scene) -> _Ground:
        grid = scene.height_map
        rows, columns = np.nonzero(scene.labels > 0)
        points = scene.frame.intrinsics.deproject(
            np.stack([columns, rows], -1), scene.frame.depth[rows, columns]
        )
        in_table = (scene.table.T_cam_table.inverse() @ points)[:, :2]
        cell = np.rint((in_table - grid.origin) / grid.cell).astype(np.intp)
        shape = grid.heights.shape
        inside = ((cell >= 0) & (cell < [shape[1], shape[0]])).all(axis=1) & np.isfinite(points[:, 2])
        labels = np.where(grid.heights > 0.003, np.int32(-1), np.int32(0))
        labels[cell[inside, 1], cell[inside, 0]] = scene.labels[rows, columns][inside]
        # Cells that diverging rays skipped belong to what is around them.
        grown = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.int32)
        labels = np.where(labels == -1, np.where(grown > 0, grown, -1), labels)
        return cls(grid, labels)

    def distance_to_others(self, label: int) -> Float32:
        """Float32[rows, columns]: from each cell to the nearest that another object or a wall covers [m]."""
        free = ((self.labels == 0) | (self.labels == label)).astype(np.uint8)
        if free.all():
            return np.full(free.shape, np.inf, dtype=np.float32)
        return np.asarray(cv2.distanceTransform(free, cv2.DIST_L2, 3) * self.map.cell, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class _PushedObject:
    """``points``: Float64[N, 2] of its cells; ``outline``: Float64[M, 2] of those at its edge; ``height``
    [m]; ``others``: distance to other things, see :class:`_Ground`.
    """

    points: Float64
    outline: Float64
    height: float
    others: Float32

    @classmethod
    def of(cls, scene: Scene, ground: _Ground, label: int) -> _PushedObject | None:
        mask = (ground.labels == label).astype(np.uint8)
        rows, columns = np.nonzero(mask)
        if len(rows) < 8:
            return None
        edge = mask - cv2.erode(mask, np.ones((3, 3), np.uint8))
        edge_rows, edge_columns = np.nonzero(edge)
        grid = ground.map
        return cls(
            np.stack([columns, rows], -1) * grid.cell + grid.origin,
            np.stack([edge_columns, edge_rows], -1) * grid.cell + grid.origin,
            float(np.percentile(grid.heights[rows, columns], 90)),
            ground.distance_to_others(label),
        )

    @property
    def center(self) -> Float64:
        return np.asarray(self.points.mean(axis=0))

    def room(self, ground: _Ground, shift: Float64, room: float) -> float:
        """Share of the outline, moved by ``shift`` (2,), that has ``room`` [m] beside it."""
        return float((self._distances(ground, self.outline + shift) > room).mean())

    def overlap(self, ground: _Ground, shift: Float64) -> float:
        """Share of the object, moved by ``shift`` (2,), that would lie in another one or leave the map."""
        return float((self._distances(ground, self.points + shift) <= 0.0).mean())

    def towards_nearest(self, ground: _Ground) -> Float64:
        """Float64[2]: unit vector from the centre to the part of the outline that is nearest to others."""
        nearest = self.outline[int(np.argmin(self._distances(ground, self.outline)))] - self.center
        return np.asarray(nearest / max(float(np.linalg.norm(nearest)), 1e-9))

    def _distances(self, ground: _Ground, points: Float64) -> Float32:
        cell = np.rint((points - ground.map.origin) / ground.map.cell).astype(np.intp)
        rows, columns = self.others.shape
        inside = ((cell >= 0) & (cell < [columns, rows])).all(axis=1)
        at = self.others[cell[:, 1].clip(0, rows - 1), cell[:, 0].clip(0, columns - 1)]
        return np.asarray(np.where(inside, at, np.float32(0)), dtype=np.float32)


def _options(one: _PushedObject, ground: _Ground, config: PushConfig) -> list[_Option]:
    """Every direction and distance at which the object runs into nothing that does not give way."""
    nearest = one.towards_nearest(ground)
    options = []
    for angle in np.arange(config.directions) * 2 * math.pi / config.directions:
        direction = np.array([math.cos(angle), math.sin(angle)])
        along = abs(float(direction @ nearest))
        source = "boundary_shear" if along < _SHEAR_COSINE else "free_space"
        for distance in config.distances:
            steps = np.linspace(0.25, 1.0, 4) * distance
            if max(one.overlap(ground, direction * step) for step in steps) > _OVERLAP:
                break
            options.append(_Option(direction, distance, source))
    return options


def _free_start(scene: Scene, one: _PushedObject, option: _Option, config: PushConfig) -> _Option | None:
    """The option with the gripper behind the object, at the first turn in which nothing is in its way."""
    gripper, direction = scene.gripper, option.direction
    boxes = gripper.bodies(0.0)
    tip_beyond = max(float(box.center[2] + box.half_size[2]) for box in boxes)
    tip = max(config.clearance, min(0.4 * one.height, one.height - 0.008))
    if tip > one.height - 0.004:
        return None
    behind = float(((one.points - one.center) @ -direction).max())
    for x_axis in (direction, np.array([-direction[1], direction[0]])):
        half = max(_extent(box, x_axis, direction) for box in boxes if box.touches_object)
        run_up = behind + half + config.run_up
        at = one.center - direction * run_up
        travel = option.distance + config.run_up
        ends = at, at + direction * travel
        if all(_clear(scene, box, ends, x_axis, tip, tip_beyond) for box in boxes):
            start = np.array([*at, tip + tip_beyond])
            return _Option(direction, travel, option.source, start, x_axis)
    return None


def _extent(box: Box, x_axis: Float64, direction: Float64) -> float:
    """How far a box reaches along a direction from the TCP [m]."""
    y_axis = np.array([x_axis[1], -x_axis[0]])
    half_x, half_y = box.half_size[0] + abs(box.center[0]), box.half_size[1] + abs(box.center[1])
    return float(half_x * abs(x_axis @ direction) + half_y * abs(y_axis @ direction))


def _clear(
    scene: Scene,
    box: Box,
    ends: tuple[Float64, Float64],
    x_axis: Float64,
    tip: float,
    tip_beyond: float,
) -> bool:
    """Whether nothing is as high as a box's lower face where it comes down, where it travels, and in
    between. Fingers travel where the object was: there only the way down counts.
    """
    lower = tip + tip_beyond - float(box.center[2] + box.half_size[2])
    y_axis = np.array([x_axis[1], -x_axis[0]])
    cell = scene.height_map.cell
    along = np.arange(-box.half_size[0] - 0.002, box.half_size[0] + 0.002 + cell, cell)
    across = np.arange(-box.half_size[1] - 0.002, box.half_size[1] + 0.002 + cell, cell)
    outline = (
        (along[:, None, None] + box.center[0]) * x_axis + (across[None, :, None] + box.center[1]) * y_axis
    ).reshape(-1, 2)
    steps = (0.0,) if box.touches_object else np.linspace(0.0, 1.0, 6)
    for share in steps:
        at = (ends[0] + (ends[1] - ends[0]) * share + outline).astype(np.float32)
        if float(scene.height_map.look_up(at[:, 0], at[:, 1]).max()) > lower - 0.001:
            return False
    return True


def _as_push(scene: Scene, option: _Option, motion: ApproachConfig, quality: float) -> Push:
    assert option.start is not None and option.x_axis is not None
    x = np.array([*option.x_axis, 0.0])
    z = np.array([0.0, 0.0, -1.0])
    T_table_tcp = Transform.from_axes(x, np.cross(z, x), z, option.start)
    T_cam_table = scene.table.T_cam_table
    T_cam_tcp = T_cam_table @ T_table_tcp
    return Push(
        T_cam_tcp=T_cam_tcp,
        direction=T_cam_table.rotate(np.array([*option.direction, 0.0])),
        distance=option.distance,
        approach=GripperTranslation(T_cam_tcp.rotation[:, 2], motion.approach_distance),
        retreat=GripperTranslation(scene.table.normal, motion.retreat_distance),
        expected_quality=quality,
        gripper=scene.gripper.name,
        source=option.source,
    )
