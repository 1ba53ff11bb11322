# SPDX-License-Identifier: Apache-2.0
"""How an object comes to rest on a table, and how often: quasi-static tumbling (Goldberg et al. 1999)."""

from __future__ import annotations

import numpy as np
import trimesh

from pinch_core.config import configclass, setting
from pinch_datagen.dataset.tables import POSES, Table
from pinch_datagen.errors import BadMeshError
from pinch_datagen.objects.object_model import Float64, ObjectModel

# A facet that is less likely is no pose, not even part of one: trimesh takes half a millisecond for each.
RAREST_FACET = 0.002
# trimesh takes a tenth of a millisecond for each. The coarse hull is for balls, where no facet of the fine
# one is so likely: of so few, one always is.
MAX_HULL_FACES = 1000
MAX_COARSE_HULL_FACES = 400


@configclass
class StablePoseConfig:
    """Which of the poses that an object can rest in are kept."""

    min_probability: float = setting(
        default=0.01, help="rarer poses are left out, unless all are as rare", lower=0.0, upper=1.0
    )
    max_poses: int = setting(
        default=10, help="poses kept at most, the most probable ones", lower=1, upper=1000
    )
    same_tilt: float = setting(
        default=0.03,
        unit="rad",
        help="poses whose downward directions differ less are one",
        lower=0.0,
        upper=0.5,
    )


def stable_poses(model: ObjectModel, config: StablePoseConfig) -> Table:
    """Rows of POSES, most probable first, probabilities summing to 1.

    The object's origin is above the table's, its lowest vertex on the table. Poses that differ only by a turn
    about the vertical are one. An object without a pose above the threshold (a ball) keeps the most probable.

    Raises:
        BadMeshError: the centre of mass is not inside the convex hull.
    """
    rotations, probabilities = _resting(model, MAX_HULL_FACES)
    if len(probabilities) == 0:
        rotations, probabilities = _resting(model, MAX_COARSE_HULL_FACES)
    rotations, probabilities = _merged(rotations, probabilities, config.same_tilt)
    kept = min(max(int((probabilities >= config.min_probability).sum()), 1), config.max_poses)
    rotations, probabilities = rotations[:kept], probabilities[:kept]
    table = np.zeros(kept, dtype=POSES)
    table["probability"] = probabilities / probabilities.sum()
    table["T_table_obj"] = np.eye(4)
    table["T_table_obj"][:, :3, :3] = rotations
    table["T_table_obj"][:, 2, 3] = -(rotations[:, 2] @ model.vertices.T).min(axis=1)
    return table


def _resting(model: ObjectModel, max_hull_faces: int) -> tuple[Float64, Float64]:
    """Rotations Float64[P, 3, 3] into the table's frame, and their chances Float64[P]."""
    hull = _hull(model.vertices, max_hull_faces)
    outward = ((model.center_of_mass - hull.triangles_center) * hull.face_normals).sum(axis=1)
    if outward.max() >= 0:  # trimesh would search for another centre of mass, for ever
        raise BadMeshError(
            f"{model.source} has its centre of mass {outward.max():.3g} m outside its convex hull, where no "
            "pose is stable; take that of the volume (preparation.center_of_mass_from_volume)."
        )
    transforms, chances = trimesh.poses.compute_stable_poses(
        hull, center_mass=model.center_of_mass, sigma=0, n_samples=1, threshold=RAREST_FACET
    )
    return np.reshape(transforms, (-1, 4, 4))[:, :3, :3], np.asarray(chances, dtype=np.float64)


def _hull(vertices: Float64, max_faces: int) -> trimesh.Trimesh:
    """The convex hull of all vertices, or of those that leave it closed with few faces."""
    hull: trimesh.Trimesh = trimesh.convex.convex_hull(vertices)
    cell = float(np.ptp(vertices, axis=0).max()) / 250
    # trimesh drops slivers of a hull, which opens it: points that crowd on a rim make them.
    while len(hull.faces) > max_faces or not hull.is_watertight:
        outermost_first = hull.vertices[np.argsort(-np.linalg.norm(hull.vertices, axis=1), kind="stable")]
        _, kept = np.unique(np.rint(outermost_first / cell), axis=0, return_index=True)
        hull, cell = trimesh.convex.convex_hull(outermost_first[np.sort(kept)]), 1.3 * cell
    return hull


def _merged(rotations: Float64, probabilities: Float64, same_tilt: float) -> tuple[Float64, Float64]:
    """Poses with distinct downward directions, most probable first; each with the chances of all like it."""
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
