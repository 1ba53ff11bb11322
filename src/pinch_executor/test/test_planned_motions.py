# SPDX-License-Identifier: Apache-2.0
"""Random grasps over the table for every robot: what is planned keeps all laws by the judgement of MuJoCo."""

from __future__ import annotations

import numpy as np
import pytest
from executor_cases import LINEAR, STEEPEST_TILT, TRAVEL, WORK_AREAS, reach_of, scenes_of, tilted_grasp
from hypothesis import HealthCheck, given, settings, target
from hypothesis import strategies as st
from motion_laws import check_reach
from motion_planner_cases import motion_planner

from pinch_core.resources import config_names, load_gripper, load_robot
from pinch_executor.errors import GoalInCollision, NoIkSolution, PlanningFailed
from pinch_executor.motion_planners import MOTION_PLANNERS

NOT_PLANNED = (NoIkSolution, GoalInCollision, PlanningFailed)
unit = st.floats(0.0, 1.0)


@st.composite
def grasps(draw, robot: str):
    lower, upper = np.array(WORK_AREAS[robot])
    share = np.array([draw(unit) for _ in range(3)])
    angle = st.floats(-np.pi, np.pi)
    pose = tilted_grasp(lower + share * (upper - lower), draw(angle), STEEPEST_TILT * draw(unit), draw(angle))
    return pose, draw(st.floats(0.01, 0.9)) * load_gripper(load_robot(robot).gripper).max_opening


def check_random_reaches(planner, robot_name: str, examples: int) -> None:
    robot = load_robot(robot_name)
    widest = load_gripper(robot.gripper).max_opening
    outcomes = []

    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(grasps(robot_name))
    def check(grasp) -> None:
        pose, width = grasp
        entering, leaving = scenes_of(pose, width, widest)
        start, reach = np.array(robot.home), reach_of(pose)
        try:
            plan = planner.plan_reach(start, reach, entering, leaving, TRAVEL, LINEAR)
        except NOT_PLANNED:
            outcomes.append(False)
            return
        outcomes.append(True)
        target(plan.to_via.duration)  # towards the far and the awkward
        check_reach(robot, start, reach, entering, leaving, plan)

    check()
    assert np.mean(outcomes) > 0.9, f"{outcomes.count(False)} of {len(outcomes)} grasps were not planned"


def test_every_robot_has_a_work_area():
    assert set(config_names("robots")) == set(WORK_AREAS)


@pytest.mark.parametrize("robot", WORK_AREAS)
def test_motions_of_the_embedded_planner_keep_all_laws(robot):
    with motion_planner("embedded", robot) as planner:
        check_random_reaches(planner, robot, 25)


@pytest.mark.parametrize("robot", WORK_AREAS)
@pytest.mark.parametrize("name", [name for name in MOTION_PLANNERS if name != "embedded"])
def test_motions_of_the_other_planners_keep_all_laws(name, robot):
    with motion_planner(name, robot) as planner:
        check_random_reaches(planner, robot, 8)
