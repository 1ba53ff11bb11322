# SPDX-License-Identifier: Apache-2.0
"""The topics of a depth driver that already runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2

from pinch_camera.depth_camera import ErrorCallback, FrameCallback
from pinch_core.calibrated_depth import DepthSource
from pinch_core.calibration import Calibration, calibration_from_camera_info, read_calibration
from pinch_core.config import configclass, setting
from pinch_core.depth_format import DepthFormat
from pinch_core.errors import PinchError, UnknownNameError
from pinch_ros.conversions import DepthMessage, depth_frame_of_calibration
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
        help="what image_topic carries: raw (an Image), compressedDepth (png or rvl), or points "
        "(an organised cloud in the optical frame)",
    )
    camera_file: str = setting(
        default="",
        help="camera file (JSON, YAML, .intr, OpenCV) in place of info_topic, for a driver that sends none; "
        "empty: info_topic",
    )
    depth_format: DepthFormat = field(default_factory=DepthFormat)


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
        self._file: Calibration | None = None
        if config.camera_file:
            self._file = read_calibration(Path(config.camera_file).expanduser())
        self._on_frame: FrameCallback | None = None
        self._on_error: ErrorCallback | None = None
        self._subscriber = FrameSubscriber(
            node,
            config.image_topic,
            config.info_topic if self._file is None else CameraInfo(),
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
            image_topic, camera = self._subscriber.topics[0], self._config.camera_file
            calibration = self._file
            if calibration is None:
                camera = f"camera info of {image_topic}"
                calibration = calibration_from_camera_info(messages.info, camera)
            source = DepthSource(image_topic, camera, image_topic)
            frame = depth_frame_of_calibration(messages.image, calibration, self._config.depth_format, source)
        except PinchError as error:
            on_error(error)
            return
        on_frame(frame)
