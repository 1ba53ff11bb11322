# SPDX-License-Identifier: Apache-2.0
"""Frames of a RealSense D400 camera."""

from __future__ import annotations

import contextlib
import threading
import traceback
from collections.abc import Mapping
from typing import Any

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from std_srvs.srv import Trigger

from pinch_camera.depth_camera import ErrorCallback, FrameCallback
from pinch_camera.errors import CameraError
from pinch_camera.realsense.config import RealSenseConfig
from pinch_camera.realsense.device import RealSenseDevice, load_librealsense
from pinch_core.depth_format import DepthFormat
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import PinchError
from pinch_core.geometry.camera import CameraIntrinsics, DistortionModel
from pinch_ros.conversions import color_image_to_message, ns_to_stamp
from pinch_ros.qos import RESULT, create_publisher

# How often the thread looks whether it should stop while no frame comes.
_WAIT_MS = 500


class RealSenseCamera:
    """Streams depth, and with ``color`` the colour image as the depth camera would see it.

    Also serves ``~/hardware_reset``. An unplugged camera is silent; whoever supervises it makes a new one.

    Raises:
        CameraError: librealsense is missing, the camera is not connected, or does not take a setting.
    """

    def __init__(self, node: Node, config: RealSenseConfig) -> None:
        self._node, self._config = node, config
        self._rs = load_librealsense()
        self._device = RealSenseDevice(self._rs, config.serial)
        self._device.apply(config)
        self._name, self._scale = self._device.name, self._device.depth_scale
        self._pipeline: Any = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._filters = _filters(self._rs, config)
        self._align = self._rs.align(self._rs.stream.depth) if config.color else None
        self._color = create_publisher(node, Image, "~/color/image_rect", RESULT) if config.color else None
        self._service = node.create_service(Trigger, "~/hardware_reset", self._on_hardware_reset)

    @property
    def description(self) -> str:
        return self._name

    @property
    def expects_frames(self) -> bool:
        return True

    @property
    def why_silent(self) -> str:
        return ""

    @property
    def readings(self) -> Mapping[str, str]:
        return self._device.readings()

    def start(self, on_frame: FrameCallback, on_error: ErrorCallback) -> None:
        """
        Raises:
            CameraError: the camera has no such profile, or another program uses it.
        """
        rs, c = self._rs, self._config
        wanted = rs.config()
        wanted.enable_device(self._device.serial)
        wanted.enable_stream(rs.stream.depth, c.width, c.height, rs.format.z16, c.fps)
        if c.color:
            wanted.enable_stream(rs.stream.color, rs.format.bgr8, c.fps)
        self._pipeline = rs.pipeline()
        try:
            self._pipeline.start(wanted)
        except RuntimeError as error:
            self._pipeline = None
            raise CameraError(
                f"{self._name} does not stream depth at {c.width} x {c.height}, {c.fps} Hz ({error}); choose "
                "another profile, and close other programs that use it."
            ) from error
        self._stop.clear()
        self._thread = threading.Thread(
            target=self._run, args=(self._pipeline, on_frame, on_error), name="realsense", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._pipeline is not None:
            # An unplugged camera has stopped by itself, and says so.
            with contextlib.suppress(RuntimeError):
                self._pipeline.stop()
            self._pipeline = None

    def close(self) -> None:
        self._node.destroy_service(self._service)
        if self._color is not None:
            self._node.destroy_publisher(self._color)

    def _run(self, pipeline: Any, on_frame: FrameCallback, on_error: ErrorCallback) -> None:
        while not self._stop.is_set():
            try:
                frames = pipeline.wait_for_frames(_WAIT_MS)
            except RuntimeError as error:
                on_error(CameraError(f"{self._name} sends no frames ({error}); check its cable."))
                self._stop.wait(_WAIT_MS / 1e3)
                continue
            try:
                on_frame(self._frame(frames))
            except PinchError as error:
                on_error(error)
            except Exception as error:
                self._node.get_logger().error(f"a frame failed unexpectedly:\n{traceback.format_exc()}")
                on_error(CameraError(f"a frame of {self._name} was lost: {error}"))

    def _frame(self, frames: Any) -> DepthFrame:
        if self._align is not None:
            frames = self._align.process(frames)
        depth = frames.get_depth_frame()
        stamp_ns = self._stamp_ns(depth)
        if self._color is not None:
            # Pixel by pixel beside the depth image, so with its stamp.
            header = Header(stamp=ns_to_stamp(stamp_ns), frame_id=self._config.frame_id)
            bgr = np.asanyarray(frames.get_color_frame().get_data())
            self._color.publish(color_image_to_message(bgr, header))
        for each in self._filters:
            depth = each.process(depth)
        profile = depth.get_profile().as_video_stream_profile()
        return DepthFrame.from_array(
            np.asanyarray(depth.get_data()),
            _intrinsics(self._rs, profile.get_intrinsics()),
            DepthFormat(scale=float(self._scale)),
            frame_id=self._config.frame_id,
            stamp_ns=stamp_ns,
            source=self._name,
        )

    def _stamp_ns(self, frame: Any) -> int:
        """Of the exposure where librealsense knows it in the system's time, else of now."""
        if frame.get_frame_timestamp_domain() == self._rs.timestamp_domain.hardware_clock:
            return int(self._node.get_clock().now().nanoseconds)
        return round(float(frame.get_timestamp()) * 1e6)

    def _on_hardware_reset(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        try:
            self._device.hardware_reset()
        except CameraError as error:
            response.message = str(error)
        else:
            response.success = True
            response.message = f"{self._name} restarts; frames come again within seconds."
        return response


def _filters(rs: Any, config: RealSenseConfig) -> list[Any]:
    """In librealsense's order: the first two work on disparity, in which noise is alike near and far."""
    on_disparity = [
        *([rs.spatial_filter()] if config.spatial else []),
        *([rs.temporal_filter()] if config.temporal else []),
    ]
    if on_disparity:
        on_disparity = [rs.disparity_transform(True), *on_disparity, rs.disparity_transform(False)]
    return [*on_disparity, *([rs.hole_filling_filter()] if config.hole_filling else [])]


def _intrinsics(rs: Any, k: Any) -> CameraIntrinsics:
    """
    Raises:
        CameraError: distorted in a way that other programs do not know.
    """
    if not any(k.coeffs):
        return CameraIntrinsics(k.width, k.height, k.fx, k.fy, k.ppx, k.ppy)
    if k.model != rs.distortion.brown_conrady:
        raise CameraError(
            f"the depth image has the distortion {k.model}; only brown_conrady can be removed: "
            "choose another profile."
        )
    lens = DistortionModel.PLUMB_BOB
    return CameraIntrinsics(k.width, k.height, k.fx, k.fy, k.ppx, k.ppy, lens, tuple(map(float, k.coeffs)))
