# SPDX-License-Identifier: Apache-2.0
"""One status on /diagnostics, once a second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from pinch_ros.qos import RESULT, create_publisher

PERIOD_S = 1.0


class Level(Enum):
    """Severity, with the values of diagnostic_msgs/DiagnosticStatus."""

    OK = DiagnosticStatus.OK
    WARN = DiagnosticStatus.WARN
    ERROR = DiagnosticStatus.ERROR
    STALE = DiagnosticStatus.STALE


@dataclass(frozen=True)
class Health:
    """How a component is: one sentence, and figures by name."""

    level: Level
    message: str
    values: Mapping[str, str] = field(default_factory=dict)


class DiagnosticsPublisher:
    """Publishes what ``read_health`` returns, by steady time: a simulation that stands still is told too."""

    def __init__(self, node: Node, read_health: Callable[[], Health]) -> None:
        self._node, self._read_health = node, read_health
        self._publisher = create_publisher(node, DiagnosticArray, "/diagnostics", RESULT)
        self._timer = node.create_timer(PERIOD_S, self.publish, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def publish(self) -> None:
        """Publish now, without waiting for the timer."""
        health = self._read_health()
        name = self._node.get_fully_qualified_name()
        status = DiagnosticStatus(
            level=health.level.value, name=name, hardware_id=name, message=health.message,
            values=[KeyValue(key=key, value=value) for key, value in health.values.items()],
        )  # fmt: skip
        array = DiagnosticArray(status=[status])
        array.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(array)

    def close(self) -> None:
        """Stop publishing."""
        self._node.destroy_timer(self._timer)
        self._node.destroy_publisher(self._publisher)
