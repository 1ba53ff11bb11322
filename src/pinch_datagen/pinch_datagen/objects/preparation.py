# SPDX-License-Identifier: Apache-2.0
"""Units, scale, frame, mass: what makes a mesh an object of the paper (S I)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import trimesh

from pinch_core.config import setting, validate
from pinch_datagen.errors import BadMeshError
from pinch_datagen.objects.object_model import Float64, ObjectModel, RawMesh
from pinch_datagen.objects.repair import repair

# Outside, the unit of the file is not what was said.
PLAUSIBLE_EXTENT_M = (0.005, 1.0)


@dataclass(frozen=True)
class PreparationConfig:
    """Scale and mass."""

    unit: float = setting(1.0, unit="m", help="length of one unit of the mesh files", lower=1e-6, upper=1000.0)
    fit_to_jaw: bool = setting(True, help="scale objects to the jaws; else they keep their size")
    fit_share: float = setting(
        0.9, help="of the jaws' opening, for the middle one of the three extents", lower=0.05, upper=5.0
    )
    mass: float = setting(1.0, unit="kg", help="mass of every object", lower=1e-3, upper=100.0)
    center_of_mass_from_volume: bool = setting(
        False, help="centre of mass of the volume; else the middle of the bounding box, as in the paper"
    )

    def __post_init__(self) -> None:
        validate(self)


def prepare(raw: RawMesh, max_width: float, config: PreparationConfig) -> ObjectModel:
    """The repaired mesh in its principal axes (longest extent along x), scaled, centred.

    Args:
        max_width: opening of the jaws [m].

    Raises:
        BadMeshError: it cannot be repaired, or has an absurd size.
    """
    sound = repair(raw)
    mesh = trimesh.Trimesh(sound.vertices * config.unit, sound.faces, process=False)
    vertices = (mesh.vertices - mesh.center_mass) @ _principal_axes(mesh).T
    extents = np.ptp(vertices, axis=0)
    if config.fit_to_jaw:
        vertices = vertices * (config.fit_share * max_width / np.sort(extents)[1])
    elif not PLAUSIBLE_EXTENT_M[0] <= extents.max() <= PLAUSIBLE_EXTENT_M[1]:
        raise BadMeshError(
            f"{raw.source} is {extents.max():.4g} m long; set preparation.unit to the length of its unit in metres."
        )
    middle = (vertices.min(0) + vertices.max(0)) / 2
    vertices = vertices - middle
    placed = trimesh.Trimesh(vertices, sound.faces, process=False)
    center_of_mass = placed.center_mass if config.center_of_mass_from_volume else np.zeros(3)
    return ObjectModel(
        raw.name, raw.source, vertices, sound.faces, config.mass, np.array(center_of_mass, np.float64)
    )


def _principal_axes(mesh: trimesh.Trimesh) -> Float64:
    """Float64[3, 3]: rows are the axes by falling extent; right-handed, with signs that do not depend on the pose."""
    axes = np.array(mesh.principal_inertia_vectors, dtype=np.float64)
    local = (mesh.vertices - mesh.center_mass) @ axes.T
    order = np.argsort(-np.ptp(local, axis=0), kind="stable")
    axes, local = axes[order], local[:, order]
    # The half that reaches farther is the positive one.
    axes[local.max(0) < -local.min(0) - 1e-9] *= -1
    if np.linalg.det(axes) < 0:
        axes[2] *= -1
    return axes
