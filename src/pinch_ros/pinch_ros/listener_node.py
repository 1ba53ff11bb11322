# SPDX-License-Identifier: Apache-2.0
"""Topics that come a hundred times a second, kept off the executor of the node that needs them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack

from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter

from pinch_ros.spinning import spinning


class ListenerNode:
    """A node with a few subscriptions and a thread of its own.

    rclpy rebuilds its wait set of every entity of a node for each message; with services and actions that
    takes milliseconds, so a node that also hears joint states and TF does little else. Here it is small.
    """

    def __init__(self, owner: Node, purpose: str, topics: Sequence[str]) -> None:
        """
        Args:
            owner: the node it listens for; its namespace and its remappings of ``topics`` apply.
            purpose: appended to the owner's name.
            topics: that will be subscribed to.
        """
        remappings = [
            part for topic in topics for part in ("-r", f"{topic}:={owner.resolve_topic_name(topic)}")
        ]
        self.node = Node(
            f"{owner.get_name()}_{purpose}",
            namespace=owner.get_namespace(),
            context=owner.context,
            # Global arguments would rename this node to its owner's name where that one was renamed.
            use_global_arguments=False,
            cli_args=["--ros-args", *remappings],
            start_parameter_services=False,
            enable_rosout=False,
            parameter_overrides=[Parameter("use_sim_time", value=False)],
        )
        executor = SingleThreadedExecutor(context=owner.context)
        executor.add_node(self.node)
        self._listening = ExitStack()
        self._listening.enter_context(spinning(executor, threading.Event(), self.node.get_logger()))

    def close(self) -> None:
        """Stop listening and destroy the node."""
        self._listening.close()
        self.node.destroy_node()
