# SPDX-License-Identifier: Apache-2.0
"""A stored depth image and its camera's calibration to a frame: one rule for files, messages and bags."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pinch_core.calibration import SAME_IMAGE_PX, Calibration
from pinch_core.depth_format import DepthFormat, Rectified
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import ConfigError
from pinch_core.geometry.camera import CameraIntrinsics

Array = NDArray[np.generic]

_SAYS_RAW = re.compile(r"(^|[/_.-])(raw|unrect\w*)([/_.-]|$)", re.IGNORECASE)
_SAYS_RECTIFIED = re.compile(r"(^|[/_.-])rect(ified)?([/_.-]|$)", re.IGNORECASE)


class DepthSource(NamedTuple):
    """Where an image and its calibration come from.

    ``image``, ``camera``: file or topic, for messages. ``topic``: name that may tell whether the image is
    rectified, empty for files. ``assumed``: what images of this kind are by convention, where nothing else
    tells.
    """

    image: str = "depth image"
    camera: str = "the camera info"
    topic: str = ""
    assumed: Rectified = Rectified.AUTO


def calibrated_frame(
    stored: Array,
    calibration: Calibration,
    depth_format: DepthFormat,
    source: DepthSource,
    *,
    frame_id: str = "camera",
    stamp_ns: int = 0,
) -> DepthFrame:
    """The frame.

    Args:
        stored: (H, W) or (H, W, 1), as the file or message holds it.

    Raises:
        InvalidDepthError, IntrinsicsError: as ``DepthFrame.from_array``.
        ConfigError: the format contradicts the calibration.
    """
    scale = scale_of(stored.dtype, calibration, depth_format, source)
    size = (stored.shape[1], stored.shape[0]) if stored.ndim >= 2 else None
    intrinsics, notes = intrinsics_of(calibration, depth_format, source, size)
    frame = DepthFrame.from_array(
        stored,
        intrinsics,
        depth_format.with_scale(scale),
        frame_id=frame_id,
        stamp_ns=stamp_ns,
        source=source.image,
    )
    return frame.with_notes((*calibration.warnings, *notes))


def scale_of(
    dtype: np.dtype[np.generic], calibration: Calibration, depth_format: DepthFormat, source: DepthSource
) -> float:
    """Metres per stored unit, 0 where the type alone tells. A calibration's scale is that of integers.

    Raises:
        ConfigError: format and calibration name different scales.
    """
    given, found = depth_format.scale, calibration.depth_scale
    if found is None or dtype.kind == "f":
        return given
    if given and not np.isclose(given, found, rtol=1e-3):
        raise ConfigError(
            f"depth_format.scale says {given:g} m per unit of {source.image}, but the depth_scale of "
            f"{source.camera} says {found:g} m; correct the one that is wrong."
        )
    return given or found


def intrinsics_of(
    calibration: Calibration,
    depth_format: DepthFormat,
    source: DepthSource,
    size: tuple[int, int] | None = None,
) -> tuple[CameraIntrinsics, tuple[str, ...]]:
    """The intrinsics of the image as it is stored, and a sentence where they were assumed.

    Args:
        size: (width, height) [px] of the image, for calibrations that do not say it.

    Raises:
        IntrinsicsError: the calibration describes two different images, and nothing tells which one this is.
    """
    told = depth_format.rectified
    if told is Rectified.AUTO:
        told = told_by_name(source.topic)
    if told is not Rectified.AUTO:
        return calibration.intrinsics(told is Rectified.YES, size=size), ()
    if source.assumed is Rectified.AUTO:
        return calibration.intrinsics(None, size=size), ()
    is_rectified = source.assumed is Rectified.YES
    intrinsics = calibration.intrinsics(is_rectified, size=size)
    apart_px = calibration.apart_px(size)
    if apart_px is None or apart_px < SAME_IMAGE_PX:
        return intrinsics, ()
    meaning = "rectified, so the distortion was ignored" if is_rectified else "raw"
    return intrinsics, (
        f"{source.camera} describes a raw image (K, distortion) and a rectified one (P), up to "
        f"{apart_px:.0f} px apart; {source.image} was taken for {meaning}: set depth_format.rectified to yes "
        "or no.",
    )


def told_by_name(topic: str) -> Rectified:
    """What a topic's name tells: ``image_raw`` is not rectified, ``image_rect_raw`` is (its raw means
    unfiltered).
    """
    if _SAYS_RECTIFIED.search(topic):
        return Rectified.YES
    return Rectified.NO if _SAYS_RAW.search(topic) else Rectified.AUTO
