# SPDX-License-Identifier: Apache-2.0
"""Neighbours on the table round the object."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError
from pinch_core.geometry.transform import Transform
from pinch_datagen.dataset.tables import Table
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.scene.placed_object import PlacedObject

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

GAP_TOLERANCE_M = 1e-6


@configclass
class ClutterConfig:
    """How many neighbours, and how near; gaps are between convex outlines seen from above."""

    max_objects: int = setting(
        default=0, help="neighbours at most; 0: the object stands alone", lower=0, upper=20
    )
    min_gap: float = setting(default=0.0, unit="m", help="smallest gap between any two", lower=0.0, upper=0.5)
    max_gap: float = setting(default=0.03, unit="m", help="largest gap to the object", lower=0.001, upper=0.5)

    def __post_init__(self) -> None:
        if self.min_gap > self.max_gap:
            raise ConfigError(
                f"ClutterConfig.min_gap = {self.min_gap:g} m is above max_gap = {self.max_gap:g} m; lower it."
            )


def place_clutter(
    target: PlacedObject,
    candidates: Sequence[ObjectModel],
    poses: Sequence[Table],
    config: ClutterConfig,
    rng: np.random.Generator,
) -> list[PlacedObject]:
    """0 to ``max_objects`` of the candidates round the target, each in a stable pose and turned at random.

    Each stands in a random direction at a random gap; one that would stand too near another is left out.

    Args:
        poses: at least one row of POSES for each candidate.
    """
    count = int(rng.integers(0, config.max_objects + 1))
    outlines = [outline(target)]
    placed: list[PlacedObject] = []
    for which in rng.permutation(len(candidates))[:count]:
        model, table = candidates[which], poses[which]
        T_table_obj = Transform.from_matrix(table["T_table_obj"][rng.integers(len(table))])
        turned = PlacedObject(
            model, Transform.from_rpy((0.0, 0.0, rng.uniform(0.0, 2 * np.pi))) @ T_table_obj
        )
        bearing, gap = rng.uniform(0.0, 2 * np.pi), rng.uniform(config.min_gap, config.max_gap)
        own = outline(turned)
        shift = _shift_to_gap(outlines[0], own, np.array([np.cos(bearing), np.sin(bearing)]), gap)
        if all(_gap(_obstacle(other, own), shift) >= config.min_gap for other in outlines[1:]):
            placed.append(
                PlacedObject(model, Transform(np.eye(3), np.array([*shift, 0.0])) @ turned.T_table_obj)
            )
            outlines.append(own + shift.astype(np.float32))
    return placed


def outline(item: PlacedObject) -> Float32:
    """Float32[K, 2]: corners of the convex outline seen from above [m]."""
    points = (item.T_table_obj @ item.model.vertices)[:, :2].astype(np.float32)
    return np.asarray(cv2.convexHull(points)[:, 0])


def _obstacle(fixed: Float32, moving: Float32) -> Float32:
    """Float32[K, 2]: the convex set of shifts [m] that make ``moving`` touch or overlap ``fixed``, which is
    their Minkowski difference.
    """
    return np.asarray(cv2.convexHull((fixed[:, None] - moving[None]).reshape(-1, 2))[:, 0])


def _gap(obstacle: Float32, shift: Float64) -> float:
    """Distance [m] that the shift leaves between the two outlines, negative where they overlap."""
    return -float(cv2.pointPolygonTest(obstacle, (float(shift[0]), float(shift[1])), True))


def gap_between(one: Float32, other: Float32) -> float:
    """Distance [m] between two convex outlines seen from above, negative where they overlap."""
    return _gap(_obstacle(one, other), np.zeros(2))


def _shift_to_gap(fixed: Float32, moving: Float32, direction: Float64, gap: float) -> Float64:
    """Float64[2]: the shift [m] from centre over centre along the unit ``direction`` that leaves ``gap``."""
    obstacle = _obstacle(fixed, moving)
    start = (fixed.mean(axis=0) - moving.mean(axis=0)).astype(np.float64)
    clear = gap + float(np.linalg.norm(obstacle - start, axis=1).max())
    distance = brentq(
        lambda along: _gap(obstacle, start + along * direction) - gap, 0.0, 2 * clear, xtol=GAP_TOLERANCE_M
    )
    return np.asarray(start + distance * direction)
