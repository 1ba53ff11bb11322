# SPDX-License-Identifier: Apache-2.0
"""The topics a plan is published on."""

from __future__ import annotations

from geometry_msgs.msg import PoseArray, PoseStamped
from pinch_interfaces.msg import GraspArray
from rclpy.node import Node
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from visualization_msgs.msg import MarkerArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.transform import Transform
from pinch_core.planning.draw import draw_plan
from pinch_core.planning.plan import PlanResult
from pinch_gqcnn.planner import Planner
from pinch_ros.conversions import color_image_to_message, ns_to_stamp
from pinch_ros.grasp_markers import grasp_markers, workspace_marker
from pinch_ros.qos import LATCHED, RESULT, create_publisher


class PlanOutputs:
    """Publishers of the planner. All but the debug image are latched: who comes late sees the last plan."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._grasps = create_publisher(node, GraspArray, "~/grasps", LATCHED)
        self._best = create_publisher(node, PoseStamped, "~/best_grasp", LATCHED)
        self._poses = create_publisher(node, PoseArray, "~/grasp_poses", LATCHED)
        self._markers = create_publisher(node, MarkerArray, "~/markers", LATCHED)
        self._debug_image = create_publisher(node, Image, "~/debug_image", RESULT)

    def publish(
        self,
        message: GraspArray,
        result: PlanResult,
        frame: DepthFrame,
        planner: Planner,
        T_frame_cam: Transform | None = None,
    ) -> None:
        """Publish a plan, also one without grasps: it replaces the one before."""
        gripper, workspace = planner.gripper, planner.config.workspace
        self._grasps.publish(message)
        self._poses.publish(PoseArray(header=message.header, poses=[grasp.pose for grasp in message.grasps]))
        if message.grasps:
            self._best.publish(PoseStamped(header=message.header, pose=message.grasps[0].pose))
        markers = grasp_markers(result.grasps, gripper, message.header, T_frame_cam)
        if workspace.enabled:
            in_base = Header(stamp=message.header.stamp, frame_id=planner.node.base_frame)
            markers.markers.append(workspace_marker(workspace, in_base))
        self._markers.publish(markers)
        if self._debug_image.get_subscription_count() > 0:
            header = Header(stamp=ns_to_stamp(frame.stamp_ns), frame_id=frame.frame_id)
            self._debug_image.publish(
                color_image_to_message(draw_plan(frame, result, planner.grasp_type), header)
            )

    def close(self) -> None:
        """Stop publishing."""
        for publisher in (self._grasps, self._best, self._poses, self._markers, self._debug_image):
            self._node.destroy_publisher(publisher)
