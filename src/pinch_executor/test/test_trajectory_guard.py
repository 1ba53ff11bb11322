# SPDX-License-Identifier: Apache-2.0
"""A sound trajectory passes; each way of spoiling it is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from executor_cases import CONTACT_M, LINEAR, TRAVEL, reach_of, scenes_of, top_grasp

from pinch_core.resources import load_robot
from pinch_executor.embedded.planner import EmbeddedMotionPlanner, EmbeddedPlannerConfig
from pinch_executor.errors import GraspOutOfReach, InvalidTrajectory
from pinch_executor.motion_planner import Scene
from pinch_executor.trajectory_guard import TrajectoryGuard, Workspace

WIDTH = 0.03
TABLE = Scene(opening=0.05, table_height=0.0, table_clearance=0.001, clearance=0.01)


@pytest.fixture(scope="module")
def planner():
    return EmbeddedMotionPlanner(load_robot("panda"), EmbeddedPlannerConfig())


@pytest.fixture(scope="module")
def guard(planner):
    return TrajectoryGuard(planner.model, Workspace(), start_tolerance=0.02)


@pytest.fixture(scope="module")
def grasp():
    return top_grasp(np.random.default_rng(3))


@pytest.fixture(scope="module")
def plan(planner, grasp):
    entering, leaving = scenes_of(grasp, WIDTH)
    home = np.array(planner.model.robot.home)
    return planner.plan_reach(home, reach_of(grasp), entering, leaving, TRAVEL, LINEAR)


def test_planned_motions_pass(guard, plan, grasp):
    entering, leaving = scenes_of(grasp, WIDTH)
    contact = (plan.reach.T_base_goal, CONTACT_M)
    guard.check(plan.to_via, plan.to_via.start, entering)
    guard.check(plan.approach, plan.approach.start + 0.01, entering, contact)
    guard.check(plan.leave, plan.leave.start, leaving, contact)


def test_a_start_away_from_the_measured_state_is_refused(guard, plan):
    away = plan.to_via.start.copy()
    away[2] += 0.1
    with pytest.raises(InvalidTrajectory, match=r"0\.1000 rad from where joint panda_joint3"):
        guard.check(plan.to_via, away, TABLE)


@pytest.mark.parametrize(
    ("field", "sentence"), [("velocities", "velocity limit"), ("accelerations", "acceleration limit")]
)
def test_a_broken_limit_is_refused(guard, plan, field, sentence):
    spoilt = getattr(plan.to_via, field).copy()
    spoilt[len(spoilt) // 2, 1] = 100.0
    with pytest.raises(InvalidTrajectory, match=sentence):
        guard.check(replace(plan.to_via, **{field: spoilt}), plan.to_via.start, TABLE)


def test_a_jump_is_refused(guard, plan):
    spoilt = plan.to_via.positions.copy()
    spoilt[len(spoilt) // 2 :, 0] += 0.05
    with pytest.raises(InvalidTrajectory, match="jumps"):
        guard.check(replace(plan.to_via, positions=spoilt), plan.to_via.start, TABLE)


def test_a_trajectory_that_ends_moving_is_refused(guard, plan):
    half = len(plan.to_via.times) // 2
    cut = replace(
        plan.to_via,
        **{
            name: getattr(plan.to_via, name)[:half]
            for name in ("times", "positions", "velocities", "accelerations")
        },
    )
    with pytest.raises(InvalidTrajectory, match="at rest"):
        guard.check(cut, plan.to_via.start, TABLE)


def test_joints_in_another_order_are_refused(guard, plan):
    shuffled = replace(plan.to_via, joint_names=plan.to_via.joint_names[::-1])
    with pytest.raises(InvalidTrajectory, match="joints"):
        guard.check(shuffled, plan.to_via.start, TABLE)


def test_not_a_number_is_refused(guard, plan):
    spoilt = plan.to_via.positions.copy()
    spoilt[5, 5] = np.nan
    with pytest.raises(InvalidTrajectory, match="finite"):
        guard.check(replace(plan.to_via, positions=spoilt), plan.to_via.start, TABLE)


def test_a_motion_into_a_raised_table_is_refused(guard, plan):
    with pytest.raises(InvalidTrajectory, match="table"):
        guard.check(plan.approach, plan.approach.start, replace(TABLE, table_height=0.12))


def test_a_tool_outside_the_workspace_is_refused(planner, plan):
    narrow = TrajectoryGuard(planner.model, Workspace(lower=(0.05, 0.3, 0.0)), start_tolerance=0.02)
    with pytest.raises(GraspOutOfReach, match="workspace"):
        narrow.check(plan.to_via, plan.to_via.start, TABLE)
