# SPDX-License-Identifier: Apache-2.0
"""What was seen of a topic that a node waits for: who publishes it, how, how often, and with which stamps."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSDurabilityPolicy, QoSProfile, QoSReliabilityPolicy

# Messages from which the rate is told.
_KEPT = 30
# A topic is silent after this many of its periods, and no earlier than this many seconds.
_SILENT_PERIODS, _SILENT_S = 5.0, 1.0
# Other topics of the same type that are named.
_NAMED = 4


class TopicArrivals:
    """The latest messages of one topic. Thread-safe."""

    def __init__(self, topic: str, message_type: type, profile: QoSProfile) -> None:
        """``topic``: its full name. ``profile``: of the subscription."""
        self.topic = topic
        self._type = "/".join(
            (message_type.__module__.split(".")[0], "msg", message_type.__name__)
        )  # sensor_msgs/msg/Image, as the graph has it
        self._profile = profile
        self._lock = threading.Lock()
        self._arrivals: deque[tuple[float, int]] = deque(maxlen=_KEPT)

    def note(self, stamp_ns: int) -> None:
        """A message came."""
        with self._lock:
            self._arrivals.append((time.monotonic(), stamp_ns))

    @property
    def stamps_ns(self) -> list[int]:
        """Of the latest messages."""
        with self._lock:
            return [stamp_ns for _, stamp_ns in self._arrivals]

    @property
    def comes(self) -> bool:
        """Whether messages come now."""
        return bool(self._arrivals) and not self._is_silent()

    def seen(self, node: Node) -> str:
        """A clause: what comes on the topic, and where nothing does, who publishes it."""
        with self._lock:
            times = [at for at, _ in self._arrivals]
        if times and self._is_silent():
            return f"{self.topic} came last {time.monotonic() - times[-1]:.1f} s ago{self._publishers(node)}"
        if len(times) > 1:
            return f"{self.topic} comes at {(len(times) - 1) / max(times[-1] - times[0], 1e-9):.1f} Hz"
        if times:
            return f"{self.topic} came once"
        return f"nothing came on {self.topic}{self._publishers(node)}"

    def remedy(self, node: Node) -> str:
        """What to do where nothing comes."""
        publishers = node.get_publishers_info_by_topic(self.topic)
        if any(info.topic_type != self._type for info in publishers):
            return f"remap {self.topic} to a topic of {self._type}"
        for info in publishers:
            for policy, offered in self._misfits(info.qos_profile).items():
                return f"set qos_overrides.{self.topic}.subscription.{policy} to {offered}"
        if publishers:
            return f"see why the publisher of {self.topic} sends nothing"
        return f"start what publishes {self.topic}, or remap it"

    def _is_silent(self) -> bool:
        with self._lock:
            first, last, count = self._arrivals[0][0], self._arrivals[-1][0], len(self._arrivals)
        period = (last - first) / (count - 1) if count > 1 else 0.0
        return time.monotonic() - last > max(_SILENT_S, _SILENT_PERIODS * period)

    def _publishers(self, node: Node) -> str:
        publishers = node.get_publishers_info_by_topic(self.topic)
        if not publishers:
            others = [
                name
                for name, types in node.get_topic_names_and_types()
                if self._type in types and name != self.topic and node.count_publishers(name)
            ][:_NAMED]
            elsewhere = f"; {self._type} is published on {', '.join(others)}" if others else ""
            return f" (nobody publishes it{elsewhere})"
        for info in publishers:
            if info.topic_type != self._type:
                return f" ({_name(info)} publishes it as {info.topic_type}, not as {self._type})"
            misfits = self._misfits(info.qos_profile)
            if misfits:
                asked = [str(getattr(self._profile, policy).name).lower() for policy in misfits]
                return (
                    f" ({_name(info)} offers {', '.join(misfits.values())}, and this node asks for "
                    f"{', '.join(asked)})"
                )
        names = ", ".join(sorted({_name(info) for info in publishers}))
        return f" ({names} publishes it, and sent nothing)"

    def _misfits(self, offered: Any) -> dict[str, str]:
        """What the publisher offers of the policies of which this subscription asks more."""
        found = {}
        if (
            self._profile.reliability is QoSReliabilityPolicy.RELIABLE
            and offered.reliability == QoSReliabilityPolicy.BEST_EFFORT
        ):
            found["reliability"] = "best_effort"
        if (
            self._profile.durability is QoSDurabilityPolicy.TRANSIENT_LOCAL
            and offered.durability == QoSDurabilityPolicy.VOLATILE
        ):
            found["durability"] = "volatile"
        return found


def why_no_pair(node: Node, topics: Sequence[TopicArrivals]) -> str:
    """A clause and a remedy: why no messages of the same stamp came on all the topics."""
    seen = ", ".join(topic.seen(node) for topic in topics)
    silent = [topic for topic in topics if not topic.comes]
    if silent:
        return f"{seen}; {silent[0].remedy(node)}"
    first, *others = topics
    for other in others:
        pairs = [(abs(a - b), b - a) for a in first.stamps_ns for b in other.stamps_ns]
        nearest, signed = min(pairs)
        if nearest:
            side = "after" if signed > 0 else "before"
            return (
                f"{seen}, but their stamps never agree: {other.topic} is stamped {_duration(nearest)} {side} "
                f"{first.topic} at the nearest; let the driver give both the same stamp, or read the camera "
                "by the depth_camera node with relay.camera_file in place of camera info"
            )
    stamps = first.stamps_ns
    if len(stamps) > 1 and len(set(stamps)) == 1:
        return (
            f"{seen}, but all are stamped alike, {stamps[0] / 1e9:.3f} s; let the driver stamp each exposure "
            "anew"
        )
    return f"{seen}, and a pair with equal stamps has come"


def _name(info: Any) -> str:
    """Of the publisher's node, which discovery may tell later than the publisher."""
    return "a publisher" if info.node_name.startswith("_NODE_NAME_UNKNOWN_") else str(info.node_name)


def _duration(ns: int) -> str:
    return f"{ns / 1e6:.3g} ms" if ns < 1e9 else f"{ns / 1e9:.3f} s"
