# SPDX-License-Identifier: Apache-2.0
"""What the executor asks of a motion planner, and the values that pass between them. No ROS here.

Joint vectors hold the arm joints in the order of ``Robot.arm_joints`` [rad]. Poses are ``T_base_tcp``: the
TCP in the robot's base frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.transform import Transform
from pinch_executor.height_field import HeightField

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class JointLimits:
    """Of the arm joints, (J,) each: ``lower``, ``upper`` [rad], infinite for continuous joints, ``velocity``
    [rad/s], ``acceleration`` [rad/s^2].
    """

    lower: Float64
    upper: Float64
    velocity: Float64
    acceleration: Float64


@dataclass(frozen=True, eq=False)
class JointTrajectory:
    """A timed motion at rest at both ends.

    ``times`` (N,) [s] from 0, strictly increasing; ``positions`` (N, J) [rad], ``velocities`` [rad/s],
    ``accelerations`` [rad/s^2] of ``joint_names``.
    """

    joint_names: tuple[str, ...]
    times: Float64
    positions: Float64
    velocities: Float64
    accelerations: Float64

    @property
    def duration(self) -> float:
        """Seconds from start to end."""
        return float(self.times[-1])

    @property
    def start(self) -> Float64:
        """Joint positions (J,) at the start."""
        return np.asarray(self.positions[0])

    @property
    def end(self) -> Float64:
        """Joint positions (J,) at the end."""
        return np.asarray(self.positions[-1])

    def dense_positions(self, step: float) -> tuple[Float64, Float64]:
        """Positions (M, J) of which neighbours lie at most ``step`` [rad] apart in any joint, and their times
        (M,): the samples, and between them points on straight lines.
        """
        moved = np.abs(np.diff(self.positions, axis=0)).max(axis=1)
        counts = np.maximum(1, np.ceil(moved / step).astype(int))
        at = np.concatenate([np.arange(n) / n + i for i, n in enumerate(counts)] + [[len(counts)]])
        samples = np.arange(len(self.times))
        columns = [np.interp(at, samples, joint) for joint in self.positions.T]
        return np.column_stack(columns), np.interp(at, samples, self.times)

    def reversed(self) -> JointTrajectory:
        """The same way back."""
        return JointTrajectory(
            self.joint_names,
            self.times[-1] - self.times[::-1],
            self.positions[::-1],
            -self.velocities[::-1],
            self.accelerations[::-1],
        )


@dataclass(frozen=True, eq=False)
class Box:
    """A box fixed in the base frame: ``T_base_box`` of its centre and full ``size`` (3,) [m]."""

    name: str
    T_base_box: Transform
    size: Float64


@dataclass(frozen=True, eq=False)
class HeldBox:
    """The held object as a box fixed to the TCP: ``T_tcp_box`` of its centre and full ``size`` (3,) [m]."""

    T_tcp_box: Transform
    size: Float64


@dataclass(frozen=True, eq=False)
class Scene:
    """What the robot must not touch.

    ``opening``: distance between the pads [m]. ``table_height``: top of the table in the base frame [m], None
    for no table. ``table_clearance``: distance that every moving link keeps from the table [m]. ``keep_out``:
    boxes never to be touched, each with ``clearance`` around it. ``target``: the object to grasp. ``held``:
    the object between the fingers. ``fields``: what lies around, as surfaces from above; where fingers may
    touch the target and the held object the table, they may touch these, too.
    """

    opening: float
    table_height: float | None
    table_clearance: float
    clearance: float
    keep_out: tuple[Box, ...] = ()
    target: Box | None = None
    held: HeldBox | None = None
    fields: tuple[HeightField, ...] = ()


@dataclass(frozen=True)
class Speed:
    """Shares of the robot's limits, each in (0, 1], and the TCP's greatest speed on straight lines [m/s]."""

    velocity: float
    acceleration: float
    tcp_speed: float


@dataclass(frozen=True, eq=False)
class Reach:
    """Go to ``T_base_via``, straight on to ``T_base_goal``, act, and leave straight to ``T_base_exit``.

    Within ``contact_distance`` [m] of the goal the fingers may touch the target and the held object may touch
    the table; nowhere else. ``symmetric``: turning the TCP half round its approach axis serves as well.
    """

    T_base_via: Transform
    T_base_goal: Transform
    T_base_exit: Transform
    contact_distance: float
    symmetric: bool = True

    def turned(self) -> Reach:
        """The same reach with the two fingers exchanged."""
        half_turn = Transform.from_rpy((0.0, 0.0, np.pi))
        return Reach(
            self.T_base_via @ half_turn,
            self.T_base_goal @ half_turn,
            self.T_base_exit @ half_turn,
            self.contact_distance,
            self.symmetric,
        )


@dataclass(frozen=True, eq=False)
class ReachPlan:
    """The three motions of a :class:`Reach`; each starts where the one before ends. ``reach``: the yaw that
    was chosen.
    """

    reach: Reach
    to_via: JointTrajectory
    approach: JointTrajectory
    leave: JointTrajectory


class MotionPlanner(Protocol):
    """Plans motions that keep joint, velocity and acceleration limits and touch nothing but what is allowed.

    Every method raises an :class:`~pinch_executor.errors.ExecutorError`: StartStateInvalid,
    StartStateInCollision, NoIkSolution, GoalInCollision or PlanningFailed.
    """

    def plan_reach(
        self, start: Float64, reach: Reach, entering: Scene, leaving: Scene, travel: Speed, linear: Speed
    ) -> ReachPlan:
        """All three motions from ``start`` (J,), or none: what cannot be lifted is not worth closing on.

        ``entering`` holds on the way to the goal, ``leaving`` from there on.
        """
        ...

    def plan_joints(self, start: Float64, goal: Float64, scene: Scene, speed: Speed) -> JointTrajectory:
        """From ``start`` to the joint positions ``goal``, both (J,)."""
        ...

    def plan_straight(
        self, start: Float64, T_base_goal: Transform, scene: Scene, speed: Speed
    ) -> JointTrajectory:
        """From ``start`` (J,) with the TCP on a straight line to ``T_base_goal``."""
        ...

    def tcp_pose(self, positions: Float64) -> Transform:
        """``T_base_tcp`` at joint positions (J,)."""
        ...

    def check_alive(self) -> None:
        """Called again and again while the arm moves. Raises ServerUnavailable when the planner has gone."""
        ...
