# SPDX-License-Identifier: Apache-2.0
"""The topics a depth frame is published on."""

from __future__ import annotations

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import Header

from pinch_core.depth_frame import DepthFrame
from pinch_ros.conversions import camera_info_from_intrinsics, depth_frame_to_image
from pinch_ros.qos import RESULT, create_publisher
from sensor_msgs_py import point_cloud2


class CameraOutputs:
    """Publishers of the camera. Reliable, so that subscribers of either kind match."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._image = create_publisher(node, Image, "~/depth/image_rect", RESULT)
        self._info = create_publisher(node, CameraInfo, "~/depth/camera_info", RESULT)
        self._points = create_publisher(node, PointCloud2, "~/points", RESULT)

    def publish(self, frame: DepthFrame) -> tuple[Image, CameraInfo]:
        """Publish an undistorted frame; the point cloud only while somebody listens. Returns the messages."""
        image, info = frame_messages(frame)
        # The larger one first: it is under way while the other is written.
        self._image.publish(image)
        self._info.publish(info)
        if self._points.get_subscription_count() > 0:
            self._points.publish(point_cloud(frame, image.header))
        return image, info

    def close(self) -> None:
        """Stop publishing."""
        for publisher in (self._image, self._info, self._points):
            self._node.destroy_publisher(publisher)


def frame_messages(frame: DepthFrame) -> tuple[Image, CameraInfo]:
    """The frame as an image and the camera info of the same stamp."""
    image = depth_frame_to_image(frame)
    return image, camera_info_from_intrinsics(frame.intrinsics, image.header)


def point_cloud(frame: DepthFrame, header: Header) -> PointCloud2:
    """An organised cloud, NaN where there is no return."""
    height, width = frame.depth.shape
    cloud = point_cloud2.create_cloud_xyz32(header, frame.points().reshape(-1, 3))
    # sensor_msgs_py takes a grid of points as width x height, not as rows x columns.
    cloud.height, cloud.width, cloud.row_step = height, width, width * cloud.point_step
    cloud.is_dense = False
    return cloud
