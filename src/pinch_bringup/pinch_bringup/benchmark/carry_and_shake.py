# SPDX-License-Identifier: Apache-2.0
"""What the free hand does to a held object, done by an arm: carried sideways, then shaken."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.physics.hand_motion import min_jerk
from pinch_benchmark.physics.physics_config import MotionConfig
from pinch_core.geometry.transform import Transform
from pinch_core.robot import Robot
from pinch_sim.robot_model import RobotPhysicsConfig, joint_limits, load_robot_spec
from pinch_sim.trajectory import JointTrajectory

Float64 = NDArray[np.float64]

PERIOD_S = 0.01
# Of the joints' limits of velocity and acceleration, so that controllers have something left.
LIMIT_SHARE = 0.9
FADE_S = 0.1  # over which shaking sets in and dies away
# Singular values of the arm's Jacobian below this share of the largest move no tool.
SMALLEST_SINGULAR = 1e-2


class ArmMotions:
    """Motions of one robot from where its joints stand, as fast as the protocol asks or its limits allow."""

    def __init__(self, robot: Robot) -> None:
        self._robot = robot
        self._model = load_robot_spec(robot, RobotPhysicsConfig()).compile()
        self._data = mujoco.MjData(self._model)
        self._tool = self._model.body(robot.tool_frame).id
        joints = [self._model.joint(name) for name in robot.arm_joints]
        self._qpos = np.array([int(joint.qposadr[0]) for joint in joints], dtype=np.intp)
        self._dof = np.array([int(joint.dofadr[0]) for joint in joints], dtype=np.intp)
        self._limits = joint_limits(robot)
        self._max_acceleration = np.array(robot.max_acceleration)

    def tool_pose(self, positions: Float64) -> Transform:
        """``T_base_tool`` for joint positions Float64[J] [rad]."""
        self._data.qpos[self._qpos] = positions
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_comPos(self._model, self._data)
        rotation = np.array(self._data.xmat[self._tool]).reshape(3, 3)
        return Transform(rotation, np.array(self._data.xpos[self._tool]))

    def carry(self, positions: Float64, motion: MotionConfig) -> JointTrajectory:
        """Around the base by its first joint, which stands upright: ``motion.transport`` along the arc, to
        the side that lies nearer to the middle of the joint's range.
        """
        radius = float(np.linalg.norm(self.tool_pose(positions).translation[:2]))
        middle = (self._limits.lower[0] + self._limits.upper[0]) / 2
        way = np.zeros(len(positions))
        way[0] = np.copysign(motion.transport / radius, middle - positions[0])
        seconds = motion.transport_time / min(1.0, self._possible_carry(way, motion.transport_time))
        times = _times(seconds)
        done, speed = np.array([min_jerk(t / seconds) for t in times]).T
        return self._trajectory(times, positions + done[:, None] * way, speed[:, None] * way / seconds)

    def shake(self, positions: Float64, motion: MotionConfig) -> tuple[JointTrajectory, float]:
        """Across the closing axis and about it, then up and down and about it; and the share of the swing
        that the joints' limits leave of it.

        To first order: joints follow the tool's motion by the pseudoinverse of the Jacobian.
        """
        T_base_tool = self.tool_pose(positions)
        inverse = self._inverse_jacobian()
        closing = motion.shake_angle * T_base_tool.rotation[:, 1]
        across = T_base_tool.rotation[:, 0]
        up = np.array([0.0, 0.0, 1.0])
        swings = [
            inverse @ np.concatenate([motion.shake_amplitude * direction, closing])
            for direction in (across, up)
        ]
        seconds = motion.shake_time / 2
        times = _times(seconds)
        pulse = 2 * np.pi * motion.shake_frequency
        fade = np.minimum(1.0, np.minimum(times / FADE_S, (seconds - times) / FADE_S))
        wave = fade * np.sin(pulse * times)
        speed = np.gradient(wave, times)
        speed[-1] = 0.0
        share = min(1.0, *(self._possible_swing(swing, pulse) for swing in swings))
        both = np.concatenate([wave[:, None] * swing for swing in swings]) * share
        velocity = np.concatenate([speed[:, None] * swing for swing in swings]) * share
        whole = np.concatenate([times, times + seconds])
        return self._trajectory(whole, positions + both, velocity), share

    def _possible_carry(self, way: Float64, seconds: float) -> float:
        """How much faster than in that time the limits would allow the way."""
        velocity = 15 / 8 * np.abs(way) / seconds
        acceleration = 10 / np.sqrt(3) * np.abs(way) / seconds**2
        return float(
            min(
                np.min(LIMIT_SHARE * self._limits.velocity / np.maximum(velocity, 1e-9)),
                np.sqrt(np.min(LIMIT_SHARE * self._max_acceleration / np.maximum(acceleration, 1e-9))),
            )
        )

    def _possible_swing(self, swing: Float64, pulse: float) -> float:
        """How many times that swing the limits would allow."""
        amplitude = np.maximum(np.abs(swing), 1e-9)
        return float(
            min(
                np.min(LIMIT_SHARE * self._limits.velocity / (amplitude * pulse)),
                np.min(LIMIT_SHARE * self._max_acceleration / (amplitude * pulse**2)),
            )
        )

    def _inverse_jacobian(self) -> Float64:
        """Float64[J, 6]: joint speeds from the tool's, at the pose that was looked at last."""
        linear, angular = np.zeros((3, self._model.nv)), np.zeros((3, self._model.nv))
        mujoco.mj_jacBody(self._model, self._data, linear, angular, self._tool)
        jacobian = np.vstack([linear, angular])[:, self._dof]
        return np.asarray(np.linalg.pinv(jacobian, rcond=SMALLEST_SINGULAR))

    def _trajectory(self, times: Float64, positions: Float64, velocities: Float64) -> JointTrajectory:
        bounded = np.clip(positions, self._limits.lower, self._limits.upper)
        return JointTrajectory(self._robot.arm_joints, times, bounded, velocities)


def _times(seconds: float) -> Float64:
    """From one period on to the end [s]."""
    count = max(round(seconds / PERIOD_S), 2)
    return np.linspace(seconds / count, seconds, count)
