# SPDX-License-Identifier: Apache-2.0
"""What the embedded planner promises beyond the contract of all planners."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from executor_cases import LINEAR, TRAVEL, reach_of, tilted_grasp

from pinch_core.geometry.transform import Transform
from pinch_core.resources import load_robot
from pinch_executor.embedded.planner import EmbeddedMotionPlanner, EmbeddedPlannerConfig
from pinch_executor.errors import GoalInCollision, PlanningFailed, StartStateInCollision
from pinch_executor.motion_planner import Box, Scene

HOME = np.array(load_robot("panda").home)
OPEN_TABLE = Scene(opening=0.08, table_height=0.0, table_clearance=0.001, clearance=0.01)


@pytest.fixture(scope="module")
def planner():
    return EmbeddedMotionPlanner(load_robot("panda"), EmbeddedPlannerConfig())


def beside(y: float) -> Transform:
    return tilted_grasp((0.5, y, 0.12), 0.0, 0.0, 0.0)


def reach(planner, T_base_tcp, scene=OPEN_TABLE):
    return planner.plan_reach(HOME, reach_of(T_base_tcp), scene, scene, TRAVEL, LINEAR)


def with_box(name: str, T_base_box: Transform, size) -> Scene:
    return replace(OPEN_TABLE, keep_out=(Box(name, T_base_box, np.array(size)),))


def test_the_same_seed_plans_the_same_motion(planner):
    wall = with_box("wall", Transform(np.eye(3), np.array([0.55, 0.0, 0.2])), (0.2, 0.02, 0.4))
    left, right = (reach(planner, beside(y)).to_via.end for y in (0.25, -0.25))
    first, second = (planner.plan_joints(left, right, wall, TRAVEL) for _ in range(2))
    np.testing.assert_array_equal(first.positions, second.positions)


def test_a_motion_is_sampled_every_20_ms(planner):
    plan = reach(planner, beside(0.1))
    for motion in (plan.to_via, plan.approach, plan.leave):
        assert np.diff(motion.times).max() <= 0.0201


def test_a_box_on_the_approach_line_is_named(planner):
    lid = with_box("lid", Transform(np.eye(3), np.array([0.5, 0.1, 0.30])), (0.1, 0.1, 0.02))
    with pytest.raises((PlanningFailed, GoalInCollision), match="lid"):
        reach(planner, beside(0.1), lid)


def test_a_start_in_collision_names_what_touches(planner):
    shelf = with_box("shelf", planner.tcp_pose(HOME), (0.2, 0.2, 0.2))
    with pytest.raises(StartStateInCollision, match="shelf"):
        planner.plan_joints(HOME, HOME + 0.1, shelf, TRAVEL)
