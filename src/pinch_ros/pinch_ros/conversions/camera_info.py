# SPDX-License-Identifier: Apache-2.0
"""CameraInfo and camera intrinsics, by the rules of :mod:`pinch_core.calibration` that hold for files too."""

from __future__ import annotations

from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from pinch_core.calibration import calibration_from_camera_info
from pinch_core.geometry.camera import CameraIntrinsics, DistortionModel


def intrinsics_from_camera_info(
    info: CameraInfo, *, rectified: bool | None = False, where: str = "camera_info"
) -> CameraIntrinsics:
    """The intrinsics of the image that came with ``info``: the published one, after region of interest and
    binning.

    Args:
        rectified: the image is rectified (image_rect): P and no distortion; K serves where P is all zero and
            there is no distortion. False: K and D. None: derived where raw and rectified do not differ.
        where: topic or field, for messages.

    Raises:
        IntrinsicsError: see :meth:`pinch_core.calibration.Calibration.intrinsics`.
    """
    return calibration_from_camera_info(info, where).intrinsics(rectified)


def camera_info_from_intrinsics(intrinsics: CameraIntrinsics, header: Header) -> CameraInfo:
    """A CameraInfo without region of interest or binning; its P is K: what rectifying to the same matrix
    gives.

    No distortion is spelled as ``plumb_bob`` with five zeros, which more consumers understand than an empty
    model.
    """
    k = intrinsics
    model, distortion = k.distortion_model.value, list(k.distortion)
    if k.distortion_model is DistortionModel.NONE:
        model, distortion = DistortionModel.PLUMB_BOB.value, [0.0] * 5
    return CameraInfo(
        header=header, width=k.width, height=k.height, distortion_model=model, d=distortion,
        k=[k.fx, 0.0, k.cx, 0.0, k.fy, k.cy, 0.0, 0.0, 1.0],
        r=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        p=[k.fx, 0.0, k.cx, 0.0, 0.0, k.fy, k.cy, 0.0, 0.0, 0.0, 1.0, 0.0],
    )  # fmt: skip
