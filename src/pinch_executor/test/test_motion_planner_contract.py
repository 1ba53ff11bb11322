# SPDX-License-Identifier: Apache-2.0
"""What every motion planner promises; MoveIt's runs on a stand-in with the calls of moveit_py."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from executor_cases import LINEAR, TRAVEL, reach_of, scenes_of, tilted_grasp, top_grasp
from motion_laws import check_clear, check_continuous, check_limits, check_reach
from motion_planner_cases import motion_planner
from mujoco_reference import MujocoReference

from pinch_core.geometry.transform import Transform
from pinch_core.resources import load_robot
from pinch_executor.errors import (
    GoalInCollision,
    NoIkSolution,
    PlanningFailed,
    StartStateInCollision,
    StartStateInvalid,
)
from pinch_executor.height_field import HeightField
from pinch_executor.motion_planner import Box, Scene
from pinch_executor.motion_planners import MOTION_PLANNERS

ROBOT = load_robot("panda")
HOME = np.array(ROBOT.home)
OPEN_TABLE = Scene(opening=0.08, table_height=0.0, table_clearance=0.001, clearance=0.01)
WALL = Box("wall", Transform(np.eye(3), np.array([0.55, 0.0, 0.2])), np.array([0.2, 0.02, 0.4]))


@pytest.fixture(scope="module", params=MOTION_PLANNERS)
def planner(request):
    with motion_planner(request.param) as made:
        yield made


def beside(y: float, z: float = 0.12) -> Transform:
    return tilted_grasp((0.5, y, z), 0.0, 0.0, 0.0)


def reach(planner, T_base_tcp, entering=OPEN_TABLE, leaving=OPEN_TABLE, symmetric=True, start=HOME):
    asked = replace(reach_of(T_base_tcp), symmetric=symmetric)
    return planner.plan_reach(start, asked, entering, leaving, TRAVEL, LINEAR)


@pytest.mark.parametrize("seed", range(3))
def test_a_reach_keeps_every_law_by_the_judgement_of_mujoco(planner, seed):
    grasp = top_grasp(np.random.default_rng(seed))
    entering, leaving = scenes_of(grasp, 0.03)
    check_reach(ROBOT, HOME, reach_of(grasp), entering, leaving, reach(planner, grasp, entering, leaving))


def test_a_reach_starts_wherever_the_arm_stands(planner):
    start = HOME + np.array([0.4, 0.1, -0.3, 0.2, 0.1, -0.1, 0.5])
    grasp = beside(0.1)
    entering, leaving = scenes_of(grasp, 0.03)
    plan = reach(planner, grasp, entering, leaving, start=start)
    check_reach(ROBOT, start, reach_of(grasp), entering, leaving, plan)


def test_both_yaws_serve_a_symmetric_grasp_and_the_quicker_one_is_taken(planner):
    grasp = beside(0.1)
    there, turned = reach(planner, grasp), reach(planner, reach_of(grasp).turned().T_base_goal)
    np.testing.assert_allclose(there.approach.end, turned.approach.end, atol=0.05)


def test_a_grasp_that_is_not_symmetric_is_reached_with_the_yaw_it_has(planner):
    for goal in (beside(0.1), reach_of(beside(0.1)).turned().T_base_goal):
        plan = reach(planner, goal, symmetric=False)
        distance, angle = MujocoReference(ROBOT).tcp(plan.approach.end).distance_to(goal)
        assert distance < 1e-3
        assert np.degrees(angle) < 0.5


def test_a_held_object_is_kept_off_the_table_on_the_way(planner):
    grasp = beside(0.1, z=0.05)
    _, holding = scenes_of(grasp, 0.03)
    raised = reach(planner, grasp, OPEN_TABLE, holding).leave.end
    goal = HOME + np.array([0.6, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    motion = planner.plan_joints(raised, goal, holding, TRAVEL)
    check_clear(MujocoReference(ROBOT, holding), motion)


def test_a_wall_is_gone_around(planner):
    left, right = (reach(planner, beside(y)).to_via.end for y in (0.25, -0.25))
    scene = replace(OPEN_TABLE, keep_out=(WALL,))
    motion = planner.plan_joints(left, right, scene, TRAVEL)
    reference = MujocoReference(ROBOT, scene)
    np.testing.assert_allclose(motion.start, left, atol=1e-6)
    np.testing.assert_allclose(motion.end, right, atol=1e-6)
    check_limits(reference, motion, TRAVEL)
    check_continuous(ROBOT, motion)
    check_clear(reference, motion)


def seen(x: float, y: float, length: float, width: float, height: float) -> HeightField:
    """One block on the table, as a camera sees it."""
    field = HeightField(Transform(np.eye(3), np.array([0.3, -0.3, 0.0])), 0.01, np.zeros((60, 50)))
    inside = (abs(field.points[..., 0] - x) <= length / 2) & (abs(field.points[..., 1] - y) <= width / 2)
    return replace(field, heights=np.where(inside, height, 0.0))


def test_a_wall_that_the_camera_saw_is_gone_around(planner):
    left, right = (reach(planner, beside(y)).to_via.end for y in (0.25, -0.25))
    scene = replace(OPEN_TABLE, fields=(seen(0.55, 0.0, 0.21, 0.03, 0.4),))
    motion = planner.plan_joints(left, right, scene, TRAVEL)
    check_clear(MujocoReference(ROBOT, replace(OPEN_TABLE, clearance=0.0, keep_out=(WALL,))), motion)


def test_fingers_may_touch_what_the_camera_saw_on_the_last_stretch_only(planner):
    # A plateau that the fingertips reach 15 mm into.
    plateau = replace(OPEN_TABLE, fields=(seen(0.5, 0.1, 0.2, 0.2, 0.125),))
    reach(planner, beside(0.1), plateau, plateau)
    strict = replace(reach_of(beside(0.1)), contact_distance=0.005)
    with pytest.raises(PlanningFailed):
        planner.plan_reach(HOME, strict, plateau, plateau, TRAVEL, LINEAR)


def test_the_palm_keeps_clear_of_what_the_camera_saw(planner):
    high = replace(OPEN_TABLE, fields=(seen(0.5, 0.1, 0.2, 0.2, 0.2),))
    with pytest.raises((GoalInCollision, PlanningFailed)):
        reach(planner, beside(0.1), high, high)


def test_a_straight_motion_ends_where_it_was_sent(planner):
    start = reach(planner, beside(0.1)).to_via.end
    up = Transform(beside(0.1).rotation, planner.tcp_pose(start).translation + np.array([0.0, 0.0, 0.08]))
    end = planner.plan_straight(start, up, OPEN_TABLE, LINEAR).end
    assert MujocoReference(ROBOT).tcp(end).distance_to(up)[0] < 1e-3


def test_the_tool_is_where_mujoco_says(planner):
    rng = np.random.default_rng(0)
    for q in HOME + rng.uniform(-0.5, 0.5, (5, 7)):
        distance, angle = planner.tcp_pose(q).distance_to(MujocoReference(ROBOT).tcp(q))
        assert distance < 1e-6
        assert angle < 1e-6


def test_a_pose_out_of_reach_has_no_ik_solution(planner):
    far = Transform(beside(0.0).rotation, np.array([1.4, 0.0, 0.1]))
    with pytest.raises(NoIkSolution, match=r"1\.400"):
        reach(planner, far)


def test_a_grasp_inside_the_table_is_a_goal_in_collision(planner):
    with pytest.raises(GoalInCollision, match="table"):
        reach(planner, beside(0.0, z=-0.03))


def test_a_lid_over_the_grasp_cannot_be_approached(planner):
    lid = Box("lid", Transform(np.eye(3), np.array([0.5, 0.1, 0.30])), np.array([0.1, 0.1, 0.02]))
    scene = replace(OPEN_TABLE, keep_out=(lid,))
    with pytest.raises((PlanningFailed, GoalInCollision)):
        reach(planner, beside(0.1), scene, scene)


def test_fingers_may_not_touch_the_target_before_the_last_stretch(planner):
    # The object stands 35 mm above the grasp: fingers opened too little for it strike its top before the last
    # 20 mm.
    tall = Box("tall", Transform(np.eye(3), np.array([0.5, 0.1, 0.0775])), np.array([0.02, 0.02, 0.155]))
    narrow = Scene(0.01, 0.0, 0.001, 0.01, target=tall)
    strict = replace(reach_of(beside(0.1)), contact_distance=0.02)
    with pytest.raises(PlanningFailed):
        planner.plan_reach(HOME, strict, narrow, narrow, TRAVEL, LINEAR)
    lenient = replace(strict, contact_distance=0.06)
    planner.plan_reach(HOME, lenient, narrow, narrow, TRAVEL, LINEAR)


def test_the_hand_may_never_touch_the_target(planner):
    # It reaches up to the palm, between fingers that are wide open.
    post = Box("post", Transform(np.eye(3), np.array([0.5, 0.1, 0.1])), np.array([0.01, 0.01, 0.2]))
    scene = replace(OPEN_TABLE, target=post)
    with pytest.raises(GoalInCollision):
        reach(planner, beside(0.1), scene, scene)


def test_a_start_outside_the_limits_is_refused_with_joint_and_value(planner):
    start = HOME.copy()
    start[3] = 0.5
    with pytest.raises(StartStateInvalid, match=r"panda_joint4 stands at 0\.500"):
        planner.plan_joints(start, HOME, OPEN_TABLE, TRAVEL)


def test_a_start_in_collision_is_refused(planner):
    shelf = Box("shelf", planner.tcp_pose(HOME), np.array([0.2, 0.2, 0.2]))
    scene = replace(OPEN_TABLE, keep_out=(shelf,))
    with pytest.raises(StartStateInCollision):
        planner.plan_joints(HOME, HOME + 0.1, scene, TRAVEL)
    with pytest.raises(StartStateInCollision):
        reach(planner, beside(0.1), scene, scene)


def test_a_goal_outside_the_joint_limits_is_refused(planner):
    goal = HOME.copy()
    goal[0] = 4.0
    with pytest.raises(GoalInCollision, match="limits"):
        planner.plan_joints(HOME, goal, OPEN_TABLE, TRAVEL)
