# SPDX-License-Identifier: Apache-2.0
"""The three qualities of service of the stack, and endpoints whose quality a parameter can override.

Overrides follow ROS 2's naming:
``qos_overrides.<topic>.<publisher|subscription>.<history|depth|reliability|durability>``. ``<topic>`` is the
full name, or the name from the node's namespace (without a leading /).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.exceptions import ParameterException
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSDurabilityPolicy, QoSHistoryPolicy, QoSPolicyKind, QoSProfile, QoSReliabilityPolicy
from rclpy.qos_overriding_options import InvalidQosOverridesError, QoSOverridingOptions
from rclpy.subscription import Subscription

from pinch_core.errors import ConfigError

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

    Raises:
        ConfigError: an override is none.
    """
    chosen = _with_relative_overrides(node, node.resolve_topic_name(topic), "publisher", profile)
    with _overrides_in_words(node, topic):
        return node.create_publisher(
            message_type, topic, chosen, qos_overriding_options=QoSOverridingOptions(_OVERRIDABLE)
        )


def create_subscription(
    node: Node,
    message_type: type,
    topic: str,
    callback: Callable[[Any], None],
    profile: QoSProfile,
    callback_group: Any = None,
) -> Subscription:
    """A subscription whose quality of service parameters can override.

    Raises:
        ConfigError: an override is none.
    """
    chosen = _with_relative_overrides(node, node.resolve_topic_name(topic), "subscription", profile)
    with _overrides_in_words(node, topic):
        return node.create_subscription(
            message_type, topic, callback, chosen, callback_group=callback_group,
            qos_overriding_options=QoSOverridingOptions(_OVERRIDABLE),
        )  # fmt: skip


def subscription_profile(node: Node, topic: str, profile: QoSProfile) -> QoSProfile:
    """The profile with what the node's parameters say of its subscription to ``topic``, a full name; for a
    subscription that another node keeps for it.

    Raises:
        ConfigError: an override is none.
    """
    chosen = _with_relative_overrides(node, topic, "subscription", profile)
    for policy, kinds in _POLICY_CLASSES.items():
        name = f"qos_overrides.{topic}.subscription.{policy}"
        if not node.has_parameter(name):
            value = getattr(chosen, policy)
            default = value if kinds is None else value.name.lower()
            with _overrides_in_words(node, topic):
                node.declare_parameter(name, default, ParameterDescriptor(description=policy, read_only=True))
        setattr(chosen, policy, _policy(name, node.get_parameter(name).value, kinds))
    return chosen


def _with_relative_overrides(node: Node, topic: str, end: str, profile: QoSProfile) -> QoSProfile:
    """A copy with the overrides that name the topic from the node's namespace, so that one parameter file
    serves in every namespace. Those by the full name, which rclpy knows, go before them.
    """
    chosen = copy.copy(profile)
    namespace = node.get_namespace().rstrip("/") + "/"
    if not topic.startswith(namespace):
        return chosen
    for policy, kinds in _POLICY_CLASSES.items():
        name = f"qos_overrides.{topic.removeprefix(namespace)}.{end}.{policy}"
        if not node.has_parameter(name):
            # Whether it was given is known once it is declared; what is read-only cannot be undeclared.
            given = node.declare_parameter(name, None, ParameterDescriptor(dynamic_typing=True)).value
            node.undeclare_parameter(name)
            if given is None:
                continue
            node.declare_parameter(name, given, ParameterDescriptor(description=policy, read_only=True))
        setattr(chosen, policy, _policy(name, node.get_parameter(name).value, kinds))
    return chosen


def _policy(name: str, value: Any, kinds: type[IntEnum] | None) -> Any:
    if kinds is None:
        if type(value) is not int or value < 0:
            raise ConfigError(f"{name} = {value} is no depth of a queue; set a number of messages.")
        return value
    known = [kind.name.lower() for kind in kinds if kind.name.lower() != "unknown"]
    if str(value).lower() not in known:
        raise ConfigError(f"{name} = {value} is unknown; set one of: {', '.join(known)}.")
    return kinds[str(value).upper()]


@contextmanager
def _overrides_in_words(node: Node, topic: str) -> Iterator[None]:
    try:
        yield
    except (InvalidQosOverridesError, ParameterException, KeyError, ValueError) as error:
        raise ConfigError(
            f"qos_overrides of {node.resolve_topic_name(topic)} cannot be used "
            f"({' '.join(str(error).split())}); set history, depth, reliability or durability."
        ) from error
