# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses

import numpy as np

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.draw import BEST, NO_RETURN, draw_plan
from pinch_core.planning.plan import plan_grasps
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth

BOX = BoxSolid.standing(0.02, -0.03, 0.7, (0.11, 0.04, 0.04))


def test_the_picture_shows_the_best_grasp_where_it_is(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    frame = render_depth(
        (BOX,), camera_above(0.75, 0.2), camera, np.random.default_rng(0), 0.001, dropout=0.02
    )
    grasp_type = bind_grasp_type(gripper, PlannerConfig())
    result = plan_grasps(frame, grasp_type, PlannerConfig(), np.random.default_rng(0))
    picture = draw_plan(frame, result, grasp_type)
    assert (picture.shape, picture.dtype) == ((480, 640, 3), np.uint8)
    best = result.grasps[0].image
    assert picture[round(best.row), round(best.column)].tolist() == list(BEST)
    holes = ~frame.valid[:400]
    assert (picture[:400][holes] == NO_RETURN).all(axis=1).mean() > 0.9
    green = np.argwhere((picture == BEST).all(axis=2))
    assert np.linalg.norm(green - [best.row, best.column], axis=1).max() < 70


def test_a_plan_without_grasps_is_drawn_too(
    small_camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    frame = render_depth((BOX,), camera_above(0.75, 0.2), small_camera)
    config = dataclasses.replace(PlannerConfig(), min_quality=1.0)
    grasp_type = bind_grasp_type(gripper, config)
    result = plan_grasps(frame, grasp_type, config, np.random.default_rng(0))
    picture = draw_plan(frame, result, grasp_type)
    assert not (picture[:200] == BEST).all(axis=2).any()
