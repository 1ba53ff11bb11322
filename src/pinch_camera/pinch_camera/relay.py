# SPDX-License-Identifier: Apache-2.0
"""The topics of a depth driver that already runs."""

from __future__ import annotations

from dataclasses import dataclass

from rclpy.node import Node

from pinch_camera.depth_camera import ErrorCallback, FrameCallback
from pinch_core.config import setting, validate
from pinch_core.errors import PinchError
from pinch_ros.conversions import depth_frame_from_messages
from pinch_ros.frame_subscriber import FrameMessages, FrameSubscriber


@dataclass(frozen=True)
class RelayConfig:
    """Where the driver publishes, and what its images mean."""

    image_topic: str = setting(
        "/camera/depth/image_rect_raw", help="depth image of the driver, 32FC1 m or 16UC1 mm"
    )
    info_topic: str = setting("/camera/depth/camera_info", help="its camera info, with the same stamps")
    rectified: bool = setting(
        True,
        help="the driver's image is rectified: P of the camera info applies; false: K and D do, and it is "
        "rectified here",
    )
    mono16_is_depth: bool = setting(
        False, help="the driver labels millimetres as mono16, which else means grey values"
    )

    def __post_init__(self) -> None:
        validate(self)


class RelayCamera:
    """Takes each image with the camera info of exactly its stamp."""

    def __init__(self, node: Node, config: RelayConfig) -> None:
        self._config = config
        self._on_frame: FrameCallback | None = None
        self._on_error: ErrorCallback | None = None
        self._subscriber = FrameSubscriber(node, config.image_topic, config.info_topic, self._on_messages)

    @property
    def description(self) -> str:
        return " and ".join(self._subscriber.topics)

    @property
    def expects_frames(self) -> bool:
        return True

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
