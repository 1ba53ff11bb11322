# SPDX-License-Identifier: Apache-2.0
"""A gripper that knows only open and closed is checked fully open."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.plan import PlanResult, plan_grasps
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth

CONFIG = PlannerConfig()
T_TABLE_CAM = camera_above(0.7, math.radians(3))
BAR = BoxSolid.standing(0.0, 0.0, 0.0, (0.09, 0.03, 0.05))
# Room for a finger with its margin, not for one of a gripper that is open to 80 mm.
BESIDE = tuple(BoxSolid.standing(0.0, y, 0.0, (0.14, 0.03, 0.06)) for y in (-0.062, 0.062))


def plan(camera: CameraIntrinsics, gripper: ParallelJawGripper) -> PlanResult:
    frame = render_depth((BAR, *BESIDE), T_TABLE_CAM, camera, np.random.default_rng(0), noise=0.0005)
    return plan_grasps(frame, bind_grasp_type(gripper, CONFIG), CONFIG, np.random.default_rng(0))


def on_bar(result: PlanResult) -> list[float]:
    """Openings of the grasps whose TCP is over the bar."""
    at = [(T_TABLE_CAM @ grasp.T_cam_tcp.translation, grasp.opening) for grasp in result.grasps]
    return [opening for point, opening in at if abs(point[0]) < 0.045 and abs(point[1]) < 0.015]


def test_it_does_not_come_down_where_only_a_narrower_opening_has_room(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    assert on_bar(plan(camera, gripper))
    two_states = dataclasses.replace(gripper, opens_fully=True)
    result = plan(camera, two_states)
    assert not on_bar(result)
    assert all(grasp.opening == pytest.approx(gripper.max_opening) for grasp in result.grasps)
