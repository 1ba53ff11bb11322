# SPDX-License-Identifier: Apache-2.0
"""Depth images and masks. cv_bridge decodes; what it would misread (steps, truncation) is refused before."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2
from std_msgs.msg import Header

from cv_bridge import CvBridge
from pinch_core.calibrated_depth import DepthSource, calibrated_frame
from pinch_core.calibration import Calibration, calibration_from_camera_info
from pinch_core.depth_format import DepthFormat, Rectified
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import InvalidDepthError, MaskError, PinchError
from pinch_ros.conversions.compressed_depth import depth_array_from_compressed
from pinch_ros.conversions.point_cloud import depth_array_from_cloud, refuse_contradicting_cloud
from pinch_ros.conversions.time import ns_to_stamp, stamp_to_ns

# What drivers send depth as.
DepthMessage: TypeAlias = "Image | CompressedImage | PointCloud2"

_BRIDGE = CvBridge()
_DEPTH_BYTES = {"32FC1": 4, "64FC1": 8, "16UC1": 2, "16SC1": 2, "32SC1": 4}
_MASK_BYTES = {"mono8": 1, "8UC1": 1}


def image_is_empty(image: Image) -> bool:
    """An image field that was left at its default: 0 x 0 and no data."""
    return image.width == 0 and image.height == 0 and len(image.data) == 0


def depth_array_from_message(
    image: Image, *, scale_is_given: bool = False, where: str = "depth image"
) -> NDArray[np.generic]:
    """The pixels of a depth image as they are stored, native byte order; ``DepthFormat`` says what they mean.

    ``mono16`` means grey values (infrared images carry it), so it is depth only where a scale is given.

    Raises:
        InvalidDepthError: empty, another encoding, a step that does not fit, or truncated data.
    """
    encoding = image.encoding
    if encoding == "mono16" and scale_is_given:
        encoding = "16UC1"
    if encoding not in _DEPTH_BYTES:
        hint = (
            " (grey values; if they are depth, set depth_format.scale to the metres of one unit)"
            if encoding == "mono16"
            else ""
        )
        raise InvalidDepthError(
            f"{where} has the encoding '{image.encoding}'{hint}; depth is 32FC1 (metres), 16UC1 "
            "(millimetres), or one of 64FC1, 16SC1, 32SC1."
        )
    return _pixels(image, encoding, _DEPTH_BYTES[encoding], where, InvalidDepthError)


def depth_array(
    message: DepthMessage, *, scale_is_given: bool = False, where: str = "depth image"
) -> NDArray[np.generic]:
    """The pixels of whatever a driver sends depth as, as they are stored.

    Raises:
        InvalidDepthError: it cannot be read.
    """
    if isinstance(message, CompressedImage):
        return depth_array_from_compressed(message, scale_is_given=scale_is_given, where=where)
    if isinstance(message, PointCloud2):
        return depth_array_from_cloud(message, where=where)
    return depth_array_from_message(message, scale_is_given=scale_is_given, where=where)


def depth_frame_from_messages(
    image: DepthMessage,
    info: CameraInfo,
    depth_format: DepthFormat | None = None,
    *,
    topic: str = "",
    assumed: Rectified = Rectified.AUTO,
    source: str = "depth image",
) -> DepthFrame:
    """A depth frame with the image's stamp and frame.

    Args:
        image: also of compressed_depth_image_transport, or an organised point cloud in the optical frame.
        depth_format: how it is to be read.
        topic, assumed: what tells whether it is rectified, see :class:`DepthSource`.
        source: topic or field, for messages.

    Raises:
        InvalidDepthError, IntrinsicsError, ConfigError: see :func:`calibrated_frame`.
    """
    calibration = calibration_from_camera_info(info, f"camera info of {source}")
    where = DepthSource(source, calibration.source, topic, assumed)
    return depth_frame_of_calibration(image, calibration, depth_format or DepthFormat(), where)


def depth_frame_of_calibration(
    image: DepthMessage, calibration: Calibration, depth_format: DepthFormat, source: DepthSource
) -> DepthFrame:
    """The same, with a calibration from a message or a file."""
    scale_is_given = bool(depth_format.scale or calibration.depth_scale)
    frame = calibrated_frame(
        depth_array(image, scale_is_given=scale_is_given, where=source.image),
        calibration,
        depth_format,
        source,
        frame_id=image.header.frame_id,
        stamp_ns=stamp_to_ns(image.header.stamp),
    )
    if isinstance(image, PointCloud2):
        refuse_contradicting_cloud(image, frame.intrinsics, where=source.image)
    return frame


def depth_frame_to_image(frame: DepthFrame) -> Image:
    """A 32FC1 image [m, NaN = no return]."""
    header = Header(stamp=ns_to_stamp(frame.stamp_ns), frame_id=frame.frame_id)
    return pixels_to_message(frame.depth, "32FC1", header)


def mask_from_message(image: Image, *, where: str = "segmask") -> NDArray[np.bool_]:
    """Bool[H, W]: the non-zero pixels of a mono8 image.

    Raises:
        MaskError: empty, another encoding, a step that does not fit, or truncated data.
    """
    if image.encoding not in _MASK_BYTES:
        raise MaskError(
            f"{where} has the encoding '{image.encoding}'; a mask is mono8, non-zero where to grasp."
        )
    return np.asarray(_pixels(image, image.encoding, 1, where, MaskError) != 0)


def mask_to_message(mask: NDArray[np.bool_], header: Header) -> Image:
    """A mono8 image, 255 where the mask is set."""
    return pixels_to_message(mask.astype(np.uint8) * np.uint8(255), "mono8", header)


def pixels_to_message(pixels: NDArray[np.generic], encoding: str, header: Header) -> Image:
    """An image of (H, W) or (H, W, channels) as ``encoding`` (sensor_msgs/image_encodings) says."""
    return _BRIDGE.cv2_to_imgmsg(pixels, encoding=encoding, header=header)


def color_image_to_message(bgr: NDArray[np.uint8], header: Header) -> Image:
    """A bgr8 image of UInt8[H, W, 3]."""
    return pixels_to_message(bgr, "bgr8", header)


def color_image_from_message(image: Image) -> NDArray[np.uint8]:
    """UInt8[H, W, 3], BGR, of a colour image in any order of its channels."""
    return np.asarray(_BRIDGE.imgmsg_to_cv2(image, "bgr8"))


def _pixels(
    image: Image, encoding: str, pixel_bytes: int, where: str, error: type[PinchError]
) -> NDArray[Any]:
    height, width, step = int(image.height), int(image.width), int(image.step)
    if height == 0 or width == 0:
        raise error(f"{where} is {width} x {height}; an image with pixels is needed.")
    if step < width * pixel_bytes or step % pixel_bytes:
        raise error(
            f"{where} has step {step} bytes for {width} pixels of {pixel_bytes} bytes; the step must be a "
            f"multiple of {pixel_bytes} and at least {width * pixel_bytes}."
        )
    if len(image.data) < step * height:
        raise error(
            f"{where} holds {len(image.data)} bytes where {height} rows of {step} bytes need "
            f"{step * height}; it was truncated on its way."
        )
    relabelled = Image(
        header=image.header,
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=image.is_bigendian,
        step=step,
    )
    relabelled.data = image.data
    return np.asarray(_BRIDGE.imgmsg_to_cv2(relabelled, desired_encoding="passthrough"))[:height, :width]
