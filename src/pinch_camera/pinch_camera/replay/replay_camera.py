# SPDX-License-Identifier: Apache-2.0
"""Plays a recording as if it were a camera."""

from __future__ import annotations

import dataclasses
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path

from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from std_srvs.srv import Trigger
from tf2_msgs.msg import TFMessage

from pinch_camera.depth_camera import ErrorCallback, FrameCallback
from pinch_camera.errors import CameraError, NoFrameSourceError
from pinch_camera.replay.bag_recording import BagRecording
from pinch_camera.replay.config import ReplayConfig
from pinch_camera.replay.folder_recording import FolderRecording
from pinch_camera.replay.recording import RecordedFrame, Recording
from pinch_core.errors import PinchError
from pinch_ros.bags import has_recording
from pinch_ros.conversions import ns_to_stamp
from pinch_ros.qos import LATCHED, RESULT, create_publisher

# A loop over nothing but damaged frames, or over a single one, would otherwise spin.
_MIN_LOOP_S = 0.01


def open_recording(config: ReplayConfig) -> Recording:
    """The recording at ``config.path``: a bag where there is a bag file or metadata, else a folder of frames.

    Raises:
        NoFrameSourceError, DamagedFileError, PinchError: there is nothing to play.
    """
    if not config.path:
        raise NoFrameSourceError("replay.path is empty; name a folder of frames or a rosbag2 recording.")
    path = Path(config.path).expanduser()
    if path.is_file() or has_recording(path):
        return BagRecording(path, config)
    if path.is_dir():
        return FolderRecording(path, config)
    raise NoFrameSourceError(
        f"replay.path = {path} does not exist; name a folder of frames or a rosbag2 recording."
    )


class ReplayCamera:
    """Plays in real time, as fast as the node takes frames, or frame by frame through ``~/play_next``."""

    def __init__(self, node: Node, config: ReplayConfig) -> None:
        self._node, self._config = node, config
        self._recording = open_recording(config)
        self._stop = threading.Event()
        self._next = threading.Semaphore(0)
        self._thread: threading.Thread | None = None
        self._clock = create_publisher(node, Clock, "/clock", RESULT) if config.clock else None
        # Latched, beside the node's own broadcaster of its calibration: whoever comes late gets both.
        self._transforms = create_publisher(node, TFMessage, "/tf_static", LATCHED)
        if recorded := self._recording.static_transforms:
            self._transforms.publish(TFMessage(transforms=list(recorded)))
        self._service = node.create_service(Trigger, "~/play_next", self._on_play_next)

    @property
    def description(self) -> str:
        return self._config.path

    @property
    def expects_frames(self) -> bool:
        return not self._config.step and self._is_playing

    @property
    def why_silent(self) -> str:
        return ""

    @property
    def readings(self) -> Mapping[str, str]:
        return {}

    def start(self, on_frame: FrameCallback, on_error: ErrorCallback) -> None:
        self._stop.clear()
        self._thread = threading.Thread(
            target=self._run, args=(on_frame, on_error), name="replay", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._next.release()
        if self._thread is not None:
            self._thread.join()
        while self._next.acquire(blocking=False):
            pass  # steps that were asked for and not played

    def close(self) -> None:
        self._node.destroy_service(self._service)
        self._node.destroy_publisher(self._transforms)
        if self._clock is not None:
            self._node.destroy_publisher(self._clock)

    @property
    def _is_playing(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _on_play_next(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = self._config.step and self._is_playing
        if response.success:
            self._next.release()
        elif not self._config.step:
            response.message = "the recording plays by itself; set replay.step to play it frame by frame."
        else:
            response.message = (
                "the recording has ended or the node is not active; set replay.loop to start again."
            )
        return response

    def _run(self, on_frame: FrameCallback, on_error: ErrorCallback) -> None:
        try:
            while not self._stop.is_set():
                self._play_once(on_frame, on_error)
                if not self._config.loop or self._stop.wait(_MIN_LOOP_S):
                    break
        except PinchError as error:
            on_error(error)
        except Exception as error:
            self._node.get_logger().error(f"replay failed unexpectedly:\n{traceback.format_exc()}")
            on_error(CameraError(f"replay of {self._config.path} ended: {error}"))

    def _play_once(self, on_frame: FrameCallback, on_error: ErrorCallback) -> None:
        started = time.monotonic()
        for recorded in self._recording:
            if not self._wait_until_due(recorded, started):
                return
            try:
                frame = recorded.load()
            except PinchError as error:
                on_error(error)
                continue
            if not (self._config.keep_stamps and frame.stamp_ns):
                frame = dataclasses.replace(frame, stamp_ns=self._node.get_clock().now().nanoseconds)
            if self._clock is not None:
                self._clock.publish(Clock(clock=ns_to_stamp(frame.stamp_ns)))
            on_frame(frame)

    def _wait_until_due(self, recorded: RecordedFrame, started: float) -> bool:
        """False when playing was stopped meanwhile."""
        if self._config.step:
            self._next.acquire()
            return not self._stop.is_set()
        if self._config.speed == 0.0:
            return not self._stop.is_set()
        due = started + recorded.time_s / self._config.speed
        return not self._stop.wait(max(0.0, due - time.monotonic()))
