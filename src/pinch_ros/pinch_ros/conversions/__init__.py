# SPDX-License-Identifier: Apache-2.0
"""Messages to pinch_core's value types and back: the only place that knows what their fields mean."""

from pinch_ros.conversions.camera_info import camera_info_from_intrinsics, intrinsics_from_camera_info
from pinch_ros.conversions.compressed_depth import depth_array_from_compressed
from pinch_ros.conversions.depth_format import depth_format_from_message, depth_format_to_message
from pinch_ros.conversions.geometry import (
    pose_from_transform,
    transform_from_message,
    transform_from_pose,
    transform_to_message,
)
from pinch_ros.conversions.grasps import (
    grasp_from_message,
    grasp_to_message,
    plan_result_to_message,
    report_to_message,
)
from pinch_ros.conversions.headers import header_warnings
from pinch_ros.conversions.images import (
    DepthMessage,
    color_image_from_message,
    color_image_to_message,
    depth_array,
    depth_array_from_message,
    depth_frame_from_messages,
    depth_frame_of_calibration,
    depth_frame_to_image,
    image_is_empty,
    mask_from_message,
    mask_to_message,
    pixels_to_message,
)
from pinch_ros.conversions.mesh import (
    inertia_from_message,
    inertia_to_message,
    mesh_from_message,
    mesh_to_message,
)
from pinch_ros.conversions.point_cloud import depth_array_from_cloud
from pinch_ros.conversions.time import duration_to_seconds, ns_to_stamp, seconds_to_duration, stamp_to_ns

__all__ = [
    "DepthMessage",
    "camera_info_from_intrinsics",
    "color_image_from_message",
    "color_image_to_message",
    "depth_array",
    "depth_array_from_cloud",
    "depth_array_from_compressed",
    "depth_array_from_message",
    "depth_format_from_message",
    "depth_format_to_message",
    "depth_frame_from_messages",
    "depth_frame_of_calibration",
    "depth_frame_to_image",
    "duration_to_seconds",
    "grasp_from_message",
    "grasp_to_message",
    "header_warnings",
    "image_is_empty",
    "inertia_from_message",
    "inertia_to_message",
    "intrinsics_from_camera_info",
    "mask_from_message",
    "mask_to_message",
    "mesh_from_message",
    "mesh_to_message",
    "ns_to_stamp",
    "pixels_to_message",
    "plan_result_to_message",
    "pose_from_transform",
    "report_to_message",
    "seconds_to_duration",
    "stamp_to_ns",
    "transform_from_message",
    "transform_from_pose",
    "transform_to_message",
]
