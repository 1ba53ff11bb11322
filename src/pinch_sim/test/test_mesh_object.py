# SPDX-License-Identifier: Apache-2.0
"""A thing given as meshes is what the same thing of primitives is."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from pinch_core.geometry.transform import Transform
from pinch_sim.cell import Cell
from pinch_sim.cell_config import CellConfig
from pinch_sim.errors import PlacementError
from pinch_sim.mesh_object import MeshObject, Triangles
from pinch_sim.objects import library_object
from pinch_sim.sensor import CellCamera

FRICTION = 0.6
ABOVE = Transform.from_rpy((0.0, 0.0, 0.4), (0.5, 0.02, 0.0255))


def triangles(mesh: trimesh.Trimesh) -> Triangles:
    return Triangles(np.array(mesh.vertices), np.array(mesh.faces, dtype=np.int64))


def mesh_object(surface: trimesh.Trimesh, *parts: trimesh.Trimesh, mass: float = 0.1) -> MeshObject:
    inertia = np.array(surface.moment_inertia) * mass / surface.volume
    touched = tuple(triangles(part) for part in parts or (surface,))
    return MeshObject(
        "thing", triangles(surface), touched, mass, np.array(surface.center_mass), inertia, 0.003
    )


def cube(size: float = 0.05) -> trimesh.Trimesh:
    return trimesh.creation.box((size, size, size))


def image(cell: Cell) -> np.ndarray:
    camera = CellCamera(cell.config)
    try:
        return camera.ideal_depth(cell.snapshot())
    finally:
        camera.close()


def test_a_cube_of_triangles_lies_where_a_cube_of_the_library_lies_and_looks_like_it():
    cell = Cell(CellConfig())
    states, images = [], []
    for thing in (library_object("cube"), mesh_object(cube())):
        states.append(cell.reset_to(thing, FRICTION, ABOVE, seed=1))
        images.append(image(cell))
    distance, turn = states[0].T_base_object.distance_to(states[1].T_base_object)
    assert distance < 2e-4 and turn < 2e-3
    assert abs(states[1].clearance) < 2e-4
    seen = np.abs(images[0] - images[1]) < 5e-4
    assert np.mean(seen | np.isnan(images[0])) > 0.999


def test_cameras_see_the_surface_and_contacts_are_those_of_the_parts():
    cell = Cell(CellConfig())
    lower = cube(0.03)
    lower.apply_translation((0.0, 0.0, -0.01))
    state = cell.reset_to(mesh_object(cube(), lower), FRICTION, ABOVE, seed=1)
    assert state.T_base_object.translation[2] == pytest.approx(0.025, abs=5e-4), "it stands on its part"
    camera = cell.config.camera
    column, row = camera.intrinsics.project(
        camera.T_base_cam.inverse() @ (state.T_base_object.translation + np.array([0.0, 0.0, 0.025]))
    )
    top = image(cell)[round(row), round(column)]
    height = (camera.T_base_cam @ (camera.intrinsics.rays(np.array([column, row])) * top))[2]
    assert height == pytest.approx(0.05, abs=1e-3), "the surface reaches higher than the part"


def test_a_reset_to_a_mesh_leaves_nothing_of_what_was_there():
    cell = Cell(CellConfig())
    cell.reset(3, "hammer")
    cell.reset_to(mesh_object(cube()), FRICTION, ABOVE, seed=1)
    assert [placed.name for placed in cell.scene.objects] == ["thing"]
    np.testing.assert_allclose(cell.joint_readings().position[:7], cell.robot.home, atol=1e-9)


def test_a_thing_that_starts_inside_the_table_is_refused_and_the_cell_stays_as_it_was():
    cell = Cell(CellConfig())
    before = cell.reset(3, "hammer")
    with pytest.raises(PlacementError, match="choose a pose just above it"):
        cell.reset_to(mesh_object(cube()), FRICTION, Transform.identity(), seed=1)
    after = cell.object_state()
    assert after.name == before.name
    assert after.T_base_object.distance_to(before.T_base_object) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda v, f: (v[:2], f), "2 corners"),
        (lambda v, f: (v * np.nan, f), "not finite"),
        (lambda v, f: (v, f + 100), "count from 0"),
        (lambda v, f: (v * 1000, f), "is 50 m long; give metres, which is 0.05 m if these are millimetres"),
    ],
)
def test_an_unsound_mesh_is_refused_with_its_fault(change, reason):
    sound = triangles(cube())
    broken = Triangles(*change(sound.vertices, sound.faces))
    for surface, parts in ((broken, (sound,)), (sound, (sound, broken))):
        with pytest.raises(PlacementError, match=reason):
            MeshObject("thing", surface, parts, 0.1, np.zeros(3), np.eye(3) * 1e-5, 0.0)


@pytest.mark.parametrize("mass", [0.0, -1.0, np.nan])
def test_a_thing_without_weight_is_refused(mass):
    with pytest.raises(PlacementError, match="all must be positive"):
        mesh_object(cube(), mass=mass)


@pytest.mark.parametrize("size", [0.02, 0.2])
def test_a_surface_in_another_unit_than_its_parts_is_refused(size):
    with pytest.raises(PlacementError, match=f"surface of 'thing' is {size} m long and its parts 0.05 m"):
        mesh_object(cube(size), cube())


def test_a_thing_without_parts_is_refused():
    with pytest.raises(PlacementError, match="no convex parts"):
        MeshObject("thing", triangles(cube()), (), 0.1, np.zeros(3), np.eye(3) * 1e-5, 0.0)
