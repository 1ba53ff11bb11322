# SPDX-License-Identifier: Apache-2.0
"""The depth camera node: any source in, one kind of depth out."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from pinch_interfaces.srv import Capture
from rclpy.callback_groups import ReentrantCallbackGroup

from pinch_camera.camera_statistics import CameraStatistics
from pinch_camera.outputs import CameraOutputs, frame_messages
from pinch_camera.sources import SOURCES, source_kind
from pinch_core.config import setting, validate
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import PinchError
from pinch_ros.diagnostics import DiagnosticsPublisher, Health
from pinch_ros.lifecycle import PinchNode, node_main
from pinch_ros.parameters import declare_config, on_config_change

_LOG_EVERY_S = 5.0


@dataclass(frozen=True)
class CameraNodeConfig:
    """What the node reads from, and when it complains."""

    source: str = setting(
        "relay", help="where frames come from: relay (a running driver's topics) or replay (a recording)"
    )
    stall_timeout: float = setting(
        1.0, unit="s", help="silence that is reported as a stalled source", lower=0.1, upper=3600.0
    )
    capture_timeout: float = setting(
        2.0, unit="s", help="how long ~/capture waits for the next frame", lower=0.01, upper=60.0
    )

    def __post_init__(self) -> None:
        validate(self)


class DepthCameraNode(PinchNode):
    """Publishes ``~/depth/image_rect`` and ``~/depth/camera_info``; see the README."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("depth_camera", **kwargs)
        self._config = declare_config(self, CameraNodeConfig)
        on_config_change(
            self, CameraNodeConfig, self._set_config, check_config=lambda c: source_kind(c.source)
        )
        source_kind(self._config.source)
        for name, kind in SOURCES.items():
            declare_config(self, kind.config_class, prefix=name)
        self._statistics = CameraStatistics()
        self._arrived = threading.Condition()
        self._captured: DepthFrame | None = None
        self._count = 0

    # ---- life ----

    def configure(self) -> None:
        kind = source_kind(self._config.source)
        # The source's settings are taken here: a change counts from the next configure on.
        self._camera = kind.make(self, declare_config(self, kind.config_class, prefix=self._config.source))
        self._outputs = CameraOutputs(self)
        self._diagnostics = DiagnosticsPublisher(self, self._health)
        self._capture = self.create_service(
            Capture, "~/capture", self._on_capture, callback_group=ReentrantCallbackGroup()
        )
        self.get_logger().info(f"depth comes from {self._camera.description}")

    def activate(self) -> None:
        self._statistics.restart()
        self._camera.start(self._on_frame, self._on_error)

    def deactivate(self) -> None:
        self._camera.stop()

    def cleanup(self) -> None:
        self._camera.close()
        self.destroy_service(self._capture)
        self._diagnostics.close()
        self._outputs.close()

    def _set_config(self, config: CameraNodeConfig) -> None:
        self._config = config

    # ---- frames ----

    def _on_frame(self, frame: DepthFrame) -> None:
        rectified = frame.rectified()
        self._outputs.publish(rectified)
        self._statistics.frame(rectified)
        with self._arrived:
            self._captured = rectified
            self._count += 1
            self._arrived.notify_all()

    def _on_error(self, error: PinchError) -> None:
        self._statistics.error(str(error))
        self.get_logger().warning(str(error), throttle_duration_sec=_LOG_EVERY_S)

    def _on_capture(self, _: Capture.Request, response: Capture.Response) -> Capture.Response:
        if not self.is_active:
            response.message = "the camera is not active; activate it (ros2 lifecycle set)."
            return response
        timeout_s = self._config.capture_timeout
        with self._arrived:
            before = self._count
            if self._arrived.wait_for(lambda: self._count > before, timeout_s) and self._captured is not None:
                response.image, response.camera_info = frame_messages(self._captured)
                response.success = True
                return response
        response.message = (
            f"no frame came from {self._camera.description} within {timeout_s:g} s; check the camera, or "
            "call ~/play_next where a recording is stepped."
        )
        return response

    # ---- diagnostics ----

    def _health(self) -> Health:
        silence_s = self._statistics.seconds_since_frame
        stalled = self.is_active and self._camera.expects_frames and silence_s > self._config.stall_timeout
        health = self._statistics.health(self._camera.description, silence_s if stalled else None)
        if stalled:
            self.get_logger().warning(health.message, throttle_duration_sec=_LOG_EVERY_S)
        return health


def main() -> int:
    """Entry point of ``depth_camera_node``."""
    return node_main(DepthCameraNode)
