# SPDX-License-Identifier: Apache-2.0
"""What MoveIt is asked, call by call, on the stand-in for moveit_py."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from executor_cases import LINEAR, TRAVEL, reach_of, scenes_of, tilted_grasp
from motion_laws import check_reach
from motion_planner_cases import FAKE_MOVEIT

from pinch_core.errors import ConfigError
from pinch_core.resources import load_robot
from pinch_core.testing_arm import ARM_SRDF, edited, with_continuous, write_arm
from pinch_executor.embedded.robot_model import RobotModel
from pinch_executor.errors import PlanningFailed, ServerUnavailable
from pinch_executor.moveit.moveit_config import MoveItPlannerConfig, moveit_parameters

ROBOT = load_robot("panda")
HOME = np.array(ROBOT.home)
LIMITS = RobotModel(ROBOT).limits
GRASP = tilted_grasp((0.5, 0.1, 0.06), 0.3, 0.0, 0.0)


@pytest.fixture(scope="module", autouse=True)
def moveit():
    """The stand-in, for this module alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FAKE_MOVEIT)
        yield
        for name in [name for name in sys.modules if name.partition(".")[0] in ("moveit", "moveit_msgs")]:
            del sys.modules[name]


@pytest.fixture
def planner(moveit):
    from pinch_executor.moveit.planner import MoveItMotionPlanner

    return MoveItMotionPlanner(ROBOT, LIMITS, MoveItPlannerConfig())


@pytest.fixture
def calls(planner):
    """What one reach calls: (name, keyword arguments), in order."""
    from moveit.record import CALLS

    CALLS.clear()
    planner.plan_reach(HOME, reach_of(GRASP), *scenes_of(GRASP, 0.03), TRAVEL, LINEAR)
    return list(CALLS)


def plans_of(calls):
    return [arguments["single_plan_parameters"] for name, arguments in calls if name.endswith(".plan")]


def test_travel_goes_by_ptp_and_both_lines_by_lin(calls):
    assert [request.planner_id for request in plans_of(calls)] == ["LIN", "LIN", "PTP"]


def test_lines_are_slowed_to_the_tool_speed_and_travel_is_not(calls):
    fastest = moveit_parameters(ROBOT, LIMITS, "arm")["robot_description_planning"]["cartesian_limits"]
    for request in plans_of(calls):
        is_line = request.planner_id == "LIN"
        speed = LINEAR.tcp_speed / fastest["max_trans_vel"] if is_line else TRAVEL.velocity
        assert request.max_velocity_scaling_factor == pytest.approx(speed)
        assert request.max_acceleration_scaling_factor == TRAVEL.acceleration


def test_only_fingers_with_target_and_held_object_with_table_are_ever_allowed(planner, monkeypatch):
    from moveit.core.planning_scene import AllowedCollisionMatrix

    allowed = set()
    set_entry = AllowedCollisionMatrix.set_entry

    def note(matrix, name1, name2, is_allowed):
        if is_allowed:
            allowed.add(frozenset((name1, name2)))
        set_entry(matrix, name1, name2, is_allowed)

    monkeypatch.setattr(AllowedCollisionMatrix, "set_entry", note)
    planner.plan_reach(HOME, reach_of(GRASP), *scenes_of(GRASP, 0.03), TRAVEL, LINEAR)
    fingers_on_target = {frozenset((link, "target")) for link in ROBOT.finger_links}
    assert allowed == fingers_on_target | {frozenset(("held object", "table"))}


def test_nothing_is_allowed_while_travel_is_planned_nor_afterwards(planner, monkeypatch):
    from moveit.planning import PlanningComponent

    matrix = planner._monitor._scene.allowed_collision_matrix
    allowed = []
    plan = PlanningComponent.plan

    def note(component, single_plan_parameters):
        allowed.append((single_plan_parameters.planner_id, any(matrix._entries.values())))
        return plan(component, single_plan_parameters=single_plan_parameters)

    monkeypatch.setattr(PlanningComponent, "plan", note)
    planner.plan_reach(HOME, reach_of(GRASP), *scenes_of(GRASP, 0.03), TRAVEL, LINEAR)
    assert allowed == [("LIN", True), ("LIN", True), ("PTP", False)]
    assert not any(matrix._entries.values())


def test_the_held_object_is_attached_to_the_tool_and_may_touch_only_the_fingers(planner, monkeypatch):
    from moveit.core.planning_scene import PlanningScene

    attached = []
    process = PlanningScene.process_attached_collision_object

    def note(scene, message):
        attached.append((message.link_name, message.object.id, tuple(message.touch_links)))
        process(scene, message)

    monkeypatch.setattr(PlanningScene, "process_attached_collision_object", note)
    planner.plan_reach(HOME, reach_of(GRASP), *scenes_of(GRASP, 0.03), TRAVEL, LINEAR)
    # Attached for the lift, and taken off again before the approach is planned.
    assert attached[:2] == [
        (ROBOT.tcp_frame, "held object", ROBOT.finger_links),
        (ROBOT.tcp_frame, "held object", ()),
    ]


def test_a_matrix_that_is_only_a_copy_is_told_instead_of_trusted(planner, monkeypatch):
    from moveit.core.planning_scene import AllowedCollisionMatrix, PlanningScene

    monkeypatch.setattr(
        PlanningScene, "allowed_collision_matrix", property(lambda scene: AllowedCollisionMatrix())
    )
    with pytest.raises(ServerUnavailable, match="copy"):
        planner.plan_reach(HOME, reach_of(GRASP), *scenes_of(GRASP, 0.03), TRAVEL, LINEAR)


def test_a_trajectory_without_accelerations_is_refused(planner, monkeypatch):
    from moveit.planning import RobotTrajectory

    whole = RobotTrajectory.get_robot_trajectory_msg

    def untimed(trajectory):
        message = whole(trajectory)
        for point in message.joint_trajectory.points:
            point.accelerations = []
        return message

    monkeypatch.setattr(RobotTrajectory, "get_robot_trajectory_msg", untimed)
    with pytest.raises(PlanningFailed, match="accelerations"):
        planner.plan_joints(HOME, HOME + 0.1, scenes_of(GRASP, 0.03)[1], TRAVEL)


def test_parameters_name_the_group_and_the_joint_limits_of_the_robot():
    parameters = moveit_parameters(ROBOT, LIMITS, "arm_and_hand", use_sim_time=True)
    assert parameters["use_sim_time"] is True
    assert set(parameters["robot_description_kinematics"]) == {"arm_and_hand"}
    assert "arm_and_hand" in parameters["ompl"] and "group" not in parameters["ompl"]
    limits = parameters["robot_description_planning"]["joint_limits"]
    assert tuple(limits) == ROBOT.arm_joints
    assert limits["panda_joint1"]["max_acceleration"] == ROBOT.max_acceleration[0]
    for pipeline in parameters["planning_pipelines"]["pipeline_names"]:
        assert parameters[pipeline]["planning_plugins"]


GROUP_OF_JOINTS = "".join(f'<joint name="j{number}"/>' for number in range(1, 7))


@pytest.fixture
def turning_arm(tmp_path):
    """An arm with three continuous joints, and its MoveIt planner."""
    from pinch_executor.moveit.planner import MoveItMotionPlanner

    srdf = edited(ARM_SRDF, {'<chain base_link="base" tip_link="tcp"/>': GROUP_OF_JOINTS})
    robot = write_arm(tmp_path, with_continuous("j1", "j4", "j6"), srdf)
    return robot, MoveItMotionPlanner(robot, RobotModel(robot).limits, MoveItPlannerConfig())


@pytest.mark.parametrize("turns", [-1, 0, 2])
def test_moveit_plans_for_continuous_joints_from_the_turn_where_they_stand(turning_arm, turns):
    robot, planner = turning_arm
    start = np.array(robot.home) + 2 * np.pi * turns * np.array([1, 0, 0, 1, 0, 1])
    grasp = tilted_grasp((-0.4, 0.05, 0.06), 0.3, 0.0, 0.0)
    reach, scenes = reach_of(grasp), scenes_of(grasp, 0.03)
    plan = planner.plan_reach(start, reach, *scenes, TRAVEL, LINEAR)
    check_reach(robot, start, reach, *scenes, plan)
    home = planner.plan_joints(plan.leave.end, np.array(robot.home), scenes[1], TRAVEL)
    assert np.abs(home.end - home.start).max() <= np.pi + 1e-6


def test_moveit_gets_meshes_by_address_and_continuous_joints_as_they_are(turning_arm):
    robot, _ = turning_arm
    description = moveit_parameters(robot, RobotModel(robot).limits, "arm")["robot_description"]
    assert description.count('type="continuous"') == 3
    panda = moveit_parameters(ROBOT, LIMITS, "arm")["robot_description"]
    assert 'filename="file:///' in panda and "package://" not in panda


def test_a_group_that_the_srdf_lacks_is_named_with_the_nearest():
    with pytest.raises(ConfigError, match=r"no planning group 'panda_arm' .* set moveit.group"):
        moveit_parameters(ROBOT, LIMITS, "panda_arm")
    with pytest.raises(ConfigError, match=r"group 'hand' .* lacks joint 'panda_joint1'"):
        moveit_parameters(ROBOT, LIMITS, "hand")
