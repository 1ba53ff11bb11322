# SPDX-License-Identifier: Apache-2.0
"""Motions of the gripper as commanded to its servos, stepped through physics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.physics.gripper_model import GRIPPER_INERTIA, damping_over_stiffness
from pinch_benchmark.physics.gripper_world import GripperWorld
from pinch_benchmark.physics.physics_config import GripperPhysicsConfig, MotionConfig
from pinch_core.geometry.transform import Transform

Float64 = NDArray[np.float64]

STEPS_AT_ONCE = 2


@dataclass(frozen=True, eq=False)
class Waypoint:
    """The gripper relative to the grasp: ``place`` [m], ``turn`` [rad], Float64[3] each, in TCP axes."""

    place: Float64
    turn: Float64 = field(default_factory=lambda: np.zeros(3))

    @classmethod
    def zero(cls) -> Waypoint:
        """The grasp itself."""
        return cls(np.zeros(3))

    @property
    def joints(self) -> Float64:
        return np.concatenate([self.place, self.turn])


def min_jerk(share: float) -> tuple[float, float]:
    """Way and speed of the motion of least jerk at a share of its time, both for a way and time of 1."""
    s = min(max(share, 0.0), 1.0)
    return s**3 * (10 - 15 * s + 6 * s * s), 30 * s * s * (1 - s) ** 2


class GripperDrive:
    """Moves the gripper of a world. Joints follow references without lag: servos are told the speed too."""

    def __init__(
        self,
        world: GripperWorld,
        data: mujoco.MjData,
        physics: GripperPhysicsConfig,
        watch: Callable[[str, mujoco.MjData], None],
    ) -> None:
        self.world, self.data = world, data
        self._watch, self._physics = watch, physics
        self._lead = np.repeat(
            [
                damping_over_stiffness(physics.stiffness, physics.mass),
                damping_over_stiffness(physics.angular_stiffness, GRIPPER_INERTIA),
            ],
            3,
        )
        self._period = physics.timestep * STEPS_AT_ONCE

    def begin(self, start: Waypoint, opening: float) -> None:
        """Put the gripper there with open jaws, at rest."""
        self._finger = (opening - self.world.gripper.min_opening) / 2
        self.data.qpos[self.world.gripper_qpos] = start.joints
        self.data.qpos[self.world.finger_qpos] = self._finger
        self._command(start.joints, np.zeros(6))
        mujoco.mj_forward(self.world.model, self.data)

    def moving(self, phase: str, start: Waypoint, end: Waypoint, seconds: float) -> Iterator[None]:
        """Move from one to the other, a few steps of physics at a time."""
        way = end.joints - start.joints
        count = max(round(seconds / self._period), 1)
        for step in range(1, count + 1):
            done, speed = min_jerk(step / count)
            self._step(phase, start.joints + way * done, way * speed / seconds)
            yield

    def move(self, phase: str, start: Waypoint, end: Waypoint, seconds: float) -> None:
        """As :meth:`moving`, all of it."""
        for _ in self.moving(phase, start, end, seconds):
            pass

    def close(self, phase: str, squeeze_time: float) -> None:
        """Close the jaws where the gripper is, and let them squeeze."""
        travel = self._finger
        closing = travel / self._physics.closing_speed
        for step in range(1, round((closing + squeeze_time) / self._period) + 1):
            self._finger = max(travel - self._physics.closing_speed * step * self._period, -0.001)
            self._step(phase, np.zeros(6), np.zeros(6))
        # Whatever is held, the fingers go on pressing.
        self._finger = -0.001

    def shake(self, phase: str, about: Waypoint, direction: Float64, motion: MotionConfig) -> None:
        """Swing to and fro along a direction and about the closing axis, and end at rest."""
        swing = np.concatenate([direction * motion.shake_amplitude, np.array([0.0, motion.shake_angle, 0.0])])
        seconds = motion.shake_time / 2
        pulse = 2 * np.pi * motion.shake_frequency
        for step in range(1, round(seconds / self._period) + 1):
            t = step * self._period
            # Fades in and out over a tenth of a second.
            fade = min(1.0, t / 0.1, (seconds - t) / 0.1)
            self._step(
                phase,
                about.joints + swing * fade * np.sin(pulse * t),
                swing * fade * pulse * np.cos(pulse * t),
            )
        for _ in range(round(0.1 / self._period)):
            self._step(phase, about.joints, np.zeros(6))

    def T_table_gripper(self) -> Transform:
        """Where the gripper is."""
        body = int(self.world.gripper_bodies[0])
        return Transform(np.array(self.data.xmat[body]).reshape(3, 3), np.array(self.data.xpos[body]))

    def _step(self, phase: str, joints: Float64, speed: Float64) -> None:
        self._command(joints, speed)
        mujoco.mj_step(self.world.model, self.data, STEPS_AT_ONCE)
        self._watch(phase, self.data)

    def _command(self, joints: Float64, speed: Float64) -> None:
        self.data.ctrl[:6] = joints + self._lead * speed
        self.data.ctrl[6:8] = self._finger
