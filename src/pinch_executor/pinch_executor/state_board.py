# SPDX-License-Identifier: Apache-2.0
"""What the executor is doing, for all to see: the latched state topic."""

from __future__ import annotations

import copy
import math
import threading
from collections.abc import Callable

from pinch_interfaces.msg import ErrorCode, ExecutorState
from rclpy.node import Node

from pinch_ros.qos import LATCHED, create_publisher

IDLE = "idle"


class StateBoard:
    """Publishes ``~/state`` at every change."""

    def __init__(self, node: Node, read_gripper: Callable[[], tuple[bool, float]]) -> None:
        """``read_gripper``: whether an object is held, and the opening [m] (NaN: unknown)."""
        self._node, self._read_gripper = node, read_gripper
        self._lock = threading.Lock()
        self._publisher = create_publisher(node, ExecutorState, "~/state", LATCHED)
        self._state = ExecutorState(stage=IDLE, opening=math.nan, last_error_code=ErrorCode.SUCCESS)
        self._publish()

    @property
    def state(self) -> ExecutorState:
        """A copy of what was last published."""
        with self._lock:
            return copy.deepcopy(self._state)

    def start(self, action: str) -> None:
        """A goal begins."""
        self._state.action, self._state.stage, self._state.attempt = action, "start", 0
        self._publish()

    def stage(self, name: str, attempt: int) -> None:
        """A stage of it begins."""
        self._state.stage, self._state.attempt = name, max(1, attempt)
        self._publish()

    def finish(self, error_code: int, error_msg: str) -> None:
        """The goal has ended."""
        self._state.action, self._state.stage, self._state.attempt = "", IDLE, 0
        self._state.last_error_code, self._state.last_error_msg = error_code, error_msg
        self._publish()

    def close(self) -> None:
        """Stop publishing."""
        self._node.destroy_publisher(self._publisher)

    def _publish(self) -> None:
        with self._lock:
            self._state.holding, self._state.opening = self._read_gripper()
            self._state.header.stamp = self._node.get_clock().now().to_msg()
            self._publisher.publish(self._state)
