# SPDX-License-Identifier: Apache-2.0
"""Units, scale, frame, mass: what makes a mesh an object of the paper (S I)."""

from __future__ import annotations

import numpy as np
import trimesh
from scipy.spatial import ConvexHull

from pinch_core.config import configclass, setting
from pinch_datagen.errors import BadMeshError
from pinch_datagen.objects.length_unit import unit_sentence
from pinch_datagen.objects.object_model import Float64, ObjectModel, RawMesh
from pinch_datagen.objects.repair import manifold_of, repair, triangles_of

# Moments of inertia that differ less belong to no axes of their own: cubes, cans, square bars.
SAME_MOMENT = 0.01
# How far decimation may move a surface, of the longest extent: from what nobody sees to what noise hides.
SIMPLIFICATION = (1e-4, 0.01)


@configclass
class PreparationConfig:
    """Scale, frame and mass of objects."""

    unit: float = setting(
        default=1.0, unit="m", help="length of one unit of the mesh files", lower=1e-6, upper=1000.0
    )
    fit_to_jaw: bool = setting(default=True, help="scale objects to the jaws; else they keep their size")
    fit_share: float = setting(
        default=0.9,
        help="of the jaws' opening, for the middle one of the three extents",
        lower=0.05,
        upper=5.0,
    )
    principal_axes: bool = setting(
        default=True, help="turn objects into their principal axes; else as in the file"
    )
    max_faces: int = setting(default=20_000, help="finer meshes are decimated", lower=100, upper=10_000_000)
    mass: float = setting(default=1.0, unit="kg", help="mass of every object", lower=1e-3, upper=100.0)
    center_of_mass_from_volume: bool = setting(
        default=False,
        help="centre of mass of the volume; else the middle of the bounding box, as in the paper",
    )


def prepare(raw: RawMesh, max_opening: float, config: PreparationConfig, scale: float = 1.0) -> ObjectModel:
    """The repaired mesh in its principal axes (longest extent along x), scaled, centred.

    The middle of the bounding box is no centre of mass where it lies outside the convex hull (a tetrahedron):
    such objects get that of their volume.

    Args:
        max_opening: opening of the jaws [m].
        config: what the file's unit is, and what is done to the object.
        scale: factor on the size that the object would have.

    Raises:
        BadMeshError: it cannot be repaired, or has an absurd size.
    """
    sound = _decimated(repair(raw), config.max_faces)
    extent = float(np.ptp(sound.vertices, axis=0).max())
    wrong_unit = unit_sentence(extent, config.unit)
    if wrong_unit is not None and not config.fit_to_jaw:
        raise BadMeshError(f"{raw.source} {wrong_unit}.")
    vertices = _centered(sound.vertices) * (config.unit * scale)
    if config.principal_axes:
        vertices = vertices @ _principal_axes(trimesh.Trimesh(vertices, sound.faces, process=False)).T
    if config.fit_to_jaw:
        vertices *= config.fit_share * scale * max_opening / np.sort(np.ptp(vertices, axis=0))[1]
    vertices = _centered(vertices)
    center_of_mass = np.zeros(3)
    if config.center_of_mass_from_volume or not _holds_origin(vertices):
        mesh = trimesh.Trimesh(vertices, sound.faces, process=False)
        center_of_mass = np.array(mesh.center_mass, dtype=np.float64)
    return ObjectModel(raw.name, raw.source, vertices, sound.faces, config.mass, center_of_mass)


def _decimated(sound: RawMesh, max_faces: int) -> RawMesh:
    """With as few faces as asked for, every surface moved as little as that takes."""
    if len(sound.faces) <= max_faces:
        return sound
    size = float(np.ptp(sound.vertices, axis=0).max())
    solid = manifold_of(sound.vertices, sound.faces)
    tolerance, coarsest = SIMPLIFICATION
    while solid.num_tri() > max_faces and tolerance <= coarsest:
        solid, tolerance = solid.simplify(tolerance * size), 2 * tolerance
    if solid.num_tri() > max_faces:
        raise BadMeshError(
            f"{sound.source} has {len(sound.faces)} triangles, {solid.num_tri()} where decimation begins to "
            f"show; raise preparation.max_faces ({max_faces}) or simplify the mesh."
        )
    vertices, faces = triangles_of(solid)
    return RawMesh(sound.name, sound.source, vertices, faces)


def _principal_axes(mesh: trimesh.Trimesh) -> Float64:
    """Float64[3, 3]: rows are the axes of the volume's inertia by falling extent, right-handed.

    Signs do not depend on the pose. Where the inertia leaves axes open, they are those of the tightest box.
    """
    moments, vectors = np.linalg.eigh(mesh.moment_inertia)
    axes = vectors.T
    low_alike, high_alike = np.diff(moments) < SAME_MOMENT * moments[2]
    if low_alike and high_alike:
        axes = np.array(mesh.bounding_box_oriented.primitive.transform[:3, :3].T)
    elif low_alike or high_alike:
        plane = axes[:2] if low_alike else axes[1:]
        axes = np.vstack(
            [_tightest_rectangle(mesh.vertices @ plane.T) @ plane, axes[2:] if low_alike else axes[:1]]
        )
    local = (mesh.vertices - mesh.center_mass) @ axes.T
    order = np.argsort(-np.ptp(local, axis=0), kind="stable")
    axes, local = axes[order], local[:, order]
    # The half that reaches farther is the positive one.
    reach = np.abs(local).max()
    axes[local.max(axis=0) < -local.min(axis=0) - 1e-9 * reach] *= -1
    if np.linalg.det(axes) < 0:
        axes[2] *= -1
    return np.asarray(axes, dtype=np.float64)


def _tightest_rectangle(points: Float64) -> Float64:
    """Float64[2, 2]: rows are the sides' directions of the smallest rectangle around points (N, 2)."""
    return np.array(trimesh.bounds.oriented_bounds_2D(points)[0][:2, :2])  # type: ignore[no-untyped-call]


def _centered(vertices: Float64) -> Float64:
    """With the middle of their bounding box at the origin."""
    return np.asarray(vertices - (vertices.min(axis=0) + vertices.max(axis=0)) / 2)


def _holds_origin(vertices: Float64) -> bool:
    """Whether the origin lies inside the convex hull, and not on its faces."""
    margin = 1e-6 * np.ptp(vertices, axis=0).max()
    return bool(ConvexHull(vertices).equations[:, 3].max() < -margin)
