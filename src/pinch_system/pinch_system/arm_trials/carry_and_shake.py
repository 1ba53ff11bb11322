# SPDX-License-Identifier: Apache-2.0
"""What the gripper without an arm does to a held object, done by an arm: carried sideways, then shaken."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.physics.gripper_motion import min_jerk
from pinch_benchmark.physics.physics_config import MotionConfig
from pinch_core.geometry.transform import Transform
from pinch_core.robot import Robot
from pinch_sim.robot_model import RobotPhysicsConfig, compiled, joint_limits, load_robot_spec
from pinch_sim.trajectory import JointTrajectory

Float64 = NDArray[np.float64]

PERIOD_S = 0.01
# Of the joints' limits of velocity and acceleration, so that controllers have something left.
LIMIT_SHARE = 0.9
# Singular values of the arm's Jacobian below this share of the largest move no tool.
SMALLEST_SINGULAR = 1e-2


class ArmMotions:
    """Motions of one robot from where its joints stand, as fast as the protocol asks or its limits allow."""

    def __init__(self, robot: Robot) -> None:
        self._robot = robot
        self._model = compiled(load_robot_spec(robot, RobotPhysicsConfig()), robot)
        self._data = mujoco.MjData(self._model)
        self._tool = self._model.body(robot.tcp_frame).id
        joints = [self._model.joint(name) for name in robot.arm_joints]
        self._qpos = np.array([int(joint.qposadr[0]) for joint in joints], dtype=np.intp)
        self._dof = np.array([int(joint.dofadr[0]) for joint in joints], dtype=np.intp)
        self._limits = joint_limits(robot)
        self._max_acceleration = np.array(robot.max_acceleration)

    def tcp_pose(self, positions: Float64) -> Transform:
        """``T_base_tcp`` for joint positions Float64[J] [rad]."""
        self._data.qpos[self._qpos] = positions
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_comPos(self._model, self._data)
        rotation = np.array(self._data.xmat[self._tool]).reshape(3, 3)
        return Transform(rotation, np.array(self._data.xpos[self._tool]))

    def carry(self, positions: Float64, motion: MotionConfig) -> JointTrajectory:
        """Around the base by its first joint, which stands upright: ``motion.transport`` along the arc, to
        the side that lies nearer to the middle of the joint's range.
        """
        radius = float(np.linalg.norm(self.tcp_pose(positions).translation[:2]))
        lower, upper = self._limits.lower[0], self._limits.upper[0]
        middle = (lower + upper) / 2 if np.isfinite(upper - lower) else 0.0
        way = np.zeros(len(positions))
        way[0] = np.copysign(motion.transport / radius, middle - positions[0])
        # Slower where it must be: an acceleration falls faster than that with the time, a velocity just so.
        possible = self._possible(_carrying(motion.transport_time), way)
        times, done = _carrying(motion.transport_time / min(1.0, possible))
        return self._trajectory(times, positions + done[:, None] * way, _slope(times, done)[:, None] * way)

    def shake(self, positions: Float64, motion: MotionConfig) -> tuple[JointTrajectory, float]:
        """Across the closing axis and about it, then up and down and about it; and the share of the swing
        that the joints' limits leave of it.

        To first order: joints follow the TCP's motion by the pseudoinverse of the Jacobian.
        """
        T_base_tcp = self.tcp_pose(positions)
        inverse = self._inverse_jacobian()
        closing = motion.shake_angle * T_base_tcp.rotation[:, 1]
        across = T_base_tcp.rotation[:, 0]
        up = np.array([0.0, 0.0, 1.0])
        swings = [
            inverse @ np.concatenate([motion.shake_amplitude * direction, closing])
            for direction in (across, up)
        ]
        times, wave = _shaking(motion)
        share = min(1.0, *(self._possible((times, wave), swing) for swing in swings))
        way = np.concatenate([wave[:, None] * swing for swing in swings]) * share
        speed = np.concatenate([_slope(times, wave)[:, None] * swing for swing in swings]) * share
        return self._trajectory(np.concatenate([times, times[-1] + times]), positions + way, speed), share

    def _possible(self, course: tuple[Float64, Float64], way: Float64) -> float:
        """How many times the way Float64[J] [rad] the limits would allow on a course of times and shares."""
        times, done = course
        velocity = np.abs(_slope(times, done)).max() * np.abs(way)
        acceleration = np.abs(_slope(times, _slope(times, done))).max() * np.abs(way)
        return LIMIT_SHARE * float(
            min(
                np.min(self._limits.velocity / np.maximum(velocity, 1e-9)),
                np.min(self._max_acceleration / np.maximum(acceleration, 1e-9)),
            )
        )

    def _inverse_jacobian(self) -> Float64:
        """Float64[J, 6]: joint speeds from the TCP's, at the pose that was looked at last."""
        linear, angular = np.zeros((3, self._model.nv)), np.zeros((3, self._model.nv))
        mujoco.mj_jacBody(self._model, self._data, linear, angular, self._tool)
        jacobian = np.vstack([linear, angular])[:, self._dof]
        return np.asarray(np.linalg.pinv(jacobian, rcond=SMALLEST_SINGULAR))

    def _trajectory(self, times: Float64, positions: Float64, velocities: Float64) -> JointTrajectory:
        bounded = np.clip(positions, self._limits.lower, self._limits.upper)
        return JointTrajectory(self._robot.arm_joints, times, bounded, velocities)


def _carrying(seconds: float) -> tuple[Float64, Float64]:
    """Times [s] and the share of the way that is done by then."""
    times = _times(seconds)
    return times, np.array([min_jerk(t / seconds)[0] for t in times])


def _shaking(motion: MotionConfig) -> tuple[Float64, Float64]:
    """Times [s] and share of the swing of one half of the shaking; begins and ends at rest."""
    seconds = motion.shake_time / 2
    times = _times(seconds)
    # Swells and fades: to set in at once would cost more acceleration than the shaking itself.
    fade = np.sin(np.pi * times / seconds) ** 2
    return times, fade * np.sin(2 * np.pi * motion.shake_frequency * times)


def _slope(times: Float64, values: Float64) -> Float64:
    """Rate of change [1/s] of what begins and ends at rest in 0 at time 0."""
    rate: Float64 = np.gradient(np.concatenate([[0.0], values]), np.concatenate([[0.0], times]))[1:]
    rate[-1] = 0.0
    return rate


def _times(seconds: float) -> Float64:
    """From one period on to the end [s]."""
    count = max(round(seconds / PERIOD_S), 2)
    return np.linspace(seconds / count, seconds, count)
