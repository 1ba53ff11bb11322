# SPDX-License-Identifier: Apache-2.0
"""What every planned motion must be, whoever planned it; the judge is MuJoCo."""

from __future__ import annotations

import numpy as np
from executor_cases import LINEAR, TRAVEL
from mujoco_reference import TABLE, TARGET, MujocoReference

from pinch_core.geometry.transform import Transform
from pinch_core.robot import Robot
from pinch_executor.motion_planner import JointTrajectory, Reach, ReachPlan, Scene, Speed

GRASP_M, GRASP_DEG = 1e-3, 0.5
STEP_RAD = 0.04
HALF_TURN = Transform.from_rpy((0.0, 0.0, np.pi))


def check_reach(
    robot: Robot, start: np.ndarray, reach: Reach, entering: Scene, leaving: Scene, plan: ReachPlan
) -> None:
    """All laws of a reach with TRAVEL and LINEAR speed."""
    before, after = MujocoReference(robot, entering), MujocoReference(robot, leaving)
    np.testing.assert_allclose(plan.to_via.start, start, atol=1e-6)
    np.testing.assert_allclose(plan.approach.start, plan.to_via.end, atol=1e-5)
    np.testing.assert_allclose(plan.leave.start, plan.approach.end, atol=1e-5)
    for motion, speed in ((plan.to_via, TRAVEL), (plan.approach, LINEAR), (plan.leave, LINEAR)):
        check_limits(before, motion, speed)
        check_continuous(robot, motion)
    check_at_grasp(before.tcp(plan.approach.end), reach)
    check_straight(before, plan.approach, plan.reach.T_base_via, reach.T_base_goal)
    check_straight(after, plan.leave, plan.reach.T_base_exit, reach.T_base_goal)
    check_clear(before, plan.to_via)
    fingers_on_target = {frozenset((link, TARGET)) for link in robot.finger_links}
    check_clear(before, plan.approach, reach, fingers_on_target)
    check_clear(after, plan.leave, reach, {frozenset((robot.tcp_frame, TABLE))})


def check_limits(reference: MujocoReference, motion: JointTrajectory, speed: Speed) -> None:
    """Positions, velocities and accelerations within the robot's limits, scaled."""
    lower, upper = reference.position_limits()
    acceleration = np.array(reference.robot.max_acceleration) * speed.acceleration
    assert np.all(motion.positions >= lower - 1e-6) and np.all(motion.positions <= upper + 1e-6)
    assert np.all(np.abs(motion.velocities) <= reference.velocity_limits() * speed.velocity * (1 + 1e-3))
    assert np.all(np.abs(motion.accelerations) <= acceleration * (1 + 1e-3))


def check_continuous(robot: Robot, motion: JointTrajectory) -> None:
    """From rest to rest, and velocities are the derivatives of positions, accelerations of velocities."""
    limit = np.array(robot.max_acceleration)
    dt = np.diff(motion.times)[:, None]
    assert motion.times[0] == 0.0 and np.all(dt > 0)
    np.testing.assert_allclose(motion.velocities[[0, -1]], 0.0, atol=1e-6)
    mean_velocity = (motion.velocities[1:] + motion.velocities[:-1]) / 2
    jump = np.abs(np.diff(motion.positions, axis=0) - dt * mean_velocity)
    assert np.all(jump <= limit * dt**2 / 2 + 1e-5)
    assert np.all(np.abs(np.diff(motion.velocities, axis=0)) <= limit * dt * 1.01 + 1e-5)


def check_at_grasp(T_base_tcp: Transform, reach: Reach) -> None:
    """At the goal or, for a symmetric reach, at the goal turned half round."""
    goals = (reach.T_base_goal, reach.T_base_goal @ HALF_TURN) if reach.symmetric else (reach.T_base_goal,)
    distance, angle = min((T_base_tcp.distance_to(goal) for goal in goals), key=lambda away: away[1])
    assert distance < GRASP_M
    assert np.degrees(angle) < GRASP_DEG


def check_straight(
    reference: MujocoReference, motion: JointTrajectory, T_base_end: Transform, T_base_goal: Transform
) -> None:
    """The TCP keeps to the line between two poses and to the speed of LINEAR."""
    points = np.array([reference.tcp(q).translation for q in motion.positions])
    axis = T_base_end.translation - T_base_goal.translation
    axis = axis / np.linalg.norm(axis)
    assert np.linalg.norm(np.cross(points - T_base_goal.translation, axis), axis=1).max() < 1e-3
    speed = np.linalg.norm(np.diff(points, axis=0), axis=1) / np.diff(motion.times)
    assert speed.max() < LINEAR.tcp_speed * 1.02


def check_clear(
    reference: MujocoReference,
    motion: JointTrajectory,
    reach: Reach | None = None,
    allowed: set[frozenset[str]] = frozenset(),
) -> None:
    """Nothing overlaps, between samples too; within the contact distance ``allowed`` pairs may."""
    for q in motion.dense_positions(STEP_RAD)[0]:
        touching = reference.contacts(q)
        away = np.inf if reach is None else reference.tcp(q).distance_to(reach.T_base_goal)[0]
        if reach is not None and away <= reach.contact_distance + 1e-6:
            touching -= allowed
        assert not touching, f"{sorted(map(sorted, touching))} with the TCP {away:.3f} m from the goal"
