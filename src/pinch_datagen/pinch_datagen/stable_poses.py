# SPDX-License-Identifier: Apache-2.0
"""How an object comes to rest on a table, and how often (quasi-static tumbling, Goldberg et al. 1999; trimesh)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import trimesh

from pinch_core.config import setting, validate
from pinch_datagen.dataset.tables import POSES, Table
from pinch_datagen.objects.object_model import Float64, ObjectModel

# Finer hulls have more facets to rest on than poses worth telling apart, and tumbling is quadratic in them.
MAX_HULL_FACES = 500


@dataclass(frozen=True)
class StablePoseConfig:
    """Which of the poses that an object can rest in are kept."""

    min_probability: float = setting(
        0.01, help="rarer poses are left out, unless all are as rare", lower=0.0, upper=1.0
    )
    max_poses: int = setting(10, help="poses kept at most, the most probable ones", lower=1, upper=1000)
    same_tilt: float = setting(
        0.03, unit="rad", help="poses whose downward directions differ less are one", lower=0.0, upper=0.5
    )

    def __post_init__(self) -> None:
        validate(self)


def stable_poses(model: ObjectModel, config: StablePoseConfig) -> Table:
    """Rows of POSES, most probable first, probabilities summing to 1.

    The object's origin is above the table's, its lowest vertex on the table. Poses that differ only by a turn
    about the vertical are one. An object without a pose above the threshold (a ball) keeps its most probable one.
    """
    hull = _coarse_hull(model.vertices)
    transforms, probabilities = trimesh.poses.compute_stable_poses(
        hull, center_mass=model.center_of_mass, sigma=0, n_samples=1, threshold=0.0
    )
    rotations, chances = _merged(transforms[:, :3, :3], probabilities, config.same_tilt)
    kept = max(int((chances >= config.min_probability).sum()), 1)
    rotations, chances = rotations[: min(kept, config.max_poses)], chances[: min(kept, config.max_poses)]
    table = np.zeros(len(chances), dtype=POSES)
    table["probability"] = chances / chances.sum()
    table["T_table_obj"] = np.eye(4)
    table["T_table_obj"][:, :3, :3] = rotations
    table["T_table_obj"][:, 2, 3] = -(rotations[:, 2] @ model.vertices.T).min(1)
    return table


def _coarse_hull(vertices: Float64) -> trimesh.Trimesh:
    """The convex hull, with its vertices on a grid as coarse as it takes to have few faces."""
    hull = trimesh.convex.convex_hull(vertices)
    grid = float(np.ptp(vertices, axis=0).max()) / 200
    while len(hull.faces) > MAX_HULL_FACES:
        hull = trimesh.convex.convex_hull(np.unique(np.rint(vertices / grid), axis=0) * grid)
        grid *= 1.3
    return hull


def _merged(rotations: Float64, probabilities: Float64, same_tilt: float) -> tuple[Float64, Float64]:
    """Poses with distinct downward directions, most probable first; each with the chances of those like it."""
    order = np.argsort(-probabilities, kind="stable")
    alike = rotations[order, 2] @ rotations[order, 2].T >= np.cos(same_tilt)
    first, chances = [], []
    taken = np.zeros(len(order), dtype=np.bool_)
    for row in range(len(order)):
        if not taken[row]:
            group = alike[row] & ~taken
            taken |= group
            first.append(order[row])
            chances.append(probabilities[order][group].sum())
    ranking = np.argsort(-np.array(chances), kind="stable")
    return rotations[np.array(first)[ranking]], np.array(chances)[ranking]
