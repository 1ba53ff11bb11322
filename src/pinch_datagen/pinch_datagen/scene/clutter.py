# SPDX-License-Identifier: Apache-2.0
"""Neighbours on the table round the object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.config import setting, validate
from pinch_core.errors import ConfigError
from pinch_core.geometry.transform import Transform
from pinch_datagen.dataset.tables import Table
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.scene.placed_object import PlacedObject

Float32 = NDArray[np.float32]

# A neighbour is moved out along its bearing until it is free, no farther than this beyond the widest gap.
STEP_M = 0.002


@dataclass(frozen=True)
class ClutterConfig:
    """How many neighbours, and how near."""

    max_objects: int = setting(0, help="neighbours at most; 0: the object stands alone", lower=0, upper=20)
    min_gap: float = setting(0.0, unit="m", help="smallest gap between footprints", lower=0.0, upper=0.5)
    max_gap: float = setting(0.03, unit="m", help="largest gap to the object's footprint", lower=0.001, upper=0.5)

    def __post_init__(self) -> None:
        validate(self)
        if self.min_gap >= self.max_gap:
            raise ConfigError(
                f"ClutterConfig.min_gap = {self.min_gap:g} m is not below max_gap = {self.max_gap:g} m; lower it."
            )


def place_clutter(
    target: PlacedObject,
    candidates: Sequence[ObjectModel],
    poses: Sequence[Table],
    config: ClutterConfig,
    rng: np.random.Generator,
) -> list[PlacedObject]:
    """0 to ``max_objects`` of the candidates in stable poses (rows of POSES) round the target.

    Each comes from a random bearing as near as a random gap allows; one that would stand in another is left out.
    """
    count = int(rng.integers(0, config.max_objects + 1)) if candidates else 0
    standing = [_footprint(target)]
    placed: list[PlacedObject] = []
    for which in rng.permutation(len(candidates))[:count]:
        model, table = candidates[which], poses[which]
        T_table_obj = Transform.from_matrix(table["T_table_obj"][rng.integers(len(table))])
        turn = Transform.from_rpy((0.0, 0.0, rng.uniform(0.0, 2 * np.pi)))
        bearing, gap = rng.uniform(0.0, 2 * np.pi), rng.uniform(config.min_gap, config.max_gap)
        turned = PlacedObject(model, turn @ T_table_obj)
        direction = np.array([np.cos(bearing), np.sin(bearing)], dtype=np.float32)
        footprint = _footprint(turned)
        distance = _touching_distance(standing[0], footprint, direction) + gap
        moved = footprint + np.float32(distance) * direction
        if not any(_overlap(moved, other, config.min_gap) for other in standing[1:]):
            shift = Transform(np.eye(3), np.array([*(distance * direction), 0.0]))
            placed.append(PlacedObject(model, shift @ turned.T_table_obj))
            standing.append(moved)
    return placed


def _footprint(item: PlacedObject) -> Float32:
    """Float32[K, 2]: convex outline seen from above [m]."""
    points = item.T_table_obj.apply(item.model.vertices)[:, :2].astype(np.float32)
    return np.asarray(cv2.convexHull(points)[:, 0])


def _touching_distance(fixed: Float32, moving: Float32, direction: Float32) -> float:
    """How far ``moving`` has to go along ``direction`` to be just clear of ``fixed``, by bisection."""
    clear = float(np.linalg.norm(fixed, axis=1).max() + np.linalg.norm(moving, axis=1).max())
    near, far = 0.0, clear
    while far - near > STEP_M / 16:
        middle = (near + far) / 2
        if _overlap(fixed, moving + np.float32(middle) * direction, 0.0):
            near = middle
        else:
            far = middle
    return far


def _overlap(one: Float32, two: Float32, gap: float) -> bool:
    """Whether two convex outlines come nearer to each other than ``gap`` [m] along every separating direction."""
    for polygon in (one, two):
        edges = np.roll(polygon, -1, axis=0) - polygon
        normals = np.stack([edges[:, 1], -edges[:, 0]], axis=1)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), np.float32(1e-12))
        first, second = one @ normals.T, two @ normals.T
        apart = np.maximum(first.min(0) - second.max(0), second.min(0) - first.max(0))
        if (apart > gap).any():
            return False
    return True
