# SPDX-License-Identifier: Apache-2.0
"""A node that writes what it hears, serialized as it came."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import rclpy
from rclpy.context import Context
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSDurabilityPolicy, QoSHistoryPolicy, QoSProfile, QoSReliabilityPolicy
from rclpy.signals import SignalHandlerOptions
from rclpy.subscription import Subscription

from pinch_bags.record.topic_choice import TopicChoice
from pinch_ros.bags import BagWriter, message_class
from pinch_ros.errors import UnknownMessageTypeError

# How often the graph is searched for topics that appeared.
_SEARCH_PERIOD_S = 0.25
_SPIN_S = 0.1
# What was published before the end is still on its way for so long.
_LINGER_S = 0.5
# Images of a tenth of a second may wait while the disk is busy.
_DEPTH_OF_QUEUE = 100


class Recorder(Node):
    """Subscribes to what is to be recorded as it appears, and writes each message when it comes.

    ``counts``: messages written of each topic.
    """

    def __init__(self, bag: BagWriter, choice: TopicChoice, seconds: float, context: Context) -> None:
        super().__init__("pinch_bag_recorder", context=context, enable_rosout=False)
        self._bag, self._choice, self._seconds = bag, choice, seconds
        self._writing = threading.Lock()
        self.counts: Counter[str] = Counter()
        self._first: float | None = None
        self._taken: dict[str, Subscription | None] = {}
        self._timer = self.create_timer(_SEARCH_PERIOD_S, self._search)
        self._search()

    def is_over(self) -> bool:
        """Whether the time that was asked for has passed since the first message."""
        return bool(self._seconds and self._first and time.monotonic() - self._first > self._seconds)

    def _search(self) -> None:
        for topic, kinds in self.get_topic_names_and_types():
            if topic not in self._taken and len(kinds) == 1 and self._choice.takes(topic, kinds[0]):
                self._take(topic, kinds[0])

    def _take(self, topic: str, kind: str) -> None:
        publishers = self.get_publishers_info_by_topic(topic)
        if not publishers:
            return
        self._taken[topic] = None
        try:
            message_type = message_class(kind)
        except UnknownMessageTypeError as error:
            self.get_logger().warning(f"{topic} is not recorded: {error}")
            return
        qos = _matching([one.qos_profile for one in publishers])
        latched = qos.durability == QoSDurabilityPolicy.TRANSIENT_LOCAL
        self._taken[topic] = self.create_subscription(
            message_type, topic, self._writer_of(topic, kind, latched), qos, raw=True
        )
        self.get_logger().info(f"recording {topic}")

    def _writer_of(self, topic: str, kind: str, latched: bool) -> Callable[[bytes], None]:
        def write(data: bytes) -> None:
            with self._writing:
                self._bag.add_raw(topic, kind, data, time.time_ns(), latched=latched)
                self.counts[topic] += 1
                self._first = self._first or time.monotonic()

        return write


def record(out: Path, choice: TopicChoice, *, seconds: float, compress: bool) -> Counter[str]:
    """Record until SIGINT, SIGTERM or the end of the time; messages written of each topic.

    Args:
        seconds: from the first message on; 0 for no end.
        compress: with zstd.

    Raises:
        OutputError: the recording cannot be written.
    """
    context = Context()
    rclpy.init(context=context, signal_handler_options=SignalHandlerOptions.NO)
    executor = SingleThreadedExecutor(context=context)
    # The file is closed when everything else has ended, so that it holds all that was heard.
    with BagWriter(out, compress=compress) as bag, _told_to_stop() as stop:
        node = Recorder(bag, choice, seconds, context)
        executor.add_node(node)
        print(f"recording to {out}; Ctrl-C ends it", file=sys.stderr, flush=True)
        try:
            while not stop.is_set() and not node.is_over():
                executor.spin_once(timeout_sec=_SPIN_S)
            end = time.monotonic() + _LINGER_S
            while (left := end - time.monotonic()) > 0:
                executor.spin_once(timeout_sec=left)
        except ExternalShutdownException:
            pass
        finally:
            executor.shutdown()
            node.destroy_node()
            rclpy.try_shutdown(context=context)
    return node.counts


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """Set by the first SIGINT or SIGTERM, which then does not interrupt a write; a second one does."""
    stop = threading.Event()
    before = {int(number): signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def on_signal(number: int, _: FrameType | None) -> None:
        stop.set()
        signal.signal(number, before[number])

    for number in before:
        signal.signal(number, on_signal)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _matching(offered: list[QoSProfile]) -> QoSProfile:
    """What all publishers of a topic can serve, as reliable and as latched as that allows."""
    reliable = all(one.reliability == QoSReliabilityPolicy.RELIABLE for one in offered)
    latched = all(one.durability == QoSDurabilityPolicy.TRANSIENT_LOCAL for one in offered)
    return QoSProfile(
        history=QoSHistoryPolicy.KEEP_LAST,
        depth=_DEPTH_OF_QUEUE,
        reliability=QoSReliabilityPolicy.RELIABLE if reliable else QoSReliabilityPolicy.BEST_EFFORT,
        durability=QoSDurabilityPolicy.TRANSIENT_LOCAL if latched else QoSDurabilityPolicy.VOLATILE,
    )
