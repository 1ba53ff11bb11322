# SPDX-License-Identifier: Apache-2.0
"""Objects of the library as triangles, for planning on true shapes."""

from __future__ import annotations

from typing import NamedTuple

import mujoco
import numpy as np
import trimesh
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from pinch_sim.objects import LibraryObject, Primitive, volume


class ObjectMesh(NamedTuple):
    """``vertices`` Float64[V, 3] [m] in the object's frame, ``faces`` Int64[F, 3] wound counter-clockwise
    seen from outside, ``center_of_mass`` Float64[3] [m]. Overlapping solids keep faces inside each other.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    center_of_mass: NDArray[np.float64]


def object_mesh(thing: LibraryObject) -> ObjectMesh:
    """The triangles of all solids of an object."""
    whole = trimesh.util.concatenate([_mesh(part) for part in thing.primitives])
    assert isinstance(whole, trimesh.Trimesh)
    weights = np.array([volume(part) for part in thing.primitives])
    middle = weights @ np.array([part.position for part in thing.primitives]) / weights.sum()
    return ObjectMesh(np.asarray(whole.vertices), np.asarray(whole.faces), middle)


def _mesh(part: Primitive) -> trimesh.Trimesh:
    a, b, c = part.size
    mesh: trimesh.Trimesh
    if part.kind == mujoco.mjtGeom.mjGEOM_BOX:
        mesh = trimesh.creation.box(extents=(2 * a, 2 * b, 2 * c))
    elif part.kind == mujoco.mjtGeom.mjGEOM_CYLINDER:
        mesh = trimesh.creation.cylinder(radius=a, height=2 * b, sections=64)
    elif part.kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
        mesh = trimesh.creation.capsule(radius=a, height=2 * b)
        mesh.apply_translation(-mesh.bounds.mean(axis=0))
    else:
        mesh = trimesh.creation.icosphere(subdivisions=4)
        mesh.apply_scale((a, b, c))
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = Rotation.from_euler("xyz", part.rpy).as_matrix(), part.position
    mesh.apply_transform(pose)
    return mesh
