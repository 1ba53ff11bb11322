# SPDX-License-Identifier: Apache-2.0
"""Hears the joint states beside everybody and notes what a safe arm does not do."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from sensor_msgs.msg import JointState

from pinch_core.robot import Robot
from pinch_ros.conversions import stamp_to_ns
from pinch_ros.listener_node import ListenerNode
from pinch_ros.qos import SENSOR_DATA
from pinch_sim.robot_model import joint_limits
from pinch_system.soak.table_contact import TableContact

TOPIC = "joint_states"
# What a controller may overshoot a limit by, and how fast an arm that stands may seem [rad, rad/s].
POSITION_MARGIN, VELOCITY_MARGIN, STANDING = 0.01, 0.05, 0.05
# Joint states from one look at the table to the next: 100 a second come, and contacts last longer.
TABLE_EVERY = 4
# Robot's time that a motion may take to end after its goal has [s].
STOP_TIME_S = 0.5

Float64 = NDArray[np.float64]


class SafetyWatch:
    """Limits of every arm joint, the table, and rest while nobody asked for motion."""

    def __init__(self, node: Node, robot: Robot) -> None:
        self._robot, self._limits = robot, joint_limits(robot)
        self._table = TableContact(robot)
        self._lock = threading.Lock()
        self._breaches: dict[str, int] = {}
        self._heard = 0
        self._stamp = 0.0
        self._rest_from: float | None = None
        self._listening = ListenerNode(node, "safety_watch", (TOPIC,))
        self._listening.node.create_subscription(JointState, TOPIC, self._on_joint_state, SENSOR_DATA)

    def motion_is_wanted(self, wanted: bool) -> None:
        """Whether a goal or a recovery is under way."""
        with self._lock:
            self._rest_from = None if wanted else self._stamp + STOP_TIME_S

    @property
    def breaches(self) -> dict[str, int]:
        """What was seen, and in how many joint states."""
        with self._lock:
            return dict(self._breaches)

    @property
    def heard(self) -> int:
        """How many joint states came: none tells nothing."""
        with self._lock:
            return self._heard

    def close(self) -> None:
        """Stop listening."""
        self._listening.close()

    def _on_joint_state(self, message: JointState) -> None:
        rows = [message.name.index(name) for name in self._robot.arm_joints]
        position, velocity = np.array(message.position)[rows], np.abs(np.array(message.velocity)[rows])
        in_table = self._heard % TABLE_EVERY == 0 and self._table.touches(message.name, message.position)
        with self._lock:
            self._heard += 1
            self._note("touching the table", in_table)
            self._stamp = stamp_to_ns(message.header.stamp) * 1e-9
            for what, seen in self._seen(position, velocity):
                self._note(what, seen)

    def _note(self, what: str, seen: bool) -> None:
        self._breaches[what] = self._breaches.get(what, 0) + int(seen)

    def _seen(self, position: Float64, velocity: Float64) -> list[tuple[str, bool]]:
        limits = self._limits
        outside = (position < limits.lower - POSITION_MARGIN) | (position > limits.upper + POSITION_MARGIN)
        at_rest = self._rest_from is not None and self._stamp > self._rest_from
        finite = bool(np.isfinite(position).all() and np.isfinite(velocity).all())
        return [
            ("not a number", not finite),
            ("beyond a joint's limits", bool(outside.any())),
            ("faster than a joint's limit", bool((velocity > limits.velocity + VELOCITY_MARGIN).any())),
            ("moving when nobody asked", at_rest and bool(velocity.max() > STANDING)),
        ]
