# SPDX-License-Identifier: Apache-2.0
"""Fills a Buffer from /tf and /tf_static."""

from __future__ import annotations

from contextlib import suppress
from threading import Thread

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from tf2_msgs.msg import TFMessage

from tf2_ros.buffer import Buffer

QUEUE_DEPTH = 100
AUTHORITY = "default_authority"  # DDS does not tell who published a message


class TransformListener:
    """Subscribes to /tf and /tf_static on `node` and puts what arrives into `buffer`.

    With `spin_thread` the listener spins `node` on a thread of its own. A node belongs to one executor, so
    give it a node made for this, that nothing else spins: then lookups with a timeout also work while the
    executor of your other nodes is blocked in them. Without it, block only under a MultiThreadedExecutor (the
    subscriptions are in a reentrant callback group).
    """

    def __init__(
        self,
        buffer: Buffer,
        node: Node,
        *,
        spin_thread: bool = False,
        qos: QoSProfile | int | None = None,
        static_qos: QoSProfile | int | None = None,
    ) -> None:
        if qos is None:
            qos = QoSProfile(depth=QUEUE_DEPTH)
        if static_qos is None:
            static_qos = QoSProfile(depth=QUEUE_DEPTH, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.buffer = buffer
        self.node = node
        self._executor: SingleThreadedExecutor | None = None
        group = ReentrantCallbackGroup()
        self.tf_sub = node.create_subscription(TFMessage, "/tf", self.callback, qos, callback_group=group)
        self.tf_static_sub = node.create_subscription(
            TFMessage, "/tf_static", self.static_callback, static_qos, callback_group=group
        )
        if spin_thread:
            self._executor = SingleThreadedExecutor(context=node.context)
            self._executor.add_node(node)
            self._thread = Thread(
                target=_spin, args=(self._executor,), name=f"{node.get_name()}_tf", daemon=True
            )
            self._thread.start()

    def unregister(self) -> None:
        """Stop listening, and end the thread where there is one."""
        if self._executor is not None:
            self._executor.shutdown()
            self._thread.join()
            self._executor.remove_node(self.node)
            self._executor = None
        self.node.destroy_subscription(self.tf_sub)
        self.node.destroy_subscription(self.tf_static_sub)

    def callback(self, data: TFMessage) -> None:
        for transform in data.transforms:
            self.buffer.set_transform(transform, AUTHORITY)

    def static_callback(self, data: TFMessage) -> None:
        for transform in data.transforms:
            self.buffer.set_transform_static(transform, AUTHORITY)


def _spin(executor: SingleThreadedExecutor) -> None:
    with suppress(ExternalShutdownException):  # rclpy.shutdown() ends the thread
        executor.spin()
