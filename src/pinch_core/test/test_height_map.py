# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.perception.height_map import HeightMap
from pinch_core.perception.table import Plane
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth

BOX = BoxSolid.standing(0.03, -0.02, 0.5, (0.10, 0.04, 0.05))


def map_box(camera: CameraIntrinsics, T_world_cam: Transform) -> tuple[HeightMap, Transform]:
    """The map and the transform from the box's world to the map's table frame."""
    frame = render_depth((BOX,), T_world_cam, camera)
    table = Plane.from_surface_pose(T_world_cam.inverse())
    heights = table.height_image(frame)
    height_map = HeightMap.from_frame(frame, table, heights, heights > 0.01, 0.15, 0.004)
    return height_map, table.T_cam_table.inverse() @ T_world_cam.inverse()


@pytest.mark.parametrize("tilt_deg", [0, 13, 25])
def test_a_box_is_its_outline_from_above_however_the_camera_is_tilted(
    camera: CameraIntrinsics, tilt_deg: int
) -> None:
    height_map, T_table_world = map_box(camera, camera_above(0.75, math.radians(tilt_deg), azimuth=0.7))
    rows, columns = np.indices(height_map.heights.shape)
    x = height_map.origin[0] + columns * height_map.cell
    y = height_map.origin[1] + rows * height_map.cell
    in_world = T_table_world.inverse() @ np.stack([x, y, np.full(x.shape, 0.025)], -1)
    local = np.abs(BOX.T_table_solid.inverse() @ in_world)[..., :2] - np.array(BOX.size[:2]) / 2
    inside, outside = (local < -2 * height_map.cell).all(-1), (local > 2 * height_map.cell).any(-1)
    assert np.allclose(height_map.heights[inside], 0.05, atol=1e-3)
    # The side that faces a tilted camera is seen as well, but it lies under the outline, not beside it.
    assert not height_map.heights[outside].any()


def test_lookup_finds_cells_and_is_zero_outside(camera: CameraIntrinsics) -> None:
    height_map, _ = map_box(camera, camera_above(0.75, 0.0))
    row, column = np.unravel_index(np.argmax(height_map.heights), height_map.heights.shape)
    x = np.float32([height_map.origin[0] + column * height_map.cell, 9.0, -9.0])
    y = np.float32([height_map.origin[1] + row * height_map.cell, 0.0, 0.0])
    assert height_map.look_up(x, y).tolist() == [height_map.heights.max(), 0.0, 0.0]


def test_a_pooled_map_is_never_lower_than_the_fine_one(
    camera: CameraIntrinsics, rng: np.random.Generator
) -> None:
    height_map, _ = map_box(camera, camera_above(0.75, 0.2))
    pooled = height_map.max_pooled(0.006)
    extent = np.array(height_map.heights.shape[::-1]) * height_map.cell
    at = (height_map.origin + rng.random((500, 2)) * (extent - height_map.cell)).astype(np.float32)
    assert (pooled.look_up(at[:, 0], at[:, 1]) >= height_map.look_up(at[:, 0], at[:, 1])).all()
    assert pooled.cell >= 0.006


def test_lone_noisy_pixels_do_not_become_obstacles(camera: CameraIntrinsics) -> None:
    T_world_cam = camera_above(0.75, 0.1)
    frame = render_depth((BOX,), T_world_cam, camera)
    table = Plane.from_surface_pose(T_world_cam.inverse())
    heights = table.height_image(frame).copy()
    near_box = cv2.dilate((heights > 0.001).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    spikes = (np.indices(heights.shape) % 7 == 3).all(0) & ~near_box
    heights[spikes] = 0.02
    clean = HeightMap.from_frame(frame, table, table.height_image(frame), heights > 0.03, 0.15, 0.004)
    spiked = HeightMap.from_frame(frame, table, heights, heights > 0.03, 0.15, 0.004)
    assert spikes.sum() > 1000
    assert np.array_equal(clean.heights, spiked.heights)
