# SPDX-License-Identifier: Apache-2.0
"""The depth camera node: any source in, one kind of depth out."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from pinch_interfaces.srv import Capture
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup, ReentrantCallbackGroup
from rclpy.clock import Clock, ClockType

from pinch_camera.camera_statistics import CameraStatistics
from pinch_camera.filters.chain import FilterChain
from pinch_camera.filters.config import FilterConfig
from pinch_camera.outputs import CameraOutputs, frame_messages
from pinch_camera.sources import SOURCES, source_kind
from pinch_camera.stamp_guard import Arrival, StampGuard
from pinch_camera.supervised_camera import SupervisedCamera
from pinch_core.config import configclass, setting
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import PinchError
from pinch_ros.calibration_file import load_calibration
from pinch_ros.conversions import transform_to_message
from pinch_ros.diagnostics import DiagnosticsPublisher, Health
from pinch_ros.lifecycle import PinchNode, node_main
from pinch_ros.parameters import declare_config, on_config_change, refuse_renamed
from tf2_ros import StaticTransformBroadcaster

_LOG_EVERY_S = 5.0
_NOTE_EVERY_S = 60.0
_SUPERVISION_PERIOD_S = 0.1
_RENAMED = {
    "relay.rectified": "relay.depth_format.rectified to yes or no",
    "relay.mono16_is_depth": "relay.depth_format.scale to the metres of one unit, such as 0.001",
    "replay.rectified": "replay.depth_format.rectified to yes or no",
}


@configclass
class CameraNodeConfig:
    """What the node reads from, and when it complains."""

    source: str = setting(
        default="relay",
        help="where frames come from: relay (a running driver's topics), realsense (a camera plugged in) "
        "or replay (a recording)",
    )
    stall_timeout: float = setting(
        default=1.0, unit="s", help="silence that is reported as a stalled source", lower=0.1, upper=3600.0
    )
    restart_wait: float = setting(
        default=1.0,
        unit="s",
        help="between the first restart of a stalled source and the second; doubles up to 30 s",
        lower=0.1,
        upper=30.0,
    )
    calibration: str = setting(
        default="",
        help="calibration file (easy_handeye2's or plain YAML) that is published on /tf_static; empty: none",
    )
    capture_timeout: float = setting(
        default=2.0, unit="s", help="how long ~/capture waits for a settled frame", lower=0.01, upper=60.0
    )


class DepthCameraNode(PinchNode):
    """Publishes ``~/depth/image_rect`` and ``~/depth/camera_info``; see the README."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("depth_camera", **kwargs)
        refuse_renamed(self, _RENAMED)
        self._config = declare_config(self, CameraNodeConfig)
        on_config_change(
            self, CameraNodeConfig, self._set_config, check_config=lambda c: source_kind(c.source)
        )
        source_kind(self._config.source)
        for name, kind in SOURCES.items():
            declare_config(self, kind.config_class, prefix=name)
        self._set_filters(declare_config(self, FilterConfig, prefix="filters"))
        on_config_change(self, FilterConfig, self._set_filters, prefix="filters")
        self._static_transforms = StaticTransformBroadcaster(self)
        self._statistics = CameraStatistics()
        self._stamps = StampGuard()
        self._arrived = threading.Condition()
        self._captured: DepthFrame | None = None
        self._count = 0
        self._settled = 0

    # ---- life ----

    def configure(self) -> None:
        if self._config.calibration:
            self._publish_calibration(Path(self._config.calibration).expanduser())
        kind = source_kind(self._config.source)
        # The source's settings are taken here: a change counts from the next configure on.
        source_config = declare_config(self, kind.config_class, prefix=self._config.source)
        self._camera = SupervisedCamera(lambda: kind.make(self, source_config), self._config.restart_wait)
        self._supervision = self.create_timer(
            _SUPERVISION_PERIOD_S,
            self._supervise,
            MutuallyExclusiveCallbackGroup(),
            clock=Clock(clock_type=ClockType.STEADY_TIME),
        )
        self._outputs = CameraOutputs(self)
        self._diagnostics = DiagnosticsPublisher(self, self._health)
        self._capture = self.create_service(
            Capture, "~/capture", self._on_capture, callback_group=ReentrantCallbackGroup()
        )
        self.get_logger().info(f"depth comes from {self._camera.description}")

    def activate(self) -> None:
        self._statistics.restart()
        self._stamps = StampGuard()
        self._filter.reset()
        self._camera.start(self._on_frame, self._on_error)

    def deactivate(self) -> None:
        self._camera.stop()

    def cleanup(self) -> None:
        self.destroy_timer(self._supervision)
        self._camera.close()
        self.destroy_service(self._capture)
        self._diagnostics.close()
        self._outputs.close()

    def _set_config(self, config: CameraNodeConfig) -> None:
        self._config = config

    def _set_filters(self, config: FilterConfig) -> None:
        # A frame under way keeps the chain it began with.
        self._filter = FilterChain(config)

    def _publish_calibration(self, path: Path) -> None:
        calibration = load_calibration(path)
        now_ns = self.get_clock().now().nanoseconds
        self._static_transforms.sendTransform(
            transform_to_message(calibration.T_parent_child, now_ns, calibration.parent, calibration.child)
        )
        self.get_logger().info(f"{calibration.child} is placed in {calibration.parent} as {path} says")

    # ---- frames ----

    def _on_frame(self, frame: DepthFrame) -> None:
        arrival = self._stamps.judge(frame.stamp_ns)
        if arrival is Arrival.STALE:
            self._statistics.dropped()
            return
        chain = self._filter
        if arrival is Arrival.RESTARTED:
            chain.reset()
        try:
            filtered = chain(frame.rectified())
        except PinchError as error:
            self._on_error(error)
            return
        for note in frame.notes:
            self.get_logger().warning(note, throttle_duration_sec=_NOTE_EVERY_S)
        self._outputs.publish(filtered)
        self._statistics.frame(filtered, frame)
        with self._arrived:
            self._captured = filtered
            self._settled += chain.is_settled
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
            frames, settled = self._count, self._settled
            in_time = self._arrived.wait_for(lambda: self._settled > settled, timeout_s)
            if in_time and self._captured is not None:
                response.image, response.camera_info = frame_messages(self._captured)
                response.success = True
                return response
            came = self._count - frames
        if came:
            response.message = (
                f"{came} frames came from {self._camera.description} within {timeout_s:g} s, too few for the "
                "temporal median; lower filters.temporal_frames or raise capture_timeout."
            )
        else:
            why = self._camera.why_silent
            cause = (
                f": {why}" if why else "; check the camera, or call ~/play_next where a recording is stepped"
            )
            response.message = f"no frame came from {self._camera.description} within {timeout_s:g} s{cause}."
        return response

    # ---- diagnostics ----

    @property
    def _stalled_s(self) -> float | None:
        """How long the source has been silent for too long [s]; None where it is not."""
        silence_s = self._statistics.seconds_since_frame
        stalled = self.is_active and self._camera.expects_frames and silence_s > self._config.stall_timeout
        return silence_s if stalled else None

    def _supervise(self) -> None:
        stalled_s = self._stalled_s
        # Before a restart, which forgets what was seen.
        why = "" if stalled_s is None else self._camera.why_silent
        if self._camera.check(stalled=stalled_s is not None):
            self.get_logger().warning(
                f"no frame from {self._camera.description} for {stalled_s:.1f} s"
                f"{f': {why}' if why else ''}; the source was restarted "
                f"({self._camera.restarts}. time).",
                throttle_duration_sec=_LOG_EVERY_S,
            )

    def _health(self) -> Health:
        stalled_s = self._stalled_s
        why = "" if stalled_s is None else self._camera.why_silent
        health = self._statistics.health(self._camera.description, stalled_s, why)
        values = {**health.values, "restarts": str(self._camera.restarts), **self._camera.readings}
        return Health(health.level, health.message, values)


def main() -> int:
    """Entry point of ``depth_camera_node``."""
    return node_main(DepthCameraNode)
