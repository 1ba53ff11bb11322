# SPDX-License-Identifier: Apache-2.0
"""The three qualities of service of the stack, and endpoints whose quality a parameter can override.

Overrides follow ROS 2's naming:
``qos_overrides.<topic>.<publisher|subscription>.<history|depth|reliability|durability>``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from enum import IntEnum
from typing import Any

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSDurabilityPolicy, QoSHistoryPolicy, QoSPolicyKind, QoSProfile, QoSReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions
from rclpy.subscription import Subscription

# Best effort matches reliable and best-effort publishers alike, so it works with any camera driver.
SENSOR_DATA = QoSProfile(
    history=QoSHistoryPolicy.KEEP_LAST, depth=5, reliability=QoSReliabilityPolicy.BEST_EFFORT,
    durability=QoSDurabilityPolicy.VOLATILE,
)  # fmt: skip
RESULT = QoSProfile(
    history=QoSHistoryPolicy.KEEP_LAST, depth=10, reliability=QoSReliabilityPolicy.RELIABLE,
    durability=QoSDurabilityPolicy.VOLATILE,
)  # fmt: skip
# A subscriber that comes late still gets the last message.
LATCHED = QoSProfile(
    history=QoSHistoryPolicy.KEEP_LAST, depth=1, reliability=QoSReliabilityPolicy.RELIABLE,
    durability=QoSDurabilityPolicy.TRANSIENT_LOCAL,
)  # fmt: skip

# None: a number.
_POLICY_CLASSES: dict[str, type[IntEnum] | None] = {
    "history": QoSHistoryPolicy,
    "depth": None,
    "reliability": QoSReliabilityPolicy,
    "durability": QoSDurabilityPolicy,
}
_OVERRIDABLE = (
    QoSPolicyKind.HISTORY,
    QoSPolicyKind.DEPTH,
    QoSPolicyKind.RELIABILITY,
    QoSPolicyKind.DURABILITY,
)


def create_publisher(node: Node, message_type: type, topic: str, profile: QoSProfile) -> Publisher:
    """A publisher whose quality of service parameters can override.

    rclpy writes overrides into the profile it is given, hence the copy.
    """
    return node.create_publisher(
        message_type, topic, copy.copy(profile), qos_overriding_options=QoSOverridingOptions(_OVERRIDABLE)
    )


def create_subscription(
    node: Node,
    message_type: type,
    topic: str,
    callback: Callable[[Any], None],
    profile: QoSProfile,
    callback_group: Any = None,
) -> Subscription:
    """A subscription whose quality of service parameters can override."""
    return node.create_subscription(
        message_type, topic, callback, copy.copy(profile), callback_group=callback_group,
        qos_overriding_options=QoSOverridingOptions(_OVERRIDABLE),
    )  # fmt: skip


def subscription_profile(node: Node, topic: str, profile: QoSProfile) -> QoSProfile:
    """The profile with what the node's parameters say of its subscription to ``topic``, a full name; for a
    subscription that another node keeps for it.
    """
    chosen = copy.copy(profile)
    for policy, kinds in _POLICY_CLASSES.items():
        name = f"qos_overrides.{topic}.subscription.{policy}"
        if not node.has_parameter(name):
            value = getattr(profile, policy)
            default = value if kinds is None else value.name.lower()
            node.declare_parameter(name, default, ParameterDescriptor(description=policy, read_only=True))
        value = node.get_parameter(name).value
        setattr(chosen, policy, value if kinds is None else kinds[str(value).upper()])
    return chosen
