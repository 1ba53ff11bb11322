# SPDX-License-Identifier: Apache-2.0
"""Joints of every kind, in kinematics, planning and the guard."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pinocchio as pin
import pytest
from executor_cases import LINEAR, TRAVEL, reach_of, tilted_grasp
from hypothesis import given, settings
from hypothesis import strategies as st
from motion_laws import check_reach
from mujoco_reference import MujocoReference

from pinch_core.errors import ConfigError, PinchError
from pinch_core.testing_arm import ARM_URDF, edited, with_continuous, write_arm
from pinch_executor.embedded.inverse_kinematics import ik_solutions
from pinch_executor.embedded.planner import EmbeddedMotionPlanner, EmbeddedPlannerConfig
from pinch_executor.embedded.robot_model import RobotModel
from pinch_executor.errors import InvalidTrajectory, StartStateInvalid
from pinch_executor.motion_planner import Scene
from pinch_executor.trajectory_guard import TrajectoryGuard, Workspace

CONTINUOUS = ("j1", "j4", "j6")
MASK = np.array([True, False, False, True, False, True])
TURN = 2 * np.pi
SCENE = Scene(opening=0.08, table_height=0.0, table_clearance=0.001, clearance=0.01)
LIMITS = np.array([2.9, 2.2, 2.6, 2.9, 2.2, 2.9])

# The machine may be shared: a slow example is no failure.
FEW = settings(deadline=None, derandomize=True, max_examples=30)
turns = st.lists(st.integers(-3, 3), min_size=6, max_size=6).map(lambda n: TURN * np.array(n) * MASK)
angles = st.lists(st.floats(-1, 1), min_size=6, max_size=6).map(lambda x: LIMITS * np.array(x))


@pytest.fixture(scope="module")
def revolute(tmp_path_factory) -> RobotModel:
    return RobotModel(write_arm(tmp_path_factory.mktemp("revolute")))


@pytest.fixture(scope="module")
def planner(tmp_path_factory) -> EmbeddedMotionPlanner:
    robot = write_arm(tmp_path_factory.mktemp("continuous"), with_continuous(*CONTINUOUS))
    return EmbeddedMotionPlanner(robot, EmbeddedPlannerConfig())


@FEW
@given(angles, turns)
def test_a_turned_continuous_joint_stands_where_the_revolute_one_does(revolute, planner, q, turn):
    model = planner.model
    assert model.within_limits(q + turn)
    here, there = revolute.tcp_pose(q), model.tcp_pose(q + turn)
    np.testing.assert_allclose(there.matrix, here.matrix, atol=1e-9)
    goal = model.root_from(here)
    for ours, theirs in zip(model.tcp_error(q + turn, goal), revolute.tcp_error(q, goal), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-8)


@FEW
@given(angles)
def test_mujoco_sees_the_tcp_at_the_same_place(planner, q):
    reference = MujocoReference(planner.model.robot)
    np.testing.assert_allclose(reference.tcp(q).matrix, planner.model.tcp_pose(q).matrix, atol=1e-9)


@settings(FEW, max_examples=10)
@given(turns, st.floats(-2.5, 2.5), st.floats(-2.5, 2.5))
def test_a_reach_from_any_turn_is_the_reach_from_none_turned(planner, turn, azimuth, yaw):
    grasp = tilted_grasp((0.45 * np.cos(azimuth), 0.45 * np.sin(azimuth), 0.06), yaw, 0.0, 0.0)
    home = np.array(planner.model.robot.home)
    plan, turned = (
        planner.plan_reach(start, reach_of(grasp), SCENE, SCENE, TRAVEL, LINEAR)
        for start in (home, home + turn)
    )
    for motion, other in ((plan.to_via, turned.to_via), (plan.leave, turned.leave)):
        np.testing.assert_allclose(other.positions, motion.positions + turn, atol=1e-4)
    check_reach(planner.model.robot, home + turn, reach_of(grasp), SCENE, SCENE, turned)


def test_ik_goes_the_short_way_round(planner):
    near = np.array([0.0, -0.3, 1.6, 0.0, 1.8, 0.0]) + 9.0 * MASK
    pose = planner.model.tcp_pose(near + 0.3)
    found = list(ik_solutions(planner.model, pose, near, 6, np.random.default_rng(0)))
    assert found
    for q in found:
        assert np.abs(q - near)[MASK].max() <= np.pi + 1e-9
        np.testing.assert_allclose(planner.model.tcp_pose(q).matrix, pose.matrix, atol=1e-4)


def test_home_is_reached_within_half_a_turn(planner):
    home = np.array(planner.model.robot.home)
    start = home + MASK * (5 * TURN + 1.0)
    motion = planner.plan_joints(start, home, SCENE, TRAVEL)
    np.testing.assert_allclose(motion.end, home + MASK * 5 * TURN, atol=1e-6)


def test_the_guard_counts_a_motion_in_the_turns_that_the_driver_reports(planner):
    home = np.array(planner.model.robot.home)
    around = Workspace(lower=(-2.0, -2.0, -0.1), upper=(2.0, 2.0, 2.0))
    guard = TrajectoryGuard(planner.model, around, start_tolerance=0.02)
    motion = planner.plan_joints(home, home + 0.2 * MASK, SCENE, TRAVEL)
    measured = home - TURN * MASK
    with pytest.raises(InvalidTrajectory, match="rad from where joint j1 stands"):
        guard.check(motion, measured, SCENE)
    counted = guard.counted_from(motion, measured)
    guard.check(counted, measured, SCENE)
    turned = np.broadcast_to(-TURN * MASK, motion.positions.shape)
    np.testing.assert_allclose(counted.positions - motion.positions, turned)
    np.testing.assert_array_equal(counted.velocities, motion.velocities)
    np.testing.assert_allclose(guard.distance(measured, home), 0.0, atol=1e-9)
    slanted = home + TURN * ~MASK
    assert guard.distance(slanted, home).max() == pytest.approx(TURN)


def test_a_revolute_joint_is_not_turned(revolute):
    start = np.array(revolute.robot.home)
    start[0] = TURN
    with pytest.raises(StartStateInvalid, match=r"joint j1 stands at 6\.283 rad"):
        revolute.checked_start(start)


def test_the_embedded_planner_goes_round_an_obstacle_by_any_turn(planner):
    home = np.array(planner.model.robot.home)
    motion = planner.plan_joints(home, home + MASK * np.array([np.pi, 0, 0, 0, 0, 0]), SCENE, TRAVEL)
    assert abs(motion.end[0]) == pytest.approx(np.pi, abs=1e-6)


FOLLOWER = (
    '<link name="{0}"/><joint name="{0}_joint" type="{1}"><parent link="l6"/><child link="{0}"/>'
    '<axis xyz="0 0 1"/><limit lower="-3" upper="3" effort="1" velocity="1"/>'
    '<mimic joint="{2}" multiplier="{3}" offset="{4}"/></joint>\n'
)


@FEW
@given(st.floats(0.0, 0.08), st.floats(-2.9, 2.9))
def test_mimic_joints_follow_also_through_each_other(tmp_path_factory, opening, j6):
    extra = (
        FOLLOWER.format("a", "prismatic", "b_joint", 2.0, 0.1)
        + FOLLOWER.format("b", "prismatic", "finger_left", -3.0, 0.5)
        + FOLLOWER.format("c", "revolute", "j6", 0.5, -0.25)
    )
    end = '  <link name="tcp"/>\n'
    robot = write_arm(tmp_path_factory.mktemp("mimic"), edited(ARM_URDF, {end: end + extra}))
    model = RobotModel(robot)
    q = model.configuration(np.array([0.0, 0.0, 0.0, 0.0, 0.0, j6]), opening)
    data = model.model.createData()
    pin.framesForwardKinematics(model.model, data, q)
    wrist = data.oMf[model.model.getFrameId("l6")]
    a, b, c = (wrist.actInv(data.oMf[model.model.getFrameId(name)]) for name in "abc")
    finger = opening / 2
    assert b.translation[2] == pytest.approx(-3.0 * finger + 0.5)
    assert a.translation[2] == pytest.approx(2.0 * (-3.0 * finger + 0.5) + 0.1)
    assert pin.log3(c.rotation)[2] == pytest.approx(0.5 * j6 - 0.25)


def test_a_mimic_joint_within_the_arm_moves_the_tcp_and_its_jacobian(tmp_path):
    """A parallel linkage: j5 holds the wrist level while j2 leans."""
    limit = '<limit lower="-2.2" upper="2.2" effort="50" velocity="2.0"/></joint>\n  <link name="l5">'
    level = limit.replace("</joint>", '<mimic joint="j2" multiplier="-1" offset="0.4"/></joint>')
    robot = write_arm(
        tmp_path,
        edited(ARM_URDF, {limit: level}),
        arm_joints=("j1", "j2", "j3", "j4", "j6"),
        home=(0.0, -0.3, 1.6, 0.0, 0.0),
        max_acceleration=(5.0,) * 5,
    )
    (tmp_path / "free").mkdir()
    model, free = RobotModel(robot), RobotModel(write_arm(tmp_path / "free"))
    q = np.array([0.3, 0.5, 0.7, 0.2, -0.4])
    whole = np.array([0.3, 0.5, 0.7, 0.2, 0.4 - 0.5, -0.4])
    np.testing.assert_allclose(model.tcp_pose(q).matrix, free.tcp_pose(whole).matrix, atol=1e-12)
    goal = model.root_from(model.tcp_pose(q))
    step = 1e-6
    jacobian = model.tcp_error(q, goal)[1]
    for joint in range(5):
        moved = q + step * np.eye(5)[joint]
        twist = -model.tcp_error(moved, goal)[0] / step
        np.testing.assert_allclose(twist, jacobian[:, joint], atol=1e-4)


def _attributes(root: ElementTree.Element) -> list[tuple[ElementTree.Element, str]]:
    return [(element, key) for element in root.iter() for key in element.attrib]


WRONG = [None, "", "0", "nan", "-1", "l1", "1e30", "0 0 0"]
COUNT = len(_attributes(ElementTree.fromstring(ARM_URDF)))


@settings(FEW, max_examples=150)
@given(st.integers(0, COUNT - 1), st.sampled_from(WRONG))
def test_whatever_is_wrong_no_error_of_a_library_comes_through(tmp_path_factory, which, value):
    root = ElementTree.fromstring(ARM_URDF)
    element, key = _attributes(root)[which]
    if value is None:
        del element.attrib[key]
    else:
        element.set(key, value)
    robot = write_arm(tmp_path_factory.mktemp("odd"), ElementTree.tostring(root, encoding="unicode"))
    with contextlib.suppress(PinchError):
        RobotModel(robot).collision_shapes()


def test_a_mesh_that_the_library_cannot_read_ends_in_a_sentence(tmp_path):
    (tmp_path / "odd.dae").write_text("<COLLADA/>", encoding="utf-8")
    cylinder = '<cylinder radius="0.07" length="0.1"/>'
    robot = write_arm(tmp_path, edited(ARM_URDF, {cylinder: '<mesh filename="odd.dae"/>'}))
    with pytest.raises(ConfigError, match=r"arm\.urdf cannot be made a model of robot 'test_arm'"):
        RobotModel(robot).collision_shapes()


@pytest.mark.parametrize("faces", ["f 1 2 3", "f 1 2 9", "f 1 1 1", ""])
def test_a_mesh_that_is_no_body_is_modelled_or_refused_in_a_sentence(tmp_path, faces):
    (tmp_path / "flat.obj").write_text(f"v 0 0 0\nv 0.1 0 0\nv 0 0.1 0\n{faces}\n", encoding="utf-8")
    cylinder = '<cylinder radius="0.07" length="0.1"/>'
    robot = write_arm(tmp_path, edited(ARM_URDF, {cylinder: '<mesh filename="flat.obj"/>'}))
    with contextlib.suppress(PinchError):
        RobotModel(robot).collision_shapes()


def _elements(root: ElementTree.Element) -> list[tuple[ElementTree.Element, ElementTree.Element]]:
    return [(parent, child) for parent in root.iter() for child in parent]


@settings(FEW, max_examples=80)
@given(st.integers(0, len(_elements(ElementTree.fromstring(ARM_URDF))) - 1))
def test_whatever_is_missing_no_error_of_a_library_comes_through(tmp_path_factory, which):
    root = ElementTree.fromstring(ARM_URDF)
    parent, child = _elements(root)[which]
    parent.remove(child)
    robot = write_arm(tmp_path_factory.mktemp("less"), ElementTree.tostring(root, encoding="unicode"))
    with contextlib.suppress(PinchError):
        RobotModel(robot).collision_shapes()


def test_two_links_may_touch_only_where_the_srdf_says_so(tmp_path, revolute):
    shapes = revolute.collision_shapes()
    names = [revolute.model.frames[shape.parentFrame].name for shape in shapes.geometryObjects]
    pairs = {frozenset((names[p.first], names[p.second])) for p in shapes.collisionPairs}
    assert frozenset(("base", "l1")) not in pairs and frozenset(("base", "l4")) in pairs
    assert frozenset(("l6", "fl")) not in pairs and frozenset(("l4", "fl")) in pairs


def test_prismatic_arm_joints_are_planned_for(tmp_path):
    rail = with_rail(ARM_URDF)
    robot = write_arm(
        tmp_path,
        rail,
        arm_joints=("rail", "j1", "j2", "j3", "j4", "j5", "j6"),
        home=(0.0, 0.0, -0.3, 1.6, 0.0, 1.8, 0.0),
        max_acceleration=(5.0,) * 7,
    )
    planner = EmbeddedMotionPlanner(replace(robot, base_frame="floor"), EmbeddedPlannerConfig())
    grasp = tilted_grasp((0.45, 0.3, 0.06), 0.3, 0.0, 0.0)
    sunk = replace(SCENE, table_height=-0.01)  # the base moves, and would touch the table
    plan = planner.plan_reach(np.array(robot.home), reach_of(grasp), sunk, sunk, TRAVEL, LINEAR)
    away = planner.tcp_pose(plan.approach.end).distance_to(plan.reach.T_base_goal)
    assert max(away) < 1e-3
    assert np.abs(plan.leave.positions[:, 0]).max() <= 0.02


def with_rail(urdf: str) -> str:
    """The arm on a rail of 40 mm along y."""
    rail = (
        '  <link name="floor"/>\n  <joint name="rail" type="prismatic"><parent link="floor"/>'
        '<child link="base"/><axis xyz="0 1 0"/>'
        '<limit lower="-0.02" upper="0.02" effort="50" velocity="0.5"/></joint>\n'
    )
    head = '<robot name="test_arm">\n'
    return edited(urdf, {head: head + rail})
