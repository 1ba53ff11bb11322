# SPDX-License-Identifier: Apache-2.0
"""Stable poses obey statics."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation
from solids import ball, box, cylinder, model_of

from pinch_datagen.errors import BadMeshError
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.objects.preparation import PreparationConfig, prepare
from pinch_datagen.objects.procedural.families import FAMILIES
from pinch_datagen.objects.procedural.generator import ProceduralConfig, make_procedural
from pinch_datagen.stable_poses import StablePoseConfig, stable_poses

CONFIG = StablePoseConfig()


def overhang(feet: NDArray[np.float64], center: NDArray[np.float64]) -> float:
    """How far a point is outside the convex polygon of feet (N, 2); negative inside."""
    assert len(feet) >= 3
    equations = ConvexHull(feet, qhull_options="QJ").equations
    return float((equations[:, :2] @ center + equations[:, 2]).max())


def made(family: str) -> ObjectModel:
    raw = make_procedural(0, 0, ProceduralConfig(families=(family,)))
    return prepare(raw, 0.05, PreparationConfig())


def test_a_box_lies_on_its_large_faces_most() -> None:
    table = stable_poses(box(0.02, 0.04, 0.08), CONFIG)
    heights = 2 * table["T_table_obj"][:, 2, 3]
    assert len(table) == 6
    np.testing.assert_allclose(sorted(heights), [0.02, 0.02, 0.04, 0.04, 0.08, 0.08], atol=1e-9)
    assert (np.diff(heights) >= -1e-9).all(), "the lower, the likelier"
    assert table["probability"].sum() == pytest.approx(1.0)


@given(st.tuples(*[st.floats(0.01, 0.1)] * 3))
def test_a_box_lands_on_each_face_as_often_as_the_solid_angle_says(sides: tuple[float, float, float]) -> None:
    # A box stays on the face it lands on: the solid angle of an a x b rectangle at distance c / 2.
    table = stable_poses(box(*sides), StablePoseConfig(min_probability=0.0))
    for height, probability in zip(2 * table["T_table_obj"][:, 2, 3], table["probability"], strict=True):
        c, a, b = sorted(sides, key=lambda side: abs(side - height))
        share = np.arctan(a * b / (c * np.sqrt(a * a + b * b + c * c))) / np.pi
        assert probability == pytest.approx(share, abs=0.005)
    assert table["probability"].sum() == pytest.approx(1.0)


@pytest.mark.parametrize("shear", [0.0, 0.2, 0.24, 0.26, 0.5])
def test_a_column_stands_while_its_middle_is_above_its_foot(shear: float) -> None:
    model = box(0.02, 0.02, 0.08)
    model.vertices[:, 0] += shear * model.vertices[:, 2]
    poses = stable_poses(model, StablePoseConfig(min_probability=0.0))["T_table_obj"]
    assert (np.abs(poses[:, 2, 2]) > 1 - 1e-9).any() == (0.04 * shear < 0.01)


@pytest.mark.parametrize("seed", range(3))
def test_how_the_object_lies_in_its_frame_does_not_matter(seed: int) -> None:
    model = model_of(
        trimesh.convex.convex_hull(np.random.default_rng(seed).normal(size=(30, 3)) * [0.03, 0.02, 0.01])
    )
    turn = Rotation.random(random_state=seed).as_matrix()
    turned = dataclasses.replace(model, vertices=model.vertices @ turn.T)
    one, other = stable_poses(model, CONFIG), stable_poses(turned, CONFIG)
    np.testing.assert_allclose(other["probability"], one["probability"], atol=1e-6)
    np.testing.assert_allclose(
        other["T_table_obj"][:, 2, :3] @ turn, one["T_table_obj"][:, 2, :3], atol=1e-9, err_msg="upward"
    )


def test_points_that_crowd_on_a_rim_do_no_harm() -> None:
    # The hull of such a cylinder has slivers that trimesh drops.
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, 3000)
    rims = 0.02 * np.stack([np.cos(angles), np.sin(angles), np.arange(3000) % 2 - 0.5], axis=1)
    model = model_of(trimesh.convex.convex_hull(rims @ Rotation.random(random_state=0).as_matrix()))
    table = stable_poses(model, CONFIG)
    np.testing.assert_allclose(table["T_table_obj"][:2, 2, 3], 0.01, atol=2e-4, err_msg="it stands, mostly")


def test_the_same_object_has_the_same_poses() -> None:
    one, other = (stable_poses(made("mug"), CONFIG) for _ in range(2))
    assert one.tobytes() == other.tobytes()


def test_a_centre_of_mass_outside_the_hull_is_refused() -> None:
    for outside in ([0.0, 0.0, 0.02], [0.0, 0.0, 0.5]):
        model = dataclasses.replace(box(0.04, 0.04, 0.04), center_of_mass=np.array(outside))
        with pytest.raises(BadMeshError, match=r"outside its convex hull.*center_of_mass_from_volume"):
            stable_poses(model, CONFIG)


def test_a_cube_has_six_equal_poses() -> None:
    table = stable_poses(box(0.04, 0.04, 0.04), CONFIG)
    np.testing.assert_allclose(table["probability"], 1 / 6, atol=1e-3)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_it_stands_on_the_table_with_its_centre_of_mass_above_its_feet(family: str) -> None:
    model = made(family)
    table = stable_poses(model, CONFIG)
    assert 1 <= len(table) <= CONFIG.max_poses
    size = np.ptp(model.vertices, axis=0).max()
    for pose in table["T_table_obj"]:
        placed = model.vertices @ pose[:3, :3].T + pose[:3, 3]
        assert placed[:, 2].min() == pytest.approx(0.0, abs=1e-12)
        np.testing.assert_allclose(pose[:2, 3], 0.0)
        # Hulls of over a thousand triangles are made coarser, and tilt a little.
        exact = len(ConvexHull(model.vertices).simplices) <= 1000
        feet = placed[placed[:, 2] < (1e-6 if exact else 0.02) * size][:, :2]
        center = (pose[:3, :3] @ model.center_of_mass + pose[:3, 3])[:2]
        assert overhang(feet, center) < (1e-6 if exact else 0.02) * size


def test_rare_poses_are_left_out_and_the_most_probable_one_never() -> None:
    assert len(stable_poses(box(0.02, 0.04, 0.08), StablePoseConfig(min_probability=0.2))) == 2
    assert len(stable_poses(ball(0.02), StablePoseConfig(min_probability=0.9))) == 1
    assert len(stable_poses(box(0.02, 0.04, 0.08), StablePoseConfig(max_poses=3))) == 3


def test_poses_that_differ_by_a_turn_about_the_vertical_are_one() -> None:
    table = stable_poses(cylinder(0.03, 0.05), CONFIG)
    down = -table["T_table_obj"][:, 2, :3]
    angles = np.arccos(np.clip(down @ down.T, -1, 1))[~np.eye(len(down), dtype=bool)]
    assert angles.min() >= CONFIG.same_tilt


def test_a_fine_mesh_has_the_poses_of_a_coarse_one() -> None:
    fine = model_of(trimesh.creation.box(extents=(0.02, 0.04, 0.08)).subdivide_to_size(0.002))
    coarse, refined = (stable_poses(model, CONFIG) for model in (box(0.02, 0.04, 0.08), fine))
    np.testing.assert_allclose(refined["probability"], coarse["probability"], atol=1e-6)
