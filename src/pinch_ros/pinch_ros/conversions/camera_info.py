# SPDX-License-Identifier: Apache-2.0
"""CameraInfo and camera intrinsics.

K and D belong to the image as the sensor takes it, P to the rectified one. Region of interest and binning are
applied, so the intrinsics are those of the image that is published with the message.
"""

from __future__ import annotations

from dataclasses import replace

from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from pinch_core.errors import IntrinsicsError
from pinch_core.geometry.camera import CameraIntrinsics, DistortionModel

# Spellings that drivers use for the models of sensor_msgs/distortion_models.
_MODELS = {
    "plumb_bob": DistortionModel.PLUMB_BOB,
    "radtan": DistortionModel.PLUMB_BOB,
    "brown conrady": DistortionModel.PLUMB_BOB,
    "rational_polynomial": DistortionModel.RATIONAL_POLYNOMIAL,
    "equidistant": DistortionModel.EQUIDISTANT,
    "fisheye": DistortionModel.EQUIDISTANT,
    "kannala brandt4": DistortionModel.EQUIDISTANT,
}


def intrinsics_from_camera_info(
    info: CameraInfo, *, rectified: bool = False, where: str = "camera_info"
) -> CameraIntrinsics:
    """The intrinsics of the image that came with ``info``.

    Args:
        rectified: the image is rectified (image_rect): use P and no distortion. Otherwise K and D. Where P is
        all
            zero, as simple drivers leave it, K serves both.
        where: topic or field, for messages.

    Raises:
        IntrinsicsError: not calibrated, an unknown distortion model, the right camera of a stereo pair, a
        region of
            interest that the calibration cannot be cut to.
    """
    p = [float(v) for v in info.p]
    if rectified and any(v != 0.0 for v in p):
        if p[3] != 0.0 or p[7] != 0.0:
            raise IntrinsicsError(
                f"{where} has Tx = {p[3]:g}, Ty = {p[7]:g} in P: it belongs to the second camera of a stereo "
                "pair; depth is given in the first one's frame, use its camera_info."
            )
        fx, fy, cx, cy, skew = p[0], p[5], p[2], p[6], p[1]
    else:
        k = [float(v) for v in info.k]
        fx, fy, cx, cy, skew = k[0], k[4], k[2], k[5], k[1]
    if skew != 0.0:
        raise IntrinsicsError(
            f"{where} has a skew of {skew:g} px; calibrate with square-angled pixels (skew 0)."
        )
    model, distortion = (DistortionModel.NONE, ()) if rectified else _distortion(info, where)
    try:
        full = CameraIntrinsics(int(info.width), int(info.height), fx, fy, cx, cy, model, distortion)
    except IntrinsicsError as error:
        raise IntrinsicsError(f"{where}: {error}") from error
    return _binned(_cropped(full, info, rectified, where), info, where)


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


def _distortion(info: CameraInfo, where: str) -> tuple[DistortionModel, tuple[float, ...]]:
    coefficients = tuple(float(v) for v in info.d)
    if all(c == 0.0 for c in coefficients):
        return DistortionModel.NONE, ()
    model = _MODELS.get(info.distortion_model.strip().lower())
    if model is None:
        raise IntrinsicsError(
            f"{where} names the distortion model '{info.distortion_model}' with coefficients that are not "
            f"zero; known: {', '.join(sorted(_MODELS))}."
        )
    return model, coefficients


def _cropped(full: CameraIntrinsics, info: CameraInfo, rectified: bool, where: str) -> CameraIntrinsics:
    roi = info.roi
    column, row, width, height = (int(v) for v in (roi.x_offset, roi.y_offset, roi.width, roi.height))
    # All zero means the whole image, as does a region of the full size.
    if (width, height) in ((0, 0), full.size) and (column, row) == (0, 0):
        return full
    if width == 0 or height == 0 or column + width > full.width or row + height > full.height:
        raise IntrinsicsError(
            f"{where} has a region of interest of {width} x {height} at ({column}, {row}), not inside its "
            f"image of {full.width} x {full.height}; correct the driver's region of interest."
        )
    if rectified and roi.do_rectify:
        raise IntrinsicsError(
            f"{where} has a region of interest with do_rectify set: where it lies in the rectified image is "
            "not known; publish the full image."
        )
    return full.cropped(column, row, width, height)


def _binned(full: CameraIntrinsics, info: CameraInfo, where: str) -> CameraIntrinsics:
    # 0 and 1 both mean no binning.
    bin_x, bin_y = max(1, int(info.binning_x)), max(1, int(info.binning_y))
    if bin_x == bin_y == 1:
        return full
    if full.width < bin_x or full.height < bin_y:
        raise IntrinsicsError(
            f"{where} bins {bin_x} x {bin_y} pixels of an image of {full.width} x {full.height}; correct "
            "binning_x/y."
        )
    # Pixel centres are at integers, so the centre of the first b pixels, (b - 1) / 2, becomes 0.
    return replace(
        full, width=full.width // bin_x, height=full.height // bin_y, fx=full.fx / bin_x, fy=full.fy / bin_y,
        cx=(full.cx + 0.5) / bin_x - 0.5, cy=(full.cy + 0.5) / bin_y - 0.5,
    )  # fmt: skip
