# SPDX-License-Identifier: Apache-2.0
"""The newest measured state of arm and fingers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import JointState

from pinch_core.robot import Robot
from pinch_executor.errors import RobotStateStale, StartStateInvalid
from pinch_executor.motion_planner import Float64
from pinch_ros.conversions import stamp_to_ns
from pinch_ros.listener_node import ListenerNode
from pinch_ros.qos import SENSOR_DATA
from pinch_ros.topic_arrivals import TopicArrivals

TOPIC = "joint_states"
# Wall-clock seconds to wait for the first message that names a joint.
FIRST_STATE_TIMEOUT_S = 2.0
# Wall-clock seconds in which a state that has come but was not handled yet must turn up: what seems stale on
# a busy machine is often only unread.
UNREAD_TIMEOUT_S = 0.15


@dataclass(frozen=True)
class _Reading:
    """``position`` [m or rad], ``velocity`` [per s], and the robot's time [s] at which they were true."""

    position: float
    velocity: float
    measured: float


class JointStateMonitor:
    """Joint states may come in parts (arm and gripper from different publishers); each joint's newest value
    counts.

    A state is as old as its stamp says: one that lay unread is not fresh when it is handled at last. A stamp
    of zero, or ahead of the robot's time, says nothing; then the time of handling counts.
    """

    def __init__(self, node: Node, robot: Robot, now: Callable[[], float], max_age: float) -> None:
        """``now``: the robot's time [s]. ``max_age`` [s]: how long ago a joint may have been measured."""
        self._robot, self._now, self._max_age = robot, now, max_age
        self._heard = threading.Condition()
        self._readings: dict[str, _Reading] = {}
        self._listening = ListenerNode(node, "joint_states", (TOPIC,))
        self._subscription = self._listening.node.create_subscription(
            JointState, TOPIC, self._on_joint_state, SENSOR_DATA
        )
        self._arrivals = TopicArrivals(self._subscription.topic_name, JointState, SENSOR_DATA)

    def arm_positions(self) -> Float64:
        """(J,) [rad]. Raises RobotStateStale."""
        return self._finite(np.array([r.position for r in self._read(self._robot.arm_joints)]))

    def arm_velocities(self) -> Float64:
        """(J,) [rad/s]. Raises RobotStateStale."""
        return self._finite(np.array([r.velocity for r in self._read(self._robot.arm_joints)]))

    def opening(self) -> float:
        """Distance between the pads [m]: the mean over the fingers, which need not stand symmetrically."""
        positions = self._finite(np.array([r.position for r in self._read(self._robot.finger_joints)]))
        return float(np.mean(positions)) / self._robot.gripper_joint_per_opening

    def close(self) -> None:
        """Stop listening."""
        self._listening.close()

    def _on_joint_state(self, message: JointState) -> None:
        handled = self._now()
        stamp = stamp_to_ns(message.header.stamp) * 1e-9
        measured = min(stamp, handled) if stamp > 0.0 else handled
        velocities = (
            message.velocity if len(message.velocity) == len(message.name) else [0.0] * len(message.name)
        )
        with self._heard:
            for name, position, velocity in zip(message.name, message.position, velocities, strict=False):
                self._readings[name] = _Reading(position, velocity, measured)
            self._heard.notify_all()

    def _read(self, names: tuple[str, ...]) -> list[_Reading]:
        with self._heard:
            # A node that has just started may not have been found by the robot's driver yet.
            self._heard.wait_for(lambda: self._readings.keys() >= set(names), FIRST_STATE_TIMEOUT_S)
            missing = [name for name in names if name not in self._readings]
            if missing:
                raise RobotStateStale(self._why_missing(missing))
            if self._age(names) > self._max_age:
                self._heard.wait_for(lambda: self._age(names) <= self._max_age, UNREAD_TIMEOUT_S)
            age = self._age(names)
            readings = [self._readings[name] for name in names]
        if age > self._max_age:
            raise RobotStateStale(
                f"the newest joint state on {self._subscription.topic_name} is {age:.2f} s old, more than "
                f"{self._max_age:g} s; check the robot's driver, and that its clock is this machine's.",
                age=age,
                max_age=self._max_age,
            )
        return readings

    def _why_missing(self, missing: list[str]) -> str:
        topic, node = self._subscription.topic_name, self._listening.node
        if not self._readings:
            return (
                f"no joint state of {', '.join(missing)} has come: {self._arrivals.seen(node)}; start the "
                f"robot's driver, or {self._arrivals.remedy(node)}."
            )
        return (
            f"no joint state of {', '.join(missing)} has come on {topic}, which names "
            f"{', '.join(sorted(self._readings))}; start the driver of the missing joints, or correct the "
            f"joints' names in the file of robot '{self._robot.name}'."
        )

    def _age(self, names: tuple[str, ...]) -> float:
        """How long ago the oldest of these joints was measured [s]."""
        return self._now() - min(self._readings[name].measured for name in names)

    def _finite(self, values: Float64) -> Float64:
        if not np.all(np.isfinite(values)):
            raise StartStateInvalid(
                f"{self._subscription.topic_name} reports {values.tolist()} for joints of "
                f"{self._robot.name}; check the driver."
            )
        return values
