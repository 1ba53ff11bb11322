# SPDX-License-Identifier: Apache-2.0
"""Images of any camera as a network's training camera would have seen them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.perception.config import SegmentationConfig
from pinch_core.perception.crop import CROP_32, crop_depth
from pinch_core.perception.table import Plane
from pinch_core.planning.scene import Scene
from pinch_core.planning.training_view import TrainingView
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth

BOX = BoxSolid.standing(0.01, 0.02, 0.5, (0.09, 0.04, 0.05))
VIEW = TrainingView(CROP_32, focal=(520.0, 530.0), depth=(0.5, 0.8), tilt=(0.0, 0.3), jaw_width=0.08)


def scene(
    gripper: ParallelJawGripper, focal: float = 525.0, distance: float = 0.7, polar: float = 0.0
) -> Scene:
    k = CameraIntrinsics(640, 480, focal, focal, 319.5, 239.5)
    T_world_cam = camera_above(distance, polar)
    frame = render_depth((BOX,), T_world_cam, k)
    table = Plane.from_surface_pose(T_world_cam.inverse())
    return Scene.look(frame, gripper, table, SegmentationConfig(), T_base_cam=T_world_cam)


def pixel_of(scene: Scene, point_world: tuple[float, float, float]) -> np.ndarray:
    assert scene.T_base_cam is not None
    T_cam_world: Transform = scene.T_base_cam.inverse()
    return scene.frame.intrinsics.project(T_cam_world @ [point_world])


def test_an_image_like_those_of_the_training_is_taken_as_it_is(gripper: ParallelJawGripper) -> None:
    seen = scene(gripper)
    image = VIEW.image(seen)
    assert (image.scale, image.moved) == (1.0, 0.0)
    assert image.depth is seen.frame.depth
    pixels, angles = pixel_of(seen, (0.01, 0.02, 0.05)), np.array([0.3])
    assert np.array_equal(image.crops(pixels, angles), crop_depth(seen.frame.depth, pixels, angles, CROP_32))
    assert VIEW.warnings(seen, "it") == []


@pytest.mark.parametrize("focal", [360.0, 900.0])
def test_another_focal_length_shows_the_same_crop(focal: float, gripper: ParallelJawGripper) -> None:
    usual, other = scene(gripper), scene(gripper, focal)
    corner = (0.03, 0.05, 0.05)
    crops = [VIEW.image(s).crops(pixel_of(s, corner), np.array([0.2]))[0] for s in (usual, other)]
    assert VIEW.image(other).scale == pytest.approx(525 / focal, rel=0.02)
    # At the box's rim a mean over other pixels is another mean.
    assert np.quantile(np.abs(crops[0] - crops[1]), 0.9) < 0.002
    assert VIEW.warnings(other, "it") == []


@pytest.mark.parametrize("distance", [0.35, 1.2])
def test_a_camera_too_near_or_far_is_moved_and_shows_the_same_heights(
    distance: float, gripper: ParallelJawGripper
) -> None:
    usual, other = scene(gripper), scene(gripper, distance=distance)
    image = VIEW.image(other)
    corner = (0.03, 0.05, 0.05)
    heights = []
    for s in (usual, other):
        tool = float((s.T_base_cam.inverse() @ [corner])[0, 2])  # type: ignore[union-attr]
        shown = VIEW.image(s)
        (crop,) = shown.crops(pixel_of(s, corner), np.array([0.2]))
        heights.append(crop - shown.depths(np.array([tool]))[0])
    assert np.median(image.depth) == pytest.approx(0.5 if distance < 0.5 else 0.8, abs=0.06)
    span = [np.quantile(h, [0.05, 0.95]) for h in heights]
    np.testing.assert_allclose(span[0], span[1], atol=0.003)
    (sentence,) = VIEW.warnings(other, "it")
    assert "but it was trained on 0.50 to 0.80 m" in sentence


@given(
    scale=st.sampled_from([300.0, 525.0, 1000.0]),
    pixels=st.lists(st.tuples(st.floats(0, 600), st.floats(0, 400)), min_size=1, max_size=5),
)
def test_pixels_go_there_and_back(
    scale: float, pixels: list[tuple[float, float]], gripper: ParallelJawGripper
) -> None:
    image = VIEW.image(scene(gripper, scale))
    there = np.array(pixels)
    np.testing.assert_allclose(image.scene_pixels(image.pixels(there)), there, atol=1e-6)


def test_tilt_and_jaws_unlike_the_training_are_named(gripper: ParallelJawGripper) -> None:
    tilted = scene(gripper, polar=math.radians(35))
    assert any("tilted by 35 degrees" in sentence for sentence in VIEW.warnings(tilted, "it"))
    narrow = TrainingView(CROP_32, VIEW.focal, VIEW.depth, VIEW.tilt, jaw_width=0.05)
    (sentence,) = narrow.warnings(scene(gripper), "it")
    assert "test_hand spans 80 mm, but it was trained for a gripper of 50 mm" in sentence


def test_gaps_are_filled_for_the_network_and_stay_gaps_in_the_scene(gripper: ParallelJawGripper) -> None:
    seen = scene(gripper)
    depth = seen.frame.depth.copy()
    depth[200:260, 300:330] = np.nan
    holed = Scene.look(
        type(seen.frame)(depth, seen.frame.intrinsics), gripper, seen.table, SegmentationConfig()
    )
    filled = holed.filled_depth
    assert np.isfinite(filled).all()
    assert np.isnan(holed.frame.depth[200:260, 300:330]).all()
    kept = np.isfinite(depth)
    assert np.array_equal(filled[kept], depth[kept])
    # What was not seen is as low as the lowest on its rim, so never higher than what surrounds it.
    assert filled[200:260, 300:330].min() >= np.nanmin(depth[195:265, 295:335]) - 1e-6
