# SPDX-License-Identifier: Apache-2.0
"""The newest measured state of arm and fingers."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import JointState

from pinch_core.robot import Robot
from pinch_executor.errors import RobotStateStale, StartStateInvalid
from pinch_executor.motion_planner import Float64
from pinch_ros.listener_node import ListenerNode
from pinch_ros.qos import SENSOR_DATA

TOPIC = "joint_states"
# Wall-clock seconds to wait for the first message that names a joint.
FIRST_STATE_TIMEOUT_S = 2.0


class JointStateMonitor:
    """Joint states may come in parts (arm and gripper from different publishers); each joint's newest value
    counts.
    """

    def __init__(self, node: Node, robot: Robot, now: Callable[[], float], max_age: float) -> None:
        """``now``: the robot's time [s]. ``max_age`` [s]: how long ago a joint may have been heard of."""
        self._robot, self._now, self._max_age = robot, now, max_age
        self._heard = threading.Condition()
        self._values: dict[str, tuple[float, float, float]] = {}
        self._listening = ListenerNode(node, "joint_states", (TOPIC,))
        self._subscription = self._listening.node.create_subscription(
            JointState, TOPIC, self._on_joint_state, SENSOR_DATA
        )

    def arm_positions(self) -> Float64:
        """(J,) [rad]. Raises RobotStateStale."""
        return self._read(self._robot.arm_joints, 0)

    def arm_velocities(self) -> Float64:
        """(J,) [rad/s]. Raises RobotStateStale."""
        return self._read(self._robot.arm_joints, 1)

    def width(self) -> float:
        """Distance between the pads [m]: the mean over the fingers, which need not stand symmetrically."""
        return float(np.mean(self._read(self._robot.finger_joints, 0))) / self._robot.gripper_joint_per_width

    def close(self) -> None:
        """Stop listening."""
        self._listening.close()

    def _on_joint_state(self, message: JointState) -> None:
        heard = self._now()
        velocities = (
            message.velocity if len(message.velocity) == len(message.name) else [0.0] * len(message.name)
        )
        with self._heard:
            for name, position, velocity in zip(message.name, message.position, velocities, strict=False):
                self._values[name] = (position, velocity, heard)
            self._heard.notify_all()

    def _read(self, names: tuple[str, ...], column: int) -> Float64:
        with self._heard:
            # A node that has just started may not have been found by the robot's driver yet.
            self._heard.wait_for(lambda: all(name in self._values for name in names), FIRST_STATE_TIMEOUT_S)
            missing = [name for name in names if name not in self._values]
            rows = [self._values[name] for name in names if name in self._values]
        if missing:
            raise RobotStateStale(
                f"no joint state of {', '.join(missing)} has come on {self._subscription.topic_name}; "
                "start the robot's driver."
            )
        age = self._now() - min(row[2] for row in rows)
        if age > self._max_age:
            raise RobotStateStale(
                f"the newest joint state on {self._subscription.topic_name} is {age:.2f} s old, more than "
                f"{self._max_age:g} s; check the robot's driver."
            )
        values = np.array([row[column] for row in rows])
        if not np.all(np.isfinite(values)):
            raise StartStateInvalid(
                f"{self._subscription.topic_name} reports {values.tolist()} for {list(names)}; check the "
                "driver."
            )
        return values
