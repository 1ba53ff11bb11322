# SPDX-License-Identifier: Apache-2.0
"""The promises of the planner, checked against MuJoCo's kinematics and separating planes, not against its own
code.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import mujoco
import numpy as np
import pytest
from executor_cases import LINEAR, TRAVEL, reach_of, scenes_of, top_grasp

from pinch_core.geometry.transform import Transform
from pinch_core.resources import find_shared_file, load_robot
from pinch_executor.embedded.planner import EmbeddedMotionPlanner, EmbeddedPlannerConfig
from pinch_executor.errors import (
    GoalInCollision,
    NoIkSolution,
    PlanningFailed,
    StartStateInCollision,
    StartStateInvalid,
)
from pinch_executor.motion_planner import Box, JointTrajectory, Reach, Scene

WIDTHS = np.linspace(0.01, 0.06, 12)
OPEN_TABLE = Scene(opening=0.08, table_height=0.0, table_clearance=0.001, clearance=0.01)


@pytest.fixture(scope="module")
def robot():
    return load_robot("panda")


@pytest.fixture(scope="module")
def planner(robot):
    return EmbeddedMotionPlanner(robot, EmbeddedPlannerConfig())


@pytest.fixture(scope="module")
def plans(planner, robot):
    """(grasp, plan) of random reachable grasps."""
    rng = np.random.default_rng(7)
    found = []
    for width in WIDTHS:
        grasp = top_grasp(rng)
        entering, leaving = scenes_of(grasp, float(width))
        found.append(
            (
                grasp,
                planner.plan_reach(np.array(robot.home), reach_of(grasp), entering, leaving, TRAVEL, LINEAR),
            )
        )
    return found


class MujocoArm:
    """The same URDF read by MuJoCo, without its meshes: kinematics of another library."""

    def __init__(self, robot) -> None:
        urdf = Path(find_shared_file(robot.description)).read_text(encoding="utf-8")
        self.model = mujoco.MjModel.from_xml_string(_kinematics_only(urdf))
        self.data = mujoco.MjData(self.model)
        self.robot = robot

    def tool(self, positions) -> Transform:
        for name, value in zip(self.robot.arm_joints, positions, strict=True):
            self.data.qpos[self.model.joint(name).qposadr[0]] = value
        mujoco.mj_kinematics(self.model, self.data)
        base, tool = (self.data.body(n) for n in (self.robot.base_frame, self.robot.tool_frame))
        T_world_base = Transform(base.xmat.reshape(3, 3), base.xpos)
        return T_world_base.inverse() @ Transform(tool.xmat.reshape(3, 3), tool.xpos)

    def limits(self):
        return np.array([self.model.joint(name).range for name in self.robot.arm_joints]).T


def _kinematics_only(urdf: str) -> str:
    root = ElementTree.fromstring(urdf)
    # MuJoCo's own section of a URDF: keep the links behind fixed joints, the tool frame is one.
    ElementTree.SubElement(
        ElementTree.SubElement(root, "mujoco"), "compiler", fusestatic="false", balanceinertia="true"
    )
    for link in root.findall("link"):
        for shape in (*link.findall("visual"), *link.findall("collision")):
            link.remove(shape)
        if link.find("inertial") is None:
            inertial = ElementTree.SubElement(link, "inertial")
            ElementTree.SubElement(inertial, "mass", value="1")
            ElementTree.SubElement(inertial, "inertia", ixx="1", ixy="0", ixz="0", iyy="1", iyz="0", izz="1")
    return ElementTree.tostring(root, encoding="unicode")


@pytest.fixture(scope="module")
def mujoco_arm(robot):
    return MujocoArm(robot)


def urdf_velocity_limits(robot) -> np.ndarray:
    root = ElementTree.parse(find_shared_file(robot.description)).getroot()
    limits = {
        j.get("name"): float(j.find("limit").get("velocity"))
        for j in root.findall("joint")
        if j.find("limit") is not None
    }
    return np.array([limits[name] for name in robot.arm_joints])


def parts(plan) -> tuple[JointTrajectory, ...]:
    return plan.to_via, plan.approach, plan.leave


def test_every_sampled_grasp_of_the_work_area_is_reached(plans):
    assert len(plans) == len(WIDTHS)


def test_motions_start_at_the_measured_state_and_join_without_a_gap(plans, robot):
    for _, plan in plans:
        np.testing.assert_allclose(plan.to_via.start, robot.home, atol=1e-9)
        np.testing.assert_allclose(plan.approach.start, plan.to_via.end, atol=1e-6)
        np.testing.assert_allclose(plan.leave.start, plan.approach.end, atol=1e-6)


def test_approach_ends_at_the_grasp_by_the_kinematics_of_mujoco(plans, mujoco_arm):
    half_turn = Transform.from_rpy((0.0, 0.0, np.pi))
    for grasp, plan in plans:
        reached = mujoco_arm.tool(plan.approach.end)
        distance, angle = min(
            (reached.distance_to(g) for g in (grasp, grasp @ half_turn)), key=lambda d: d[1]
        )
        assert distance < 1e-3
        assert np.degrees(angle) < 0.5


def test_motions_stay_within_joint_velocity_and_acceleration_limits(plans, robot, mujoco_arm):
    lower, upper = mujoco_arm.limits()
    velocity = urdf_velocity_limits(robot)
    acceleration = np.array(robot.max_acceleration)
    for _, plan in plans:
        for motion, speed in zip(parts(plan), (TRAVEL, LINEAR, LINEAR), strict=True):
            assert np.all(motion.positions >= lower) and np.all(motion.positions <= upper)
            assert np.all(np.abs(motion.velocities) <= velocity * speed.velocity * (1 + 1e-6))
            assert np.all(np.abs(motion.accelerations) <= acceleration * speed.acceleration * (1 + 1e-6))


def test_velocities_and_accelerations_are_the_derivatives_of_the_positions(plans, robot):
    step_limit = np.array(robot.max_acceleration)
    for _, plan in plans:
        for motion in parts(plan):
            dt = np.diff(motion.times)[:, None]
            assert np.all(dt > 0) and np.all(dt <= 0.0201)
            mean_velocity = (motion.velocities[1:] + motion.velocities[:-1]) / 2
            assert np.all(
                np.abs(np.diff(motion.positions, axis=0) - dt * mean_velocity)
                <= step_limit * dt**2 / 2 + 1e-5
            )
            assert np.all(np.abs(np.diff(motion.velocities, axis=0)) <= step_limit * dt * 1.01 + 1e-5)


def test_motions_start_and_end_at_rest(plans):
    for _, plan in plans:
        for motion in parts(plan):
            np.testing.assert_allclose(motion.velocities[[0, -1]], 0.0, atol=1e-9)


def test_approach_and_lift_are_straight_and_slow(plans, mujoco_arm):
    for grasp, plan in plans:
        for motion, end in ((plan.approach, plan.reach.T_base_via), (plan.leave, plan.reach.T_base_exit)):
            points = np.array([mujoco_arm.tool(q).translation for q in motion.positions])
            axis = end.translation - grasp.translation
            axis = axis / np.linalg.norm(axis)
            off_line = np.linalg.norm(np.cross(points - grasp.translation, axis), axis=1)
            assert off_line.max() < 1e-3
            speed = np.linalg.norm(np.diff(points, axis=0), axis=1) / np.diff(motion.times)
            assert speed.max() < LINEAR.tool_speed * 1.02


def test_no_finger_tip_goes_below_the_table(plans, mujoco_arm):
    # Inner edges of both finger tips, which end 9.5 mm beyond the tool centre point, opened by the width and
    # 20 mm.
    for (_, plan), width in zip(plans, WIDTHS, strict=True):
        half = min(0.08, width + 0.02) / 2
        tips = [[x, y, 0.0095] for x in (-0.008, 0.008) for y in (-half, half)]
        for motion in (plan.to_via, plan.approach):
            assert min(mujoco_arm.tool(q).apply(tips)[:, 2].min() for q in motion.positions) > 0.0


def test_the_same_seed_plans_the_same_motion(planner, robot):
    start, wall = np.array(robot.home), wall_scene()
    left = planner.plan_reach(
        start, reach_of(beside(0.25)), OPEN_TABLE, OPEN_TABLE, TRAVEL, LINEAR
    ).to_via.end
    right = planner.plan_reach(
        start, reach_of(beside(-0.25)), OPEN_TABLE, OPEN_TABLE, TRAVEL, LINEAR
    ).to_via.end
    first, second = (planner.plan_joints(left, right, wall, TRAVEL) for _ in range(2))
    np.testing.assert_array_equal(first.positions, second.positions)


def beside(y: float) -> Transform:
    return Transform(Transform.from_rpy((np.pi, 0.0, 0.0)).rotation, np.array([0.5, y, 0.12]))


def wall_scene() -> Scene:
    wall = Box("wall", Transform(np.eye(3), np.array([0.55, 0.0, 0.2])), np.array([0.2, 0.02, 0.4]))
    return Scene(0.08, 0.0, 0.001, 0.01, keep_out=(wall,))


def test_a_wall_is_gone_around(planner, robot, mujoco_arm):
    start = np.array(robot.home)
    left = planner.plan_reach(
        start, reach_of(beside(0.25)), OPEN_TABLE, OPEN_TABLE, TRAVEL, LINEAR
    ).to_via.end
    right = planner.plan_reach(
        start, reach_of(beside(-0.25)), OPEN_TABLE, OPEN_TABLE, TRAVEL, LINEAR
    ).to_via.end
    motion = planner.plan_joints(left, right, wall_scene(), TRAVEL)
    np.testing.assert_allclose(motion.end, right, atol=1e-9)
    for q in motion.positions:
        x, y, z = mujoco_arm.tool(q).translation
        assert not (0.45 < x < 0.65 and abs(y) < 0.01 and z < 0.4)


def test_both_yaws_serve_and_the_quicker_one_is_taken(planner, robot):
    grasp = beside(0.1)
    entering, leaving = scenes_of(grasp, 0.03)
    plans = [
        planner.plan_reach(np.array(robot.home), r, entering, leaving, TRAVEL, LINEAR)
        for r in (reach_of(grasp), reach_of(grasp).turned())
    ]
    np.testing.assert_allclose(plans[0].approach.end, plans[1].approach.end, atol=0.05)


def test_a_pose_out_of_reach_has_no_ik_solution(planner, robot):
    far = Transform(beside(0.0).rotation, np.array([1.4, 0.0, 0.1]))
    with pytest.raises(NoIkSolution, match=r"1\.400"):
        planner.plan_reach(np.array(robot.home), reach_of(far), OPEN_TABLE, OPEN_TABLE, TRAVEL, LINEAR)


def test_a_grasp_inside_the_table_is_a_goal_in_collision(planner, robot):
    low = Transform(beside(0.0).rotation, np.array([0.5, 0.0, -0.03]))
    with pytest.raises(GoalInCollision, match="table"):
        planner.plan_reach(np.array(robot.home), reach_of(low), OPEN_TABLE, OPEN_TABLE, TRAVEL, LINEAR)


def test_a_box_on_the_approach_line_makes_planning_fail(planner, robot):
    lid = Box("lid", Transform(np.eye(3), np.array([0.5, 0.1, 0.30])), np.array([0.1, 0.1, 0.02]))
    scene = Scene(0.08, 0.0, 0.001, 0.01, keep_out=(lid,))
    with pytest.raises((PlanningFailed, GoalInCollision), match="lid"):
        planner.plan_reach(np.array(robot.home), reach_of(beside(0.1)), scene, scene, TRAVEL, LINEAR)


def test_fingers_may_not_touch_the_target_before_the_last_stretch(planner, robot):
    # The object stands 35 mm above the grasp: fingers opened too little for it strike its top before the last
    # 20 mm.
    grasp = beside(0.1)
    tall = Box("tall", Transform(np.eye(3), np.array([0.5, 0.1, 0.0775])), np.array([0.02, 0.02, 0.155]))
    narrow = Scene(0.01, 0.0, 0.001, 0.01, target=tall)
    strict = Reach(reach_of(grasp).T_base_via, grasp, reach_of(grasp).T_base_exit, contact_distance=0.02)
    with pytest.raises(PlanningFailed, match="target"):
        planner.plan_reach(np.array(robot.home), strict, narrow, narrow, TRAVEL, LINEAR)


def test_a_start_outside_the_limits_is_refused_with_joint_and_value(planner, robot):
    start = np.array(robot.home)
    start[3] = 0.5
    with pytest.raises(StartStateInvalid, match=r"panda_joint4 stands at 0\.500"):
        planner.plan_joints(start, np.array(robot.home), OPEN_TABLE, TRAVEL)


def test_a_start_in_collision_names_what_touches(planner, robot):
    shelf = Box("shelf", planner.tool_pose(np.array(robot.home)), np.array([0.2, 0.2, 0.2]))
    scene = Scene(0.08, 0.0, 0.001, 0.01, keep_out=(shelf,))
    with pytest.raises(StartStateInCollision, match="shelf"):
        planner.plan_joints(np.array(robot.home), np.zeros(7) - 0.2, scene, TRAVEL)
