# SPDX-License-Identifier: Apache-2.0
"""Publishes what the simulator alone knows: what happened, and where every object is."""

from __future__ import annotations

from pinch_interfaces.msg import CellEvents as CellEventsMessage
from rclpy.node import Node
from tf2_msgs.msg import TFMessage

from pinch_ros.conversions.geometry import transform_to_message
from pinch_ros.conversions.time import ns_to_stamp
from pinch_ros.qos import LATCHED, RESULT, create_publisher
from pinch_sim.cell import Cell
from pinch_sim.event_watch import CellEvents
from pinch_sim.node_config import NodeConfig
from pinch_sim.schedule import Schedule


class EventPublisher:
    """``~/events`` and, while somebody listens, ``~/object_poses``; :meth:`tick` is called by the cell's
    thread at every tick."""

    def __init__(self, node: Node, config: NodeConfig) -> None:
        self._node, self._world = node, config.world_frame
        self._events = create_publisher(node, CellEventsMessage, "~/events", LATCHED)
        # Not on /tf: a robot's listeners must not know what no sensor has seen.
        self._poses = create_publisher(node, TFMessage, "~/object_poses", RESULT)
        self._poses_due = Schedule(config.object_rate)
        self._told: CellEvents | None = None

    def tick(self, cell: Cell) -> None:
        events = cell.look()
        if events != self._told:
            self._told = events
            self._events.publish(_message(events, cell.time_ns))
        if self._poses_due.is_due(cell.time_ns) and self._poses.get_subscription_count():
            stamp = cell.time_ns
            self._poses.publish(
                TFMessage(
                    transforms=[
                        transform_to_message(T_world_object, stamp, self._world, name)
                        for name, T_world_object in cell.object_poses().items()
                    ]
                )
            )

    def close(self) -> None:
        for publisher in (self._events, self._poses):
            self._node.destroy_publisher(publisher)


def _message(events: CellEvents, time_ns: int) -> CellEventsMessage:
    message = CellEventsMessage(
        lifts=events.lifts,
        double_picks=events.double_picks,
        wall_contacts=events.wall_contacts,
        wall_force=events.wall_force,
        objects=[name for name, _ in events.places],
        places=[place for _, place in events.places],
        last=events.last,
    )
    message.header.stamp = ns_to_stamp(time_ns)
    return message
