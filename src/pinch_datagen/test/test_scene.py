# SPDX-License-Identifier: Apache-2.0
"""Cameras, places, friction and neighbours are drawn from the distributions that their configs state."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import ConvexHull
from solids import box, cylinder, standing

from pinch_core.errors import ConfigError
from pinch_datagen.scene.clutter import ClutterConfig, place_clutter
from pinch_datagen.scene.friction import FrictionConfig, sample_friction
from pinch_datagen.scene.placed_object import PlacedObject
from pinch_datagen.scene.view_sampler import CameraConfig, PlacementConfig, sample_camera, sample_placement
from pinch_datagen.stable_poses import StablePoseConfig, stable_poses

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.sampled_from([(0.0, 0.0), (0.0, 0.09), (0.157, 0.314)]))
def test_cameras_look_at_the_middle_of_the_table_from_within_the_ranges(
    seed: int, polar: tuple[float, float]
) -> None:
    config = CameraConfig(polar=polar, focal=(520.0, 530.0), roll=(-0.1, 0.1), center_offset=(-5.0, 5.0))
    T_table_cam, camera = sample_camera(config, np.random.default_rng(seed))
    middle = camera.project(T_table_cam.inverse().translation)
    np.testing.assert_allclose(middle, [camera.cx, camera.cy], atol=1e-6)
    eye = T_table_cam.translation
    assert 0.65 <= np.linalg.norm(eye) <= 0.75
    assert polar[0] - 1e-9 <= math.acos(min(1.0, eye[2] / np.linalg.norm(eye))) <= polar[1] + 1e-6
    assert 520 <= camera.fx <= 530 and camera.fx == camera.fy
    assert abs(camera.cx - 299.5) <= 5 and abs(camera.cy - 299.5) <= 5


def test_cameras_are_uniform_in_every_range() -> None:
    config = CameraConfig(roll=(-0.3, 0.1), focal=(520.0, 530.0), center_offset=(-4.0, 8.0))
    rng = np.random.default_rng(0)
    poses, cameras = zip(*(sample_camera(config, rng) for _ in range(800)), strict=True)
    eyes = np.array([pose.translation for pose in poses])
    outward = eyes[:, :2] / np.linalg.norm(eyes[:, :2], axis=1, keepdims=True)
    radius = np.linalg.norm(eyes, axis=1)
    # In the image, the far side of the table is up but for the roll.
    far = np.array(
        [pose.inverse().rotate([-x, -y, 0.0]) for pose, (x, y) in zip(poses, outward, strict=True)]
    )
    drawn = {
        "azimuth": (np.arctan2(eyes[:, 1], eyes[:, 0]) % (2 * math.pi), config.azimuth),
        "radius": (radius, config.radius),
        "polar": (np.arccos(eyes[:, 2] / radius), config.polar),
        "roll": (np.arctan2(-far[:, 0], -far[:, 1]), config.roll),
        "focal": (np.array([camera.fx for camera in cameras]), config.focal),
        "column": (np.array([camera.cx for camera in cameras]) - 299.5, config.center_offset),
        "row": (np.array([camera.cy for camera in cameras]) - 299.5, config.center_offset),
    }
    for name, (values, (low, high)) in drawn.items():
        assert stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue > 0.01, name


def test_a_camera_straight_above_has_the_far_side_up() -> None:
    config = CameraConfig(polar=(0.0, 0.0), azimuth=(0.5, 0.5), radius=(0.7, 0.7))
    T_table_cam, _ = sample_camera(config, np.random.default_rng(0))
    np.testing.assert_allclose(T_table_cam.translation, [0, 0, 0.7], atol=1e-12)
    np.testing.assert_allclose(
        T_table_cam.rotate([0, -1, 0]), [-math.cos(0.5), -math.sin(0.5), 0], atol=1e-12
    )


def test_placements_are_planar_and_uniform() -> None:
    config, rng = PlacementConfig(), np.random.default_rng(0)
    placed = [sample_placement(config, rng) for _ in range(800)]
    for T_table_placed in placed:
        np.testing.assert_array_equal(T_table_placed.rotation[2], [0, 0, 1])
        assert T_table_placed.translation[2] == 0
    x, y, _ = np.array([pose.translation for pose in placed]).T
    yaw = np.array([math.atan2(*pose.rotation[1::-1, 0]) for pose in placed]) % (2 * math.pi)
    for values, (low, high) in ((x, config.x), (y, config.y), (yaw, config.yaw)):
        assert stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue > 0.01


@pytest.mark.parametrize(
    "config", [FrictionConfig(), FrictionConfig(mean=0.1, sigma=0.3), FrictionConfig(0.9, 0.2, 0.5)]
)
def test_friction_is_a_truncated_normal_distribution(config: FrictionConfig) -> None:
    drawn = sample_friction(config, 4000, np.random.default_rng(0))
    low, high = (np.array([config.lower, config.upper]) - config.mean) / config.sigma
    assert drawn.min() >= config.lower and drawn.max() <= config.upper
    assert stats.kstest(drawn, stats.truncnorm(low, high, config.mean, config.sigma).cdf).pvalue > 0.01


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: CameraConfig(radius=(0.8, 0.7)), "radius.*upside down"),
        (lambda: PlacementConfig(x=(0.1, -0.1)), "x.*upside down"),
        (lambda: FrictionConfig(mean=0.5, lower=0.6), "lower <= mean"),
        (lambda: ClutterConfig(min_gap=0.1, max_gap=0.05), "above max_gap"),
    ],
)
def test_impossible_ranges_are_refused(wrong, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        wrong()


def test_the_same_seed_gives_the_same_draws() -> None:
    for draw in (
        lambda rng: sample_camera(CameraConfig(), rng)[0].matrix,
        lambda rng: sample_placement(PlacementConfig(), rng).matrix,
        lambda rng: sample_friction(FrictionConfig(), 5, rng),
    ):
        one, two, other = (draw(np.random.default_rng(seed)) for seed in (0, 0, 1))
        assert one.tobytes() == two.tobytes() != other.tobytes()


def outline(item: PlacedObject) -> np.ndarray:
    points = (item.T_table_obj @ item.model.vertices)[:, :2]
    return points[ConvexHull(points).vertices]


def overlap(one: np.ndarray, two: np.ndarray) -> bool:
    """Whether no line along a side of either convex outline separates them."""
    normals = np.concatenate([ConvexHull(polygon).equations[:, :2] for polygon in (one, two)])
    first, second = one @ normals.T, two @ normals.T
    return bool((np.maximum(first.min(0) - second.max(0), second.min(0) - first.max(0)) < 0).all())


def distance(one: np.ndarray, two: np.ndarray) -> float:
    """Between the corners of either and the sides of the other; 0 where they overlap."""
    if overlap(one, two):
        return 0.0
    nearest = math.inf
    for corners, polygon in ((one, two), (two, one)):
        side = np.roll(polygon, -1, axis=0) - polygon
        from_start = corners[:, None] - polygon
        along = np.clip((from_start * side).sum(-1) / (side * side).sum(-1), 0.0, 1.0)
        nearest = min(nearest, np.linalg.norm(from_start - along[..., None] * side, axis=-1).min())
    return float(nearest)


MODELS = [box(0.03, 0.05, 0.08), cylinder(0.02, 0.06), box(0.02, 0.02, 0.1), cylinder(0.015, 0.1)]
POSES = [stable_poses(model, StablePoseConfig()) for model in MODELS]


@pytest.mark.parametrize("place", [(0.0, 0.0), (0.3, -0.2)])
def test_neighbours_stand_on_the_table_at_a_gap_in_the_range_and_in_nobodys_way(
    place: tuple[float, float],
) -> None:
    target = standing(box(0.04, 0.06, 0.05), *place)
    config = ClutterConfig(max_objects=4, min_gap=0.004, max_gap=0.02)
    counts, gaps, bearings = [], [], []
    for seed in range(60):
        placed = place_clutter(target, MODELS, POSES, config, np.random.default_rng(seed))
        counts.append(len(placed))
        outlines = [outline(target), *(outline(item) for item in placed)]
        for number, item in enumerate(placed, start=1):
            assert (item.T_table_obj @ item.model.vertices)[:, 2].min() == pytest.approx(0.0, abs=1e-9)
            gaps.append(distance(outlines[0], outlines[number]))
            assert all(
                distance(outlines[number], other) >= config.min_gap - 1e-5 for other in outlines[1:number]
            )
            bearings.append(math.atan2(*(outlines[number].mean(0) - place)[::-1]) % (2 * math.pi))
    assert set(counts) >= {0, 1, 2, 3}
    assert min(gaps) >= config.min_gap - 1e-5 and max(gaps) <= config.max_gap + 1e-5
    assert stats.kstest(gaps, stats.uniform(0.004, 0.016).cdf).pvalue > 0.01
    assert stats.kstest(bearings, stats.uniform(0, 2 * math.pi).cdf).pvalue > 0.01


@given(seeds, st.floats(0.001, 0.05))
def test_a_fixed_gap_is_met(seed: int, gap: float) -> None:
    target, config = standing(MODELS[0]), ClutterConfig(max_objects=1, min_gap=gap, max_gap=gap)
    for item in place_clutter(target, MODELS, POSES, config, np.random.default_rng(seed)):
        assert distance(outline(target), outline(item)) == pytest.approx(gap, abs=1e-5)


def test_the_same_seed_gives_the_same_neighbours() -> None:
    target, config = standing(MODELS[0]), ClutterConfig(max_objects=4)
    one, two = (place_clutter(target, MODELS, POSES, config, np.random.default_rng(3)) for _ in range(2))
    assert len(one) > 0
    for a, b in zip(one, two, strict=True):
        assert a.model is b.model and a.T_table_obj.matrix.tobytes() == b.T_table_obj.matrix.tobytes()


def test_no_clutter_is_the_default_and_no_candidates_are_none() -> None:
    target, rng = standing(MODELS[0]), np.random.default_rng(0)
    assert place_clutter(target, MODELS, POSES, ClutterConfig(), rng) == []
    assert place_clutter(target, [], [], ClutterConfig(max_objects=3), rng) == []
