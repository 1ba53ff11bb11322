# SPDX-License-Identifier: Apache-2.0
"""The memory of failures on its latched topic, and as the grasp planner is told of it."""

from __future__ import annotations

from collections.abc import Sequence

from pinch_interfaces.msg import FailedGrasp
from pinch_interfaces.msg import FailureMemory as FailureMemoryMessage
from rclpy.node import Node
from std_msgs.msg import Header

from pinch_executor.failure_memory import Failure
from pinch_ros.conversions import ns_to_stamp, pose_from_transform
from pinch_ros.qos import LATCHED, create_publisher


class FailureBoard:
    """Publishes ``~/failure_memory`` at every change; poses are in ``base_frame``."""

    def __init__(self, node: Node, base_frame: str) -> None:
        self._node, self._base = node, base_frame
        self._publisher = create_publisher(node, FailureMemoryMessage, "~/failure_memory", LATCHED)

    def show(self, failures: Sequence[Failure]) -> None:
        """These are remembered now."""
        self._publisher.publish(FailureMemoryMessage(failed=failures_to_messages(failures, self._base)))

    def close(self) -> None:
        """Stop publishing."""
        self._node.destroy_publisher(self._publisher)


def failures_to_messages(failures: Sequence[Failure], base_frame: str) -> list[FailedGrasp]:
    """As clients and the grasp planner read them."""
    return [
        FailedGrasp(
            header=Header(stamp=ns_to_stamp(failure.stamp_ns), frame_id=base_frame),
            id=failure.id,
            pose=pose_from_transform(failure.T_base_tcp),
            error_code=failure.error_code,
            failures=failure.failures,
        )
        for failure in failures
    ]
