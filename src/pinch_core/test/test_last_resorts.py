# SPDX-License-Identifier: Apache-2.0
"""What is hard to grasp is tried last, and not never."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.plan import PlanResult, plan_grasps
from pinch_core.synthetic_scene import BoxSolid, CylinderSolid, Solid, camera_above, render_depth

CONFIG = PlannerConfig()
T_TABLE_CAM = camera_above(0.6, math.radians(3))
WIDE = CylinderSolid.standing(0.0, 0.0, 0.0391, 0.09)


def plan(camera: CameraIntrinsics, gripper: ParallelJawGripper, *solids: Solid) -> PlanResult:
    frame = render_depth(solids, T_TABLE_CAM, camera, np.random.default_rng(0), noise=0.0003)
    return plan_grasps(frame, bind_grasp_type(gripper, CONFIG), CONFIG, np.random.default_rng(0))


def test_a_can_that_nearly_fills_the_jaws_is_grasped_where_there_is_nothing_else(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    result = plan(camera, gripper, WIDE)
    assert result.grasps
    assert any("closer limits" in warning for warning in result.report.warnings)


def test_and_not_while_there_is_something_else(camera: CameraIntrinsics, gripper: ParallelJawGripper) -> None:
    result = plan(camera, gripper, WIDE, BoxSolid.standing(0.12, 0.0, 0.3, (0.06, 0.03, 0.04)))
    assert not any("closer limits" in warning for warning in result.report.warnings)
    assert all((T_TABLE_CAM @ grasp.T_cam_tcp.translation)[0] > 0.07 for grasp in result.grasps)


def ring(camera: CameraIntrinsics, outer: float, inner: float, height: float) -> DepthFrame:
    """A ring that lies on the table: a cylinder whose hole shows the table."""
    solid = CylinderSolid.standing(0.0, 0.0, outer, height)
    around = render_depth((solid,), T_TABLE_CAM, camera)
    table = render_depth((), T_TABLE_CAM, camera)
    points = T_TABLE_CAM @ table.points().astype(float)
    hole = np.hypot(points[..., 0], points[..., 1]) < inner
    return DepthFrame.from_array(np.where(hole, table.depth, around.depth), camera)


def test_a_ring_that_fits_between_the_jaws_is_graspable(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    frame = ring(camera, 0.03, 0.022, 0.02)
    result = plan_grasps(frame, bind_grasp_type(gripper, CONFIG), CONFIG, np.random.default_rng(0))
    assert result.grasps
    for grasp in result.grasps:
        assert grasp.width == pytest.approx(0.06, abs=0.012) or grasp.width < 0.05
