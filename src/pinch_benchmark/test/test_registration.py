# SPDX-License-Identifier: Apache-2.0
"""Registration: what is moved is found where it was moved to."""

from __future__ import annotations

import math

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pinch_benchmark.benchmark_config import GraspBenchmarkConfig
from pinch_benchmark.methods.method import MethodSetting
from pinch_benchmark.methods.registration_method import Registration
from pinch_benchmark.registration.deviation import Deviation
from pinch_benchmark.registration.known_objects import known_objects
from pinch_benchmark.registration.planar_icp import Surface, align, turn
from pinch_benchmark.registration.view import features, points_from_above, view_of_points
from pinch_benchmark.run.trial import run_trial
from pinch_benchmark.scenes.object_set import ObjectSet
from pinch_benchmark.scenes.singulated_scene import SingulatedScene, make_scene
from pinch_core.geometry.transform import Transform
from pinch_core.resources import load_gripper
from pinch_datagen.ray_mesh import RayMesh

Float64 = NDArray[np.float64]

# No two sides alike, standing on the table.
WEDGE = trimesh.convex.convex_hull(
    np.array([[0, 0, 0], [80, 0, 0], [80, 30, 0], [0, 20, 0], [0, 0, 40], [60, 0, 25], [0, 20, 30]]) * 1e-3
)
CYLINDER = trimesh.creation.cylinder(0.02, 0.06, sections=128).apply_translation([0.0, 0.0, 0.03])
BAR = trimesh.creation.box((0.09, 0.022, 0.028))
BOX = trimesh.creation.box((0.06, 0.03, 0.04)).apply_translation([0.0, 0.0, 0.02])


def surface_of(mesh: trimesh.Trimesh, count: int = 4000) -> Surface:
    points, faces = trimesh.sample.sample_surface(mesh, count, seed=1)
    return Surface.of(np.asarray(points), np.asarray(mesh.face_normals[faces]))


def points_of(mesh: trimesh.Trimesh, pose: Transform | None = None) -> Float64:
    points = np.asarray(trimesh.sample.sample_surface(mesh, 1500, seed=2)[0])
    return points if pose is None else pose @ points


@settings(max_examples=25, deadline=None)
@given(
    st.floats(-math.pi, math.pi),
    st.floats(-0.1, 0.1),
    st.floats(-0.1, 0.1),
    st.floats(-0.12, 0.12),
    st.floats(-0.006, 0.006),
)
def test_icp_finds_any_pose_from_a_start_nearby(
    angle: float, x: float, y: float, turned: float, shifted: float
) -> None:
    true = turn(angle, x, y)
    start = true @ turn(turned, shifted, -shifted)
    found, misfit = align(points_of(WEDGE, true), surface_of(WEDGE), start)
    way, turned_by = found.distance_to(true)
    assert way < 5e-4 and turned_by < 0.01 and misfit < 1e-3


@given(st.floats(-math.pi, math.pi), st.floats(-0.1, 0.1))
@settings(max_examples=10, deadline=None)
def test_a_view_does_not_depend_on_the_place(angle: float, x: float) -> None:
    points = points_from_above(RayMesh(np.array(WEDGE.vertices), np.array(WEDGE.faces)), turn(angle))
    here, middle = view_of_points(points)
    cells = 0.004 * round(x / 0.004)  # by whole cells, else their borders move
    there, moved = view_of_points(points + np.array([cells, 0.0, 0.0]))
    assert moved - middle == pytest.approx([cells, 0.0], abs=1e-3)
    assert np.mean(np.abs(here - there) > 0.002) < 0.05
    assert here.max() == pytest.approx(0.04, abs=0.004)


def test_the_most_similar_view_is_that_of_the_same_turn() -> None:
    rays = RayMesh(np.array(WEDGE.vertices), np.array(WEDGE.faces))
    points = points_from_above(rays, Transform.identity())
    angles = 2 * math.pi * np.arange(24) / 24
    stored = features(np.stack([view_of_points(turn(angle) @ points)[0] for angle in angles]))
    for number, angle in enumerate(angles):
        seen = features(view_of_points(turn(angle + 0.05, 0.03, 0.01) @ points)[0][None])
        assert np.argmin(np.linalg.norm(stored - seen, axis=1)) == number


@pytest.mark.parametrize("angle", [0.05, -0.3, 1.0])
def test_the_deviation_of_a_moved_surface_is_what_it_was_moved_by(angle: float) -> None:
    believed = turn(angle) @ points_of(WEDGE) + np.array([0.003, 0.004, 0.0])
    found = Deviation.of(believed, surface_of(WEDGE, 8000))
    assert found.rotation == pytest.approx(abs(angle), abs=0.01)
    assert found.distance > 5e-4


@pytest.mark.parametrize(("mesh", "angle"), [(CYLINDER, 1.0), (BOX, math.pi), (BOX, 0.0)])
def test_a_turn_that_cannot_be_seen_is_no_deviation(mesh: trimesh.Trimesh, angle: float) -> None:
    found = Deviation.of(turn(angle) @ points_of(mesh) + np.array([0.003, 0.0, 0.0]), surface_of(mesh, 8000))
    assert found.rotation < 0.02
    assert found.translation == pytest.approx(0.003, abs=5e-4)


@pytest.fixture(scope="module")
def made_for(tmp_path_factory: pytest.TempPathFactory) -> MethodSetting:
    folder = tmp_path_factory.mktemp("registration")
    (folder / "meshes").mkdir()
    for name, mesh in (("bar", BAR), ("box", BOX)):
        mesh.export(folder / "meshes" / f"{name}.obj")
    objects = ObjectSet.of_folder(folder / "meshes")
    return MethodSetting(load_gripper("yumi"), objects, GraspBenchmarkConfig(), 0, folder / "cache")


def scene_of(made_for: MethodSetting, number: int) -> SingulatedScene:
    return make_scene(
        made_for.objects.refs[number % 2], number, False, made_for.gripper, made_for.config, 0, made_for.cache
    )


def test_known_objects_are_recognized_and_their_stored_grasps_hold(made_for: MethodSetting) -> None:
    method = Registration(known_objects(made_for))
    for number in range(4):
        record = run_trial(method, scene_of(made_for, number), made_for.config, 0)
        assert record.held
        assert record.taken_for == record.object_name
        assert record.translation_error < 0.003 and record.rotation_error < 0.06


def test_what_was_learned_is_read_back_as_it_was(made_for: MethodSetting) -> None:
    first, second = known_objects(made_for), known_objects(made_for)
    assert len(list(made_for.cache.glob("known_objects_*.npz"))) == 1
    assert [pose.name for pose in first] == [pose.name for pose in second]
    for one, other in zip(first, second, strict=True):
        assert one.T_table_tcp is not None and other.T_table_tcp is not None
        assert one.T_table_tcp.matrix == pytest.approx(other.T_table_tcp.matrix)
        np.testing.assert_allclose(one.views, other.views, rtol=2e-3, atol=1e-3)  # stored in half precision
