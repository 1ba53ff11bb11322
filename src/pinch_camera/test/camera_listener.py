# SPDX-License-Identifier: Apache-2.0
"""The camera node with parameters, and a node that hears it and plays the part of a driver."""

from __future__ import annotations

from typing import Any

from camera_recordings import CAMERA
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from pinch_interfaces.srv import Capture
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.publisher import Publisher
from sensor_msgs.msg import CameraInfo, Image
from std_srvs.srv import Trigger

from pinch_camera.node import DepthCameraNode
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_ros.conversions import camera_info_from_intrinsics
from pinch_ros.qos import SENSOR_DATA
from pinch_ros.testing import wait_for, wait_until


def camera(**parameters: Any) -> Any:
    overrides = [Parameter(name.replace("__", "."), value=value) for name, value in parameters.items()]
    return lambda context: DepthCameraNode(context=context, parameter_overrides=overrides)


class Listener(Node):
    """Hears what the camera publishes, and plays the part of a driver."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("listener", **kwargs)
        self.images: list[Image] = []
        self.infos: list[CameraInfo] = []
        self.statuses: list[DiagnosticStatus] = []
        self.create_subscription(Image, "/depth_camera/depth/image_rect", self.images.append, SENSOR_DATA)
        self.create_subscription(
            CameraInfo, "/depth_camera/depth/camera_info", self.infos.append, SENSOR_DATA
        )
        self.create_subscription(
            DiagnosticArray, "/diagnostics", lambda m: self.statuses.extend(m.status), 10
        )
        self.driver_image = self.create_publisher(Image, "/driver/depth/image", 5)
        self.driver_info = self.create_publisher(CameraInfo, "/driver/depth/camera_info", 5)
        self.next = self.create_client(Trigger, "/depth_camera/play_next")
        self.capture = self.create_client(Capture, "/depth_camera/capture")

    def drive(
        self,
        image: Any,
        camera: CameraIntrinsics = CAMERA,
        *,
        publisher: Publisher | None = None,
        with_info: bool = True,
    ) -> None:
        publisher = publisher or self.driver_image
        wait_until(publisher.get_subscription_count, "the relay's subscription")
        if with_info:
            wait_until(self.driver_info.get_subscription_count, "the relay's subscription")
            self.driver_info.publish(camera_info_from_intrinsics(camera, image.header))
        publisher.publish(image)

    def drive_until_heard(self, image: Any, camera: CameraIntrinsics = CAMERA, **how: Any) -> Image:
        """Best effort may lose the first ones, while nodes are still finding each other."""

        def heard() -> list[Image]:
            self.drive(image, camera, **how)
            return [one for one in self.images if one.header.stamp == image.header.stamp]

        return wait_until(heard, "the relayed frame")[-1]

    def call(self, client: Any, request: Any) -> Any:
        assert client.wait_for_service(20.0)
        return wait_for(client.call_async(request), "the answer of a service")
