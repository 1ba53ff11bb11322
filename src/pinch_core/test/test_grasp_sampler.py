# SPDX-License-Identifier: Apache-2.0
"""Where candidates come from."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pinch_core.errors import ConfigError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.parallel_jaw.candidates import JawCandidates
from pinch_core.parallel_jaw.config import GraspDepthConfig, UniformSamplerConfig
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.parallel_jaw.sampler import GivenGrasps, UniformSampler
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.grasp_type import GraspSampler
from pinch_core.planning.plan import PlanResult, plan_grasps
from pinch_core.synthetic_scene import BoxSolid, CylinderSolid, camera_above, render_depth

CONFIG = PlannerConfig()
DEPTHS = GraspDepthConfig()
T_WORLD_CAM = camera_above(0.7, math.radians(12), azimuth=1.0)
BOX = BoxSolid.standing(0.02, -0.03, 0.7, (0.11, 0.04, 0.04))


def plan(
    gripper: ParallelJawGripper, k: CameraIntrinsics, sampler: GraspSampler[JawCandidates], *solids: object
) -> PlanResult:
    frame = render_depth(solids or (BOX,), T_WORLD_CAM, k)
    return plan_grasps(
        frame, bind_grasp_type(gripper, CONFIG), CONFIG, np.random.default_rng(0), sampler=sampler
    )


def across_the_box(height: float, yaw: float = 0.0, tilt: float = 0.0) -> Transform:
    """The tool over the middle of the box, closing across it, in the optical frame."""
    T_box_tcp = Transform.from_rpy((math.pi + tilt, 0.0, yaw), (0.0, 0.0, height - 0.02))
    return T_WORLD_CAM.inverse() @ BOX.T_table_solid @ T_box_tcp


def test_a_uniform_sample_finds_grasps_across_the_box_without_its_edges(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    result = plan(gripper, camera, UniformSampler(gripper, UniformSamplerConfig(count=3000), DEPTHS))
    assert result.report.sampled == 3000
    assert len(result.grasps) >= 5
    T_box_cam = BOX.T_table_solid.inverse() @ T_WORLD_CAM
    widths = []
    for grasp in result.grasps:
        T_box_tcp = T_box_cam @ grasp.T_cam_tcp
        assert abs(T_box_tcp.translation[1]) < 0.004  # centred between the pads, wherever it was drawn
        widths.append(grasp.width * abs(T_box_tcp.rotation[1, 1]))
    assert np.median(widths) == pytest.approx(0.04, abs=0.005)


def test_a_sphere_like_thing_is_taken_at_any_angle(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    can = CylinderSolid.standing(0.0, 0.0, 0.03, 0.05)
    result = plan(gripper, camera, UniformSampler(gripper, UniformSamplerConfig(count=3000), DEPTHS), can)
    angles = np.array([grasp.image.angle for grasp in result.grasps]) % math.pi
    assert np.ptp(angles) > 1.5


def test_a_given_grasp_is_returned_centred_with_its_width(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    off_by = across_the_box(0.02) @ Transform.from_rpy((0.0, 0.0, 0.0), (0.01, 0.006, 0.0))
    (grasp,) = plan(gripper, camera, GivenGrasps(gripper, [off_by], DEPTHS)).grasps
    T_box_tcp = BOX.T_table_solid.inverse() @ T_WORLD_CAM @ grasp.T_cam_tcp
    wanted = BOX.T_table_solid.inverse() @ T_WORLD_CAM @ off_by
    assert T_box_tcp.translation[0] == pytest.approx(wanted.translation[0], abs=0.002)
    assert T_box_tcp.translation[1] == pytest.approx(0.0, abs=0.002)
    assert T_box_tcp.translation[2] == pytest.approx(wanted.translation[2], abs=1e-3)
    assert grasp.width == pytest.approx(0.04, abs=0.004)


def test_a_given_grasp_along_the_box_is_rejected_by_the_jaws_width(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    result = plan(gripper, camera, GivenGrasps(gripper, [across_the_box(0.02, yaw=math.pi / 2)], DEPTHS))
    assert not result.grasps and result.report.rejected["jaw_width"] == 1


def test_a_tilted_given_grasp_is_refused(camera: CameraIntrinsics, gripper: ParallelJawGripper) -> None:
    with pytest.raises(ConfigError, match=r"given grasp 1 approaches at 11\.\d degrees to the table normal"):
        plan(
            gripper,
            camera,
            GivenGrasps(gripper, [across_the_box(0.02), across_the_box(0.02, tilt=0.2)], DEPTHS),
        )


def test_no_given_grasp_is_no_grasp(camera: CameraIntrinsics, gripper: ParallelJawGripper) -> None:
    assert plan(gripper, camera, GivenGrasps(gripper, [], DEPTHS)).grasps == ()
