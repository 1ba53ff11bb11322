# SPDX-License-Identifier: Apache-2.0
"""Publishes the cell's images from a separate thread, so that rendering never delays the physics."""

from __future__ import annotations

import threading
import traceback
from dataclasses import dataclass

import numpy as np
from rclpy.node import Node
from rclpy.publisher import Publisher
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from pinch_core.errors import PinchError
from pinch_ros.conversions import camera_info_from_intrinsics, ns_to_stamp, pixels_to_message
from pinch_ros.qos import RESULT, create_publisher
from pinch_sim.cell import Cell
from pinch_sim.cell_config import CellConfig
from pinch_sim.cell_state import Snapshot
from pinch_sim.node_config import NodeConfig
from pinch_sim.schedule import Schedule
from pinch_sim.sensor import CellCamera


@dataclass(frozen=True)
class _Job:
    snapshot: Snapshot
    depth: bool
    colour: bool
    overview: bool


class CameraPublisher:
    """Images in realsense-ros naming. Images without subscribers are not rendered; a frame is dropped while
    the one before is still being rendered, as in a camera driver."""

    def __init__(self, node: Node, cell_config: CellConfig, node_config: NodeConfig) -> None:
        self._node = node
        self._config = cell_config
        self._frames = node_config
        self._camera_due = Schedule(cell_config.camera.rate)
        self._overview_due = Schedule(node_config.overview_rate)
        # Reliable, as camera drivers publish: it matches reliable and best-effort subscribers.
        self._depth = create_publisher(node, Image, "camera/depth/image_rect_raw", RESULT)
        self._depth_info = create_publisher(node, CameraInfo, "camera/depth/camera_info", RESULT)
        self._colour = create_publisher(node, Image, "camera/color/image_raw", RESULT)
        self._colour_info = create_publisher(node, CameraInfo, "camera/color/camera_info", RESULT)
        self._overview = create_publisher(node, Image, "overview/image_raw", RESULT)
        self._due = 0
        self._job: _Job | None = None
        self._wake = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()

    def offer(self, cell: Cell) -> None:
        """Called by the cell's thread at every tick: hands over a snapshot if an image is due and
        wanted."""
        camera = self._camera_due.is_due(cell.time_ns) and not self._is_lost(cell)
        overview = self._overview_due.is_due(cell.time_ns)
        if not (camera or overview) or cell.faults.camera_stopped:
            return
        depth = camera and self._wanted(self._depth, self._depth_info)
        colour = camera and self._wanted(self._colour, self._colour_info)
        overview = overview and self._wanted(self._overview)
        if not (depth or colour or overview):
            return
        with self._wake:
            if self._job is None:
                self._job = _Job(cell.snapshot(), depth, colour, overview)
                self._wake.notify()

    def close(self) -> None:
        """End the thread and destroy the publishers."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        self._thread.join(timeout=30.0)
        for publisher in (self._depth, self._depth_info, self._colour, self._colour_info, self._overview):
            self._node.destroy_publisher(publisher)

    def _is_lost(self, cell: Cell) -> bool:
        """Whether the fault `images_lost` drops the image that is due: it drops every second one."""
        self._due += 1
        return cell.faults.images_lost and self._due % 2 == 0

    @staticmethod
    def _wanted(*publishers: Publisher) -> bool:
        return any(publisher.get_subscription_count() > 0 for publisher in publishers)

    def _run(self) -> None:
        camera = CellCamera(self._config)
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._job is not None or self._stopped)
                if self._stopped:
                    break
                job = self._job
            try:
                if job is not None:
                    self._publish(camera, job)
            except PinchError as error:
                self._node.get_logger().error(str(error), throttle_duration_sec=10.0)
            except Exception:
                if not self._stopped:
                    self._node.get_logger().error(
                        f"drawing failed:\n{traceback.format_exc()}", throttle_duration_sec=10.0
                    )
            with self._wake:
                self._job = None
        camera.close()

    def _publish(self, camera: CellCamera, job: _Job) -> None:
        stamp = ns_to_stamp(job.snapshot.time_ns)
        intrinsics = self._config.camera.intrinsics
        if job.depth:
            header = Header(stamp=stamp, frame_id=self._frames.depth_frame)
            millimetres = np.rint(np.nan_to_num(camera.depth(job.snapshot), nan=0.0) * 1000.0).astype(
                np.uint16
            )
            self._depth_info.publish(camera_info_from_intrinsics(intrinsics, header))
            self._depth.publish(pixels_to_message(millimetres, "16UC1", header))
        if job.colour:
            header = Header(stamp=stamp, frame_id=self._frames.colour_frame)
            self._colour_info.publish(camera_info_from_intrinsics(intrinsics, header))
            self._colour.publish(pixels_to_message(camera.colour(job.snapshot), "rgb8", header))
        if job.overview:
            header = Header(stamp=stamp, frame_id=self._frames.overview_frame)
            self._overview.publish(pixels_to_message(camera.overview(job.snapshot), "rgb8", header))
