# SPDX-License-Identifier: Apache-2.0
"""Pushes make room beside an object, begin in free space, and stay in the bin."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pinch_core.bin import Bin
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.plan import SceneHints, perceive
from pinch_core.planning.pushes import Push, expected_quality, plan_push
from pinch_core.planning.report import PlanRecorder
from pinch_core.planning.scene import Scene
from pinch_core.synthetic_scene import BoxSolid, Solid, bin_walls, camera_above, render_depth

CONFIG = PlannerConfig()
TRAY = Bin(0.30, 0.24, 0.06, 0.006)
T_TABLE_CAM = camera_above(0.7, math.radians(4))
# Too wide for the jaws one way, and with a neighbour on each of the other sides.
WIDE = BoxSolid.standing(0.0, 0.0, 0.0, (0.10, 0.05, 0.04))
LEFT, RIGHT = (BoxSolid.standing(0.0, y, 0.0, (0.10, 0.05, 0.04)) for y in (-0.056, 0.056))


def look(camera: CameraIntrinsics, gripper: ParallelJawGripper, *solids: Solid, **hints: object) -> Scene:
    frame = render_depth(solids, T_TABLE_CAM, camera, np.random.default_rng(0), noise=0.0005)
    rng = np.random.default_rng(0)
    return perceive(frame, gripper, CONFIG, SceneHints(**hints), rng, PlanRecorder())  # type: ignore[arg-type]


def push(scene: Scene, quality_now: float = 0.0) -> Push | None:
    return plan_push(scene, CONFIG.push, CONFIG.motion, quality_now)


def swept_down(planned: Push, gripper: ParallelJawGripper) -> np.ndarray:
    """(N, 3) points of the closed gripper at the start of a push and above it, in the table frame."""
    points = []
    for box in gripper.bodies(0.0):
        steps = [np.linspace(-half, half, max(3, int(half / 0.004))) for half in box.half_size]
        steps[2] = np.arange(-box.half_size[2] - 0.1, box.half_size[2], 0.006)
        points.append(np.stack(np.meshgrid(*steps, indexing="ij"), -1).reshape(-1, 3) + box.center)
    return T_TABLE_CAM @ (planned.T_cam_tcp @ np.concatenate(points))


def test_a_push_parts_objects_that_stand_side_by_side(
    small_camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    planned = push(look(small_camera, gripper, WIDE, LEFT, RIGHT))
    assert planned is not None
    direction = T_TABLE_CAM.rotate(planned.direction)
    assert abs(direction[2]) < 1e-3
    solids = (WIDE, LEFT, RIGHT)
    at = swept_down(planned, gripper)
    assert at[:, 2].min() > 0.003
    assert not any(solid.contains(at).any() for solid in solids)
    # Straight on, the fingers meet one of the boxes.
    middle = T_TABLE_CAM @ planned.T_cam_tcp.translation
    way = middle + np.linspace(0.0, planned.distance, 50)[:, None] * direction
    way[:, 2] = 0.02
    assert any(solid.contains(way).any() for solid in solids)


def test_a_push_in_a_bin_stays_between_the_walls(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    pair = WIDE, RIGHT
    scene = look(camera, gripper, *bin_walls(TRAY), *pair, bin=TRAY, T_cam_bin=T_TABLE_CAM.inverse())
    planned = push(scene)
    assert planned is not None
    for T_cam_tcp in (planned.T_cam_tcp, planned.T_cam_end):
        for box in gripper.bodies(0.0):
            corners = np.array([(x, y, 1) for x in (-1, 1) for y in (-1, 1)]) * box.half_size + box.center
            at = T_TABLE_CAM @ (T_cam_tcp @ corners)
            if at[:, 2].min() < TRAY.height:
                assert (np.abs(at[:, :2]) < [TRAY.length / 2, TRAY.width / 2]).all()


def test_an_object_that_stands_free_is_not_pushed(
    small_camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    assert push(look(small_camera, gripper, WIDE)) is None


def test_no_push_where_a_good_grasp_exists(
    small_camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    scene = look(small_camera, gripper, WIDE, LEFT, RIGHT)
    assert push(scene, quality_now=0.6) is None


@pytest.mark.parametrize(("now", "most"), [(0.0, 0.24), (0.3, 0.42), (0.7, 0.7)])
def test_what_a_push_is_expected_to_gain_is_bounded_by_what_was_measured(now: float, most: float) -> None:
    assert expected_quality(now, 0.0) == now
    assert now <= expected_quality(now, 1.0) <= most + 1e-9
