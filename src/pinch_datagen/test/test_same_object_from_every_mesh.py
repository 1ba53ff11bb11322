# SPDX-License-Identifier: Apache-2.0
"""The same shape in every mesh format becomes the same object, on which jaws meet the same surfaces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh
from manifold3d import Manifold

from pinch_core.resources import load_gripper
from pinch_datagen.objects.mesh_file import load_raw_mesh
from pinch_datagen.objects.object_model import Float64, Int64, ObjectModel
from pinch_datagen.objects.preparation import PreparationConfig, prepare
from pinch_datagen.objects.repair import triangles_of
from pinch_datagen.ray_mesh import RayMesh

# An angle bracket with unequal legs: no symmetry hides a turned or mirrored reading.
EXTENTS_MM = (70.0, 40.0, 25.0)


def bracket() -> tuple[Float64, Int64]:
    """Vertices [mm] and faces."""
    floor = Manifold.cube([70.0, 40.0, 8.0])
    wall = Manifold.cube([10.0, 40.0, 25.0])
    rib = Manifold.cube([30.0, 6.0, 16.0])
    return triangles_of(floor + wall + rib)


def exported(ending: str, **options: object) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / f"bracket.{ending}"
        trimesh.Trimesh(*bracket(), process=False).export(path, **options)
        return path

    return write


def relative_obj(folder: Path) -> Path:
    """Indices from the end, as some exporters write, in two blocks of vertices."""
    vertices, faces = bracket()
    lines = [f"v {x} {y} {z}" for x, y, z in vertices[:4].tolist()]
    lines += ["o bracket"]
    lines += [f"v {x} {y} {z}" for x, y, z in vertices[4:].tolist()]
    lines += ["f " + " ".join(str(int(corner) - len(vertices)) for corner in face) for face in faces]
    (folder / "bracket.obj").write_text("\n".join(lines) + "\n")
    return folder / "bracket.obj"


def soup(folder: Path) -> Path:
    """Each triangle with corners of its own, in another order."""
    vertices, faces = bracket()
    corners = vertices[faces[::-1]]
    lines = [f"v {x} {y} {z}" for x, y, z in corners.reshape(-1, 3).tolist()]
    lines += [f"f {3 * n + 1} {3 * n + 2} {3 * n + 3}" for n in range(len(faces))]
    (folder / "bracket.obj").write_text("\n".join(lines) + "\n")
    return folder / "bracket.obj"


def placed_in_a_scene(folder: Path) -> Path:
    """Half the size, and a node of the scene that doubles it."""
    vertices, faces = bracket()
    scene = trimesh.Scene()
    scene.add_geometry(
        trimesh.Trimesh(vertices / 2, faces, process=False), transform=np.diag([2.0, 2.0, 2.0, 1.0])
    )
    scene.export(folder / "bracket.glb")
    return folder / "bracket.glb"


FORMS: dict[str, Callable[[Path], Path]] = {
    "stl, binary": exported("stl"),
    "stl, ascii": exported("stl", file_type="stl_ascii"),
    "ply, binary": exported("ply"),
    "ply, ascii": exported("ply", encoding="ascii"),
    "off": exported("off"),
    "glb": exported("glb"),
    "obj": exported("obj"),
    "obj, relative indices": relative_obj,
    "obj, triangle soup": soup,
    "glb, scaled by its scene": placed_in_a_scene,
}
# Not turned into principal axes, which would hide a mesh that was read with other axes.
CONFIG = PreparationConfig(unit=1e-3, fit_to_jaw=False, principal_axes=False)


@pytest.fixture(scope="module")
def gripper_span() -> float:
    return load_gripper("panda").span


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory, gripper_span: float) -> ObjectModel:
    path = exported("obj")(tmp_path_factory.mktemp("reference"))
    return prepare(load_raw_mesh(path, "bracket"), gripper_span, CONFIG)


def closing_widths(model: ObjectModel) -> Float64:
    """What jaws meet that close on the object along random lines through it [m]: the ground of all labels."""
    rng = np.random.default_rng(5)
    axis = rng.normal(size=(300, 3))
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    middle = rng.uniform(-0.4, 0.4, (300, 3)) * np.ptp(model.vertices, axis=0)
    rays = RayMesh(model.vertices, model.faces)
    near, far = (rays.first_hits(middle - side * axis, side * axis).distance for side in (1.0, -1.0))
    return np.nan_to_num(2.0 - near - far)


@pytest.mark.parametrize("name", FORMS)
def test_every_mesh_format_gives_the_same_object(
    name: str, tmp_path: Path, reference: ObjectModel, gripper_span: float
) -> None:
    model = prepare(load_raw_mesh(FORMS[name](tmp_path), "bracket"), gripper_span, CONFIG)
    assert np.ptp(model.vertices, axis=0) * 1e3 == pytest.approx(EXTENTS_MM, abs=1e-3)
    assert model.mesh.volume == pytest.approx(reference.mesh.volume, rel=1e-4)
    np.testing.assert_allclose(model.center_of_mass, reference.center_of_mass, atol=1e-6)
    widths = closing_widths(reference)
    assert np.count_nonzero(widths) > 200
    # A line that grazes an edge may meet it or not.
    same = np.isclose(closing_widths(model), widths, atol=1e-5)
    assert same.mean() > 0.98


def test_the_comparison_would_see_a_mirrored_shape(
    tmp_path: Path, reference: ObjectModel, gripper_span: float
) -> None:
    vertices, faces = bracket()
    trimesh.Trimesh(vertices * [1, -1, 1], faces[:, ::-1], process=False).export(tmp_path / "mirrored.obj")
    model = prepare(load_raw_mesh(tmp_path / "mirrored.obj", "bracket"), gripper_span, CONFIG)
    assert np.isclose(closing_widths(model), closing_widths(reference), atol=1e-5).mean() < 0.9
