# SPDX-License-Identifier: Apache-2.0
"""The overhead depth camera: its pose and its projection."""

from __future__ import annotations

import math

import mujoco
import numpy as np

from pinch_core.config import configclass, setting
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform

# MuJoCo's camera looks along -z with y up; an optical frame looks along +z with y down.
_OPTICAL_TO_OPENGL = np.diag([1.0, -1.0, -1.0])


@configclass
class DepthCameraConfig:
    """An ideal pinhole camera over the table; StructuredLightNoise adds the sensor's noise."""

    rate: float = setting(
        default=15.0, unit="Hz", help="images per second of simulated time", lower=0.1, upper=120.0
    )
    width: int = setting(default=640, unit="px", help="columns", lower=16, upper=4096)
    height: int = setting(default=480, unit="px", help="rows", lower=16, upper=4096)
    fx: float = setting(default=525.0, unit="px", help="focal length along the rows", lower=10.0, upper=1e4)
    fy: float = setting(
        default=525.0, unit="px", help="focal length along the columns", lower=10.0, upper=1e4
    )
    cx: float = setting(default=319.5, unit="px", help="principal point, column", lower=0.0, upper=4096.0)
    cy: float = setting(default=239.5, unit="px", help="principal point, row", lower=0.0, upper=4096.0)
    distance: float = setting(
        default=0.70, unit="m", help="height of the camera over the table", lower=0.1, upper=5.0
    )
    target_x: float = setting(
        default=0.50, unit="m", help="table point in the image centre, x in the base", lower=-3.0, upper=3.0
    )
    target_y: float = setting(
        default=0.0, unit="m", help="table point in the image centre, y in the base", lower=-3.0, upper=3.0
    )
    tilt: float = setting(
        default=0.17,
        unit="rad",
        help="angle from straight down; positive: away from the robot, looking back",
        lower=-1.2,
        upper=1.2,
    )
    near: float = setting(
        default=0.25, unit="m", help="nearer surfaces give no return", lower=0.01, upper=5.0
    )
    far: float = setting(default=2.5, unit="m", help="farther surfaces give no return", lower=0.1, upper=50.0)

    @property
    def intrinsics(self) -> CameraIntrinsics:
        return CameraIntrinsics(self.width, self.height, self.fx, self.fy, self.cx, self.cy)

    @property
    def T_base_cam(self) -> Transform:
        """Pose of the optical frame in the robot's base; the robot stands at the top of the image."""
        target = np.array([self.target_x, self.target_y, 0.0])
        eye = target + self.distance * np.array([math.tan(self.tilt), 0.0, 1.0])
        return Transform.look_at(eye, target, up=(-1.0, 0.0, 0.0))


def add_camera(spec: mujoco.MjSpec, name: str, intrinsics: CameraIntrinsics, T_base_cam: Transform) -> None:
    """Put a camera of exactly these intrinsics into the scene."""
    rotation = Transform(T_base_cam.rotation @ _OPTICAL_TO_OPENGL, T_base_cam.translation)
    x, y, z, w = rotation.quaternion
    camera = spec.worldbody.add_camera(name=name, pos=T_base_cam.translation, quat=(w, x, y, z))
    camera.resolution = intrinsics.size
    # Lengths on the sensor only matter relative to its size; one unit per pixel keeps the numbers
    # readable.
    camera.sensor_size = intrinsics.size
    camera.focal_pixel = (intrinsics.fx, intrinsics.fy)
    # MuJoCo counts the principal point from the image centre, which lies at (W - 1) / 2 where pixel centres
    # are integers; to the left and up, as ray casting shows.
    camera.principal_pixel = (
        (intrinsics.width - 1) / 2 - intrinsics.cx,
        (intrinsics.height - 1) / 2 - intrinsics.cy,
    )
