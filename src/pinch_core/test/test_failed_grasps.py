# SPDX-License-Identifier: Apache-2.0
"""A grasp that failed is not planned again until the scene around it changes; boxes keep grasps out."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.failed_grasps import FailedGrasp
from pinch_core.planning.keep_out import KeepOutBox
from pinch_core.planning.plan import PlanResult, SceneHints, plan_grasps
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth

CONFIG = dataclasses.replace(PlannerConfig(), max_grasps=30)
T_TABLE_CAM = camera_above(0.7, math.radians(8))
ONE, OTHER = (BoxSolid.standing(x, 0.0, 0.4, (0.07, 0.03, 0.04)) for x in (-0.08, 0.08))


def look(camera: CameraIntrinsics, *boxes: BoxSolid, seed: int = 0) -> DepthFrame:
    return render_depth(boxes, T_TABLE_CAM, camera, np.random.default_rng(seed), noise=0.0015)


def plan(
    frame: DepthFrame,
    gripper: ParallelJawGripper,
    *failed: FailedGrasp,
    keep_out: tuple[KeepOutBox, ...] = (),
) -> PlanResult:
    hints = SceneHints(failed=failed, keep_out=keep_out)
    grasp_type = bind_grasp_type(gripper, CONFIG)
    return plan_grasps(frame, grasp_type, CONFIG, np.random.default_rng(0), hints=hints)


@pytest.fixture(scope="module")
def first(small_camera: CameraIntrinsics, gripper: ParallelJawGripper) -> PlanResult:
    return plan(look(small_camera, ONE, OTHER), gripper)


def failure(result: PlanResult, failures: int = 1) -> FailedGrasp:
    grasp = result.grasps[0]
    return FailedGrasp(grasp.id, grasp.T_cam_tcp, result.scene.patch_around(grasp.T_cam_tcp), failures)


def nearest(result: PlanResult, failed: FailedGrasp) -> float:
    at = failed.T_cam_tcp.translation
    return min(float(np.linalg.norm(grasp.T_cam_tcp.translation - at)) for grasp in result.grasps)


def test_no_grasp_like_a_failed_one_is_planned_in_the_same_scene(
    small_camera: CameraIntrinsics, gripper: ParallelJawGripper, first: PlanResult
) -> None:
    failed = failure(first)
    again = plan(look(small_camera, ONE, OTHER, seed=1), gripper, failed)
    assert again.report.rejected["failed_before"] > 0
    assert again.report.changed_since_failure == ()
    axis = failed.T_cam_tcp.rotation[:, 1]
    for grasp in again.grasps:
        offset = np.linalg.norm(grasp.T_cam_tcp.translation - failed.T_cam_tcp.translation)
        turned = math.acos(min(1.0, abs(float(grasp.T_cam_tcp.rotation[:, 1] @ axis))))
        assert offset > 0.015 or turned > CONFIG.memory.angle - 0.01


def test_each_further_failure_keeps_grasps_farther_away_at_any_angle(
    small_camera: CameraIntrinsics, gripper: ParallelJawGripper, first: PlanResult
) -> None:
    failed = failure(first, failures=4)
    again = plan(look(small_camera, ONE, OTHER, seed=1), gripper, failed)
    assert nearest(again, failed) > 0.075  # the other object


def test_after_two_failures_on_one_object_all_of_it_is_left_alone(
    small_camera: CameraIntrinsics, gripper: ParallelJawGripper, first: PlanResult
) -> None:
    best = failure(first)
    side = np.sign((T_TABLE_CAM @ best.T_cam_tcp.translation)[0])
    same = [g for g in first.grasps if np.sign((T_TABLE_CAM @ g.T_cam_tcp.translation)[0]) == side]
    assert len(same) > 1
    second = FailedGrasp(same[-1].id, same[-1].T_cam_tcp, first.scene.patch_around(same[-1].T_cam_tcp))
    again = plan(look(small_camera, ONE, OTHER, seed=1), gripper, best, second)
    assert again.grasps
    assert all((T_TABLE_CAM @ g.T_cam_tcp.translation)[0] * side < 0 for g in again.grasps)


def test_a_failure_is_forgotten_when_the_scene_around_it_changed(
    small_camera: CameraIntrinsics, gripper: ParallelJawGripper, first: PlanResult
) -> None:
    failed = failure(first, failures=4)
    stands_on = ONE if failed.T_cam_tcp.translation[0] < 0 else OTHER
    turned = dataclasses.replace(
        stands_on,
        T_table_solid=stands_on.T_table_solid @ Transform.from_rpy((0.0, 0.0, 0.5), (0.01, 0.0, 0.0)),
    )
    stays = OTHER if stands_on is ONE else ONE
    again = plan(look(small_camera, turned, stays, seed=1), gripper, failed)
    assert again.report.changed_since_failure == (failed.id,)
    assert again.report.rejected["failed_before"] == 0


def test_what_changes_far_away_changes_nothing(
    small_camera: CameraIntrinsics, gripper: ParallelJawGripper, first: PlanResult
) -> None:
    failed = failure(first)
    stands_on = ONE if failed.T_cam_tcp.translation[0] < 0 else OTHER
    again = plan(look(small_camera, stands_on, seed=1), gripper, failed)
    assert again.report.changed_since_failure == ()


def test_no_grasp_is_planned_in_a_box_that_is_kept_out(
    small_camera: CameraIntrinsics, gripper: ParallelJawGripper, first: PlanResult
) -> None:
    T_cam_box = T_TABLE_CAM.inverse() @ ONE.T_table_solid
    box = KeepOutBox("shelf", T_cam_box, (0.12, 0.12, 0.2))
    result = plan(look(small_camera, ONE, OTHER), gripper, keep_out=(box,))
    assert result.grasps
    assert result.report.rejected["keep_out"] > 0
    assert not any(box.holds(grasp.T_cam_tcp.translation) for grasp in result.grasps)
    assert any(box.holds(grasp.T_cam_tcp.translation) for grasp in first.grasps)
