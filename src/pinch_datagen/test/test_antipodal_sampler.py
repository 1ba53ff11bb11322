# SPDX-License-Identifier: Apache-2.0
"""Sampled grasps are what they claim: antipodal, horizontal, on the mesh, all over it."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from solids import GRIPPER, ball, box, cylinder, model_of, rays

from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.parallel_jaw.antipodal_sampler import AntipodalConfig, sample_antipodal, spread_evenly
from pinch_datagen.parallel_jaw.jaw_contacts import close_jaws
from pinch_datagen.parallel_jaw.parallel_jaw_grasps import ParallelJawGrasps

CONFIG = AntipodalConfig()
OPENING = GRIPPER.max_opening
SOLIDS = {
    "box": box(0.03, 0.04, 0.09),
    "cylinder": cylinder(0.02, 0.08),
    "ball": ball(0.022),
    "ring": model_of(trimesh.creation.annulus(0.03, 0.036, 0.03)),
}


def sampled(model: ObjectModel, seed: int, up: np.ndarray, count: int = 80):
    return sample_antipodal(rays(model), up, count, OPENING, CONFIG, np.random.default_rng(seed))


@pytest.mark.parametrize("name", SOLIDS)
@given(st.integers(0, 10_000))
def test_axes_are_horizontal_and_approaches_come_from_above(name: str, seed: int) -> None:
    up = Rotation.random(random_state=seed).apply([0.0, 0, 1])
    found = sampled(SOLIDS[name], seed, up, 20).grasps
    assert np.abs(found.axis @ up).max(initial=0.0) < 1e-9
    np.testing.assert_allclose(found.approach, np.broadcast_to(-up, found.approach.shape))
    np.testing.assert_allclose(np.linalg.norm(found.axis, axis=1), 1.0)


@pytest.mark.parametrize("name", SOLIDS)
def test_contacts_lie_on_the_mesh_and_face_each_other_within_the_friction_cone(name: str) -> None:
    model = SOLIDS[name]
    found = sampled(model, 3, np.array([0.0, 0, 1]))
    assert len(found) == 80
    points, normals = found.contacts.points, found.contacts.normals
    triangles = model.vertices[model.faces]
    for point, normal in zip(points.reshape(-1, 3), normals.reshape(-1, 3), strict=True):
        height = ((point - triangles[:, 0]) * model.rays.face_normals).sum(-1)
        weights = trimesh.triangles.points_to_barycentric(triangles, np.tile(point, (len(triangles), 1)))
        touched = (np.abs(height) < 1e-9) & (weights > -1e-6).all(1)
        # On an edge there are several faces.
        assert (model.rays.face_normals[touched] @ normal < -1 + 1e-9).any()
    inward = np.stack([found.grasps.axis, -found.grasps.axis], axis=1)
    assert ((normals * inward).sum(-1) >= 1 / np.hypot(1, CONFIG.friction) - 1e-9).all()
    np.testing.assert_allclose(points.mean(1), found.grasps.center, atol=1e-9)
    assert (found.contacts.widths <= OPENING).all()


def test_a_box_too_wide_for_the_jaws_is_grasped_along_its_narrow_sides_only() -> None:
    found = sampled(box(0.03, 0.08, 0.04), 0, np.array([0.0, 0, 1]))
    assert len(found) > 0
    assert np.abs(found.grasps.axis[:, 0]).min() > np.cos(np.arctan(CONFIG.friction)) - 1e-6


def test_the_wall_of_a_wide_ring_is_grasped() -> None:
    found = sampled(model_of(trimesh.creation.annulus(0.040, 0.046, 0.03)), 0, np.array([0.0, 0, 1]))
    assert len(found) == 80
    assert found.contacts.widths.max() < 0.01


def test_nothing_is_found_on_what_no_jaw_can_hold() -> None:
    assert len(sampled(box(0.2, 0.2, 0.2), 0, np.array([0.0, 0, 1]))) == 0


def test_grasps_of_a_long_cylinder_cover_its_length_and_directions_evenly() -> None:
    found = sampled(cylinder(0.02, 0.10), 1, np.array([0.0, 0, 1]), 400)
    chosen = found[spread_evenly(400, 100, np.random.default_rng(0))].grasps
    heights, _ = np.histogram(chosen.center[:, 2], bins=5, range=(-0.05, 0.05))
    angle = np.arctan2(chosen.axis[:, 1], chosen.axis[:, 0]) % np.pi
    directions, _ = np.histogram(angle, bins=5, range=(0, np.pi))
    assert len(chosen) == 100
    assert heights.min() >= 10 and directions.min() >= 10


@given(st.integers(0, 200), st.integers(0, 100), st.integers(0, 100))
def test_an_even_choice_has_no_repeats_and_no_gaps(total: int, count: int, seed: int) -> None:
    chosen = spread_evenly(total, count, np.random.default_rng(seed))
    assert len(chosen) == min(count, total)
    assert ((chosen >= 0) & (chosen < total)).all()
    steps = np.diff(chosen)
    assert (steps >= 1).all()
    assert steps.max(initial=0) - steps.min(initial=10**6) <= 1


def test_jaws_that_start_inside_or_meet_nothing_have_no_contact() -> None:
    model = box(0.03, 0.04, 0.05)
    axis, approach = np.array([[1.0, 0, 0]] * 3), np.array([[0.0, 0, -1]] * 3)
    center = np.array([[0.0, 0, 0], [0.0, 0.03, 0], [0.02, 0, 0]])
    contacts = close_jaws(ParallelJawGrasps(center, axis, approach), OPENING, rays(model))
    assert contacts.exist.tolist() == [True, False, False]
    assert contacts.widths[0] == pytest.approx(0.03, abs=1e-9)


def test_the_same_seed_gives_the_same_grasps() -> None:
    one, two = (sampled(SOLIDS["ring"], 5, np.array([0.0, 0, 1])) for _ in range(2))
    np.testing.assert_array_equal(one.grasps.center, two.grasps.center)
