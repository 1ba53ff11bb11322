# SPDX-License-Identifier: Apache-2.0
"""The topics of a depth driver that already runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2
from std_msgs.msg import Header

from pinch_camera.depth_camera import ErrorCallback, FrameCallback
from pinch_core.config import configclass, setting
from pinch_core.depth_files import read_intrinsics
from pinch_core.errors import PinchError, UnknownNameError
from pinch_ros.conversions import DepthMessage, camera_info_from_intrinsics, depth_frame_from_messages
from pinch_ros.frame_subscriber import FrameMessages, FrameSubscriber

# The message types that drivers send depth as, by the names that image_transport has for them.
TRANSPORTS: dict[str, type[DepthMessage]] = {
    "raw": Image,
    "compressedDepth": CompressedImage,
    "points": PointCloud2,
}


@configclass
class RelayConfig:
    """Where the driver publishes, and what its images mean."""

    image_topic: str = setting(
        default="camera/depth/image_rect_raw",
        help="depth of the driver: the topic of exactly this transport",
    )
    info_topic: str = setting(
        default="camera/depth/camera_info", help="its camera info, with the same stamps"
    )
    transport: str = setting(
        default="raw",
        help="what image_topic carries: raw (32FC1 m or 16UC1 mm), compressedDepth (png or rvl), or points "
        "(an organised cloud in the optical frame)",
    )
    camera_file: str = setting(
        default="",
        help="intrinsics (JSON, camera_info YAML) in place of info_topic, for a driver that sends none; "
        "empty: info_topic",
    )
    rectified: bool = setting(
        default=True,
        help="the driver's image is rectified: P of the camera info applies; false: K and D do, and it is "
        "rectified here",
    )
    mono16_is_depth: bool = setting(
        default=False, help="the driver labels millimetres as mono16, which else means grey values"
    )


class RelayCamera:
    """Takes each image with the camera info of exactly its stamp.

    Raises:
        UnknownNameError: there is no such transport.
        IntrinsicsError, MissingFileError: ``camera_file`` cannot be used.
    """

    def __init__(self, node: Node, config: RelayConfig) -> None:
        if config.transport not in TRANSPORTS:
            raise UnknownNameError(
                f"relay.transport = '{config.transport}' is not known; set one of: {', '.join(TRANSPORTS)}."
            )
        self._config = config
        self._on_frame: FrameCallback | None = None
        self._on_error: ErrorCallback | None = None
        self._subscriber = FrameSubscriber(
            node,
            config.image_topic,
            _info(config),
            self._on_messages,
            image_type=TRANSPORTS[config.transport],
        )

    @property
    def description(self) -> str:
        return " and ".join(self._subscriber.topics)

    @property
    def expects_frames(self) -> bool:
        return True

    @property
    def why_silent(self) -> str:
        return self._subscriber.why_none()

    @property
    def readings(self) -> Mapping[str, str]:
        return {}

    def start(self, on_frame: FrameCallback, on_error: ErrorCallback) -> None:
        self._on_frame, self._on_error = on_frame, on_error

    def stop(self) -> None:
        self._on_frame = self._on_error = None

    def close(self) -> None:
        self._subscriber.close()

    def _on_messages(self, messages: FrameMessages) -> None:
        on_frame, on_error = self._on_frame, self._on_error
        if on_frame is None or on_error is None:
            return
        try:
            frame = depth_frame_from_messages(
                messages.image, messages.info, rectified=self._config.rectified,
                mono16_is_depth=self._config.mono16_is_depth, source=self._subscriber.topics[0],
            )  # fmt: skip
        except PinchError as error:
            on_error(error)
            return
        on_frame(frame)


def _info(config: RelayConfig) -> str | CameraInfo:
    """The topic of the camera info, or what the file says."""
    if not config.camera_file:
        return config.info_topic
    return camera_info_from_intrinsics(read_intrinsics(Path(config.camera_file).expanduser()), Header())
