# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.parallel_jaw.profiles import Profiles, measure_extents, measure_profiles
from pinch_core.perception.height_map import HeightMap
from pinch_core.perception.table import Plane
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth


@pytest.mark.parametrize("width", [0.015, 0.04, 0.07])
@pytest.mark.parametrize("yaw", [0.0, 0.4, 1.2])
@pytest.mark.parametrize("tilt", [0.0, 0.25])
def test_the_width_of_a_known_box_is_right_to_two_pixels(
    camera: CameraIntrinsics, width: float, yaw: float, tilt: float
) -> None:
    box = BoxSolid.standing(0.03, 0.02, yaw, (0.11, width, 0.04))
    T_world_cam = camera_above(0.75, tilt, azimuth=0.9)
    frame = render_depth((box,), T_world_cam, camera, np.random.default_rng(0), noise=0.0005)
    table = Plane.from_surface_pose(T_world_cam.inverse())
    heights = table.height_image(frame)
    height_map = HeightMap.from_frame(frame, table, heights, heights > 0.01, 0.1, 0.004)
    T_table_box = table.T_cam_table.inverse() @ T_world_cam.inverse() @ box.T_table_solid
    profiles = measure_profiles(
        height_map, T_table_box.translation[None, :2], T_table_box.rotation[None, :2, 1], 0.07, 0.008
    )
    extents = measure_extents(profiles, np.array([0]), np.array([width / 2]), np.array([0.02]), 0.06)
    pixel = 0.75 / 525
    assert extents.width[0] == pytest.approx(width, abs=2 * pixel)
    assert (extents.low + extents.high)[0] / 2 == pytest.approx(0.0, abs=pixel)


def skyline(*heights_mm: float) -> Profiles:
    count = len(heights_mm)
    positions = (np.arange(count) - count // 2).astype(np.float32) * np.float32(0.002)
    return Profiles(np.array([heights_mm], np.float32) / 1000, positions)


def test_deeper_fingers_meet_a_wider_object() -> None:
    pyramid = skyline(0, 0, 0, 10, 20, 30, 20, 10, 0, 0, 0)
    tips = np.array([0.025, 0.015, 0.005])
    extents = measure_extents(pyramid, np.zeros(3, int), np.full(3, 0.001), tips, 0.01)
    assert extents.width == pytest.approx([0.002, 0.004, 0.008])


def test_what_has_no_end_within_reach_is_infinitely_wide() -> None:
    wall = skyline(0, 0, 30, 30, 30, 30, 30, 30, 30, 30, 30)
    extents = measure_extents(wall, np.array([0]), np.array([0.002]), np.array([0.01]), 0.01)
    assert extents.low[0] == pytest.approx(-0.006)
    assert extents.width == [math.inf]


def test_room_ends_at_the_nearer_neighbour() -> None:
    beside = skyline(0, 0, 0, 0, 30, 30, 30, 0, 0, 30, 30)
    extents = measure_extents(beside, np.array([0]), np.array([0.002]), np.array([0.01]), 0.01)
    assert extents.width == pytest.approx([0.004])
    assert extents.room == pytest.approx([0.004])
    alone = measure_extents(beside, np.array([0]), np.array([0.002]), np.array([0.04]), 0.01)
    assert alone.room == [math.inf]


def test_blocked_sees_any_cell_that_the_interval_touches() -> None:
    post = skyline(0, 0, 0, 0, 0, 0, 0, 0, 30, 0, 0)  # the post covers 5 to 7 mm
    low, high = np.array([0.0, 0.0, 0.0069, 0.0071]), np.array([0.0049, 0.0051, 0.009, 0.009])
    seen = post.blocked(np.zeros(4, int), low, high, np.full(4, 0.02))
    assert seen.tolist() == [False, True, True, False]
    assert not post.blocked(np.array([0]), np.array([0.0]), np.array([0.01]), np.array([0.031])).any()
