# SPDX-License-Identifier: Apache-2.0
"""Small recordings written for the tests."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from geometry_msgs.msg import TransformStamped
from numpy.typing import NDArray
from rclpy.serialization import serialize_message
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore
from tf2_msgs.msg import TFMessage

from pinch_core.depth_files import write_intrinsics
from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_ros.conversions import camera_info_from_intrinsics, depth_frame_to_image

CAMERA = CameraIntrinsics(8, 6, 10.0, 11.0, 3.5, 2.5)
IMAGE_TOPIC, INFO_TOPIC = "/cam/depth/image_rect_raw", "/cam/depth/camera_info"


def depth_of(number: int) -> NDArray[np.float32]:
    """Frame ``number``: its first pixel tells which one it is, its last one has no return."""
    depth = np.full((CAMERA.height, CAMERA.width), 0.7, dtype=np.float32)
    depth[0, 0] = 0.5 + 0.001 * number
    depth[-1, -1] = np.nan
    return depth


def number_of(depth: NDArray[np.float32]) -> int:
    return round((float(depth[0, 0]) - 0.5) / 0.001)


def write_folder(folder: Path, count: int, *, png: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        depth = depth_of(number)
        if png:
            cv2.imwrite(
                str(folder / f"depth_{number}.png"), np.rint(np.nan_to_num(depth) * 1e3).astype(np.uint16)
            )
        else:
            np.save(folder / f"depth_{number}.npy", depth)
    write_intrinsics(folder / "camera.json", CAMERA)
    return folder


def write_bag(
    path: Path,
    count: int,
    plugin: StoragePlugin,
    *,
    image_topic: str = IMAGE_TOPIC,
    info_shift_ns: int = 0,
    camera_pose: TransformStamped | None = None,
) -> Path:
    """``count`` frames, 10 ms apart; camera info with the same stamps, or shifted ones."""
    store = get_typestore(Stores.ROS2_JAZZY)
    with Writer(path, version=9, storage_plugin=plugin) as writer:
        images = writer.add_connection(image_topic, "sensor_msgs/msg/Image", typestore=store)
        infos = writer.add_connection(INFO_TOPIC, "sensor_msgs/msg/CameraInfo", typestore=store)
        if camera_pose is not None:
            latched = writer.add_connection("/tf_static", "tf2_msgs/msg/TFMessage", typestore=store)
            pose = TFMessage(transforms=[camera_pose])
            writer.write(latched, 1_700_000_000_000_000_000, serialize_message(pose))
        for number in range(count):
            stamp = 1_700_000_000_000_000_000 + number * 10_000_000
            image = depth_frame_to_image(DepthFrame(depth_of(number), CAMERA, "optical", stamp))
            info = camera_info_from_intrinsics(
                CAMERA,
                depth_frame_to_image(
                    DepthFrame(depth_of(number), CAMERA, "optical", stamp + info_shift_ns)
                ).header,
            )
            writer.write(infos, stamp, serialize_message(info))
            writer.write(images, stamp, serialize_message(image))
    return path
