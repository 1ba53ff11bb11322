# SPDX-License-Identifier: Apache-2.0
"""Publishes what the robot's drivers publish: clock, joint states, TF and the robot's description."""

from __future__ import annotations

from geometry_msgs.msg import TransformStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage

from pinch_core.geometry.transform import Transform
from pinch_core.robot_description.description import load_description
from pinch_ros.conversions.geometry import transform_to_message
from pinch_ros.conversions.time import ns_to_stamp
from pinch_ros.qos import LATCHED, RESULT, create_publisher
from pinch_sim.cell import Cell
from pinch_sim.cell_state import Link
from pinch_sim.node_config import NodeConfig
from pinch_sim.schedule import Schedule

# The QoS of tf2_ros: late listeners do not need old transforms, busy ones need a queue.
TF_QOS = QoSProfile(depth=100)


class StatePublisher:
    """Publishers of the cell's state; :meth:`publish` is called by the cell's thread at every tick."""

    def __init__(self, node: Node, cell: Cell, config: NodeConfig) -> None:
        self._node = node
        self._clock_due, self._tf_due = Schedule(config.clock_rate), Schedule(config.tf_rate)
        self._links = cell.links()
        self._link_messages = [_named_transform(link) for link in self._links]
        self._clock = create_publisher(node, Clock, "/clock", RESULT)
        self._joints = create_publisher(node, JointState, "joint_states", RESULT)
        self._tf = create_publisher(node, TFMessage, "/tf", TF_QOS)
        self._tf_static = create_publisher(node, TFMessage, "/tf_static", LATCHED)
        self._description = create_publisher(node, String, "robot_description", LATCHED)
        self._description.publish(String(data=load_description(cell.robot).published_text()))
        self._tf_static.publish(TFMessage(transforms=self._static_transforms(cell, config)))

    def publish(self, cell: Cell) -> None:
        stamp = ns_to_stamp(cell.time_ns)
        if self._clock_due.is_due(cell.time_ns):
            self._clock.publish(Clock(clock=stamp))
        if not cell.faults.joint_states_stopped:
            readings = cell.joint_readings()
            message = JointState(name=readings.names)
            message.header.stamp = stamp
            message.position = readings.position.tolist()
            message.velocity = readings.velocity.tolist()
            message.effort = readings.effort.tolist()
            self._joints.publish(message)
        if self._tf_due.is_due(cell.time_ns) and not cell.faults.transforms_stopped:
            self._tf.publish(TFMessage(transforms=self._link_transforms(cell, moving=True)))

    def close(self) -> None:
        for publisher in (self._clock, self._joints, self._tf, self._tf_static, self._description):
            self._node.destroy_publisher(publisher)

    def _static_transforms(self, cell: Cell, config: NodeConfig) -> list[TransformStamped]:
        base, stamp = cell.robot.base_frame, cell.time_ns
        optical = cell.config.camera.T_base_cam
        # A camera's body frame has x forward and z up (REP-103), its optical frame z forward and y down.
        T_body_optical = Transform.from_axes(
            (0.0, -1.0, 0.0), (0.0, 0.0, -1.0), (1.0, 0.0, 0.0), (0.0, 0.0, 0.0)
        )
        return [
            transform_to_message(Transform.identity(), stamp, config.world_frame, base),
            transform_to_message(optical @ T_body_optical.inverse(), stamp, base, config.camera_frame),
            transform_to_message(T_body_optical, stamp, config.camera_frame, config.depth_frame),
            transform_to_message(T_body_optical, stamp, config.camera_frame, config.colour_frame),
            *self._link_transforms(cell, moving=False),
            *(
                [transform_to_message(cell.bin.T_base_bin, stamp, base, cell.config.bin.frame)]
                if cell.bin is not None
                else []
            ),
        ]

    def _link_transforms(self, cell: Cell, *, moving: bool) -> list[TransformStamped]:
        """Messages of the links that move, or of the others; filled in place, which takes a tenth of the time
        of making them."""
        positions, quaternions = cell.link_poses()
        stamp = ns_to_stamp(cell.time_ns)
        chosen = []
        rows = zip(self._links, self._link_messages, positions.tolist(), quaternions.tolist(), strict=True)
        for link, message, position, quaternion in rows:
            if link.moves is moving:
                message.header.stamp = stamp
                to, turn = message.transform.translation, message.transform.rotation
                to.x, to.y, to.z = position
                turn.x, turn.y, turn.z, turn.w = quaternion
                chosen.append(message)
        return chosen


def _named_transform(link: Link) -> TransformStamped:
    message = TransformStamped(child_frame_id=link.name)
    message.header.frame_id = link.parent
    return message
