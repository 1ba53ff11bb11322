# SPDX-License-Identifier: Apache-2.0
"""Listens to the simulated cell while its bin is cleared: joints and objects for the film, events for the
score."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from pinch_interfaces.msg import CellEvents
from rclpy.node import Node
from sensor_msgs.msg import JointState
from tf2_msgs.msg import TFMessage

from pinch_core.geometry.transform import Transform
from pinch_ros.conversions import stamp_to_ns, transform_from_message
from pinch_ros.listener_node import ListenerNode
from pinch_ros.qos import LATCHED, SENSOR_DATA

JOINTS, OBJECTS, EVENTS = "joint_states", "sim_cell/object_poses", "sim_cell/events"


@dataclass(frozen=True, eq=False)
class Moment:
    """Where everything was at ``time_s``: joint positions by name, ``T_world_object`` by name."""

    time_s: float
    joints: dict[str, float]
    objects: dict[str, Transform]


@dataclass
class BinWatch:
    """Keeps what comes; :meth:`begin` starts anew."""

    node: Node
    moments: list[Moment] = field(default_factory=list)
    events: list[tuple[float, CellEvents]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._joints: dict[str, float] = {}
        self._came = threading.Condition(self._lock)
        self._listening = ListenerNode(self.node, "bin_watch", (JOINTS, OBJECTS, EVENTS))
        listen = self._listening.node.create_subscription
        listen(JointState, JOINTS, self._on_joints, SENSOR_DATA)
        listen(TFMessage, OBJECTS, self._on_objects, SENSOR_DATA)
        listen(CellEvents, EVENTS, self._on_events, LATCHED)

    def close(self) -> None:
        """Stop listening."""
        self._listening.close()

    def begin(self, timeout_s: float) -> CellEvents | None:
        """Forget what came, and the events of the cell now; None where none came in time."""
        with self._came:
            self.moments.clear()
            last = self.events[-1:]
            self.events[:] = last
            self._came.wait_for(lambda: bool(self.events and self.moments), timeout_s)
            return self.events[-1][1] if self.events else None

    @property
    def latest(self) -> CellEvents:
        """The last events, of a cell without objects where none came."""
        with self._lock:
            return self.events[-1][1] if self.events else CellEvents()

    def _on_joints(self, message: JointState) -> None:
        joints = dict(zip(message.name, message.position, strict=True))
        with self._lock:
            self._joints = joints

    def _on_objects(self, message: TFMessage) -> None:
        if not message.transforms:
            return
        time_s = stamp_to_ns(message.transforms[0].header.stamp) * 1e-9
        objects = {each.child_frame_id: transform_from_message(each.transform) for each in message.transforms}
        with self._came:
            self.moments.append(Moment(time_s, self._joints, objects))
            self._came.notify_all()

    def _on_events(self, message: CellEvents) -> None:
        with self._came:
            self.events.append((stamp_to_ns(message.header.stamp) * 1e-9, message))
            self._came.notify_all()
