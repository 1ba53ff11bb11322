# SPDX-License-Identifier: Apache-2.0
"""A stored depth image and its camera's calibration to a frame: one rule for files, messages and bags."""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_format import DepthFormat, Rectified
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import ConfigError, IntrinsicsError
from pinch_core.geometry.camera import CameraIntrinsics

Array = NDArray[np.generic]

# Readings of a calibration that differ by less need no choice: a grasp moves by less than a pixel.
_SAME_PX = 0.5
_GRID = 9
_SAYS_RAW = re.compile(r"(^|[/_.-])(raw|unrect\w*)([/_.-]|$)", re.IGNORECASE)
_SAYS_RECTIFIED = re.compile(r"(^|[/_.-])rect(ified)?([/_.-]|$)", re.IGNORECASE)


class DepthCalibration(Protocol):
    """What a calibration tells of depth images, whichever file or message it came from."""

    @property
    def depth_scale(self) -> float | None:
        """Metres per stored unit of integer images; None where the calibration says nothing."""
        ...

    @property
    def describes_rectified(self) -> bool:
        """Whether it has a projection matrix of the rectified image beside the raw camera matrix."""
        ...

    def intrinsics(self, *, rectified: bool) -> CameraIntrinsics:
        """Of the rectified image (P), or of the raw one (K and distortion)."""
        ...


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
    calibration: DepthCalibration,
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
    intrinsics, notes = intrinsics_of(calibration, depth_format, source)
    frame = DepthFrame.from_array(
        stored,
        intrinsics,
        depth_format.with_scale(scale),
        frame_id=frame_id,
        stamp_ns=stamp_ns,
        source=source.image,
    )
    return frame.with_notes(notes)


def scale_of(
    dtype: np.dtype[np.generic], calibration: DepthCalibration, depth_format: DepthFormat, source: DepthSource
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
    calibration: DepthCalibration, depth_format: DepthFormat, source: DepthSource
) -> tuple[CameraIntrinsics, tuple[str, ...]]:
    """The intrinsics of the image as it is stored, and a sentence where they were assumed.

    Raises:
        IntrinsicsError: the calibration describes two different images, and nothing tells which one this is.
    """
    told = depth_format.rectified
    if told is Rectified.AUTO:
        told = told_by_name(source.topic)
    if told is not Rectified.AUTO:
        return calibration.intrinsics(rectified=told is Rectified.YES), ()
    assumed = source.assumed
    if assumed is Rectified.AUTO and not calibration.describes_rectified:
        return calibration.intrinsics(rectified=False), ()
    difference = _difference_px(calibration)
    if difference < _SAME_PX:
        return calibration.intrinsics(rectified=True), ()
    two = (
        f"{source.camera} describes a raw image (K, distortion) and a rectified one (P), up to "
        f"{difference:.0f} px apart"
    )
    if assumed is Rectified.AUTO:
        raise IntrinsicsError(
            f"{two}, and nothing tells which of them {source.image} is; set depth_format.rectified to yes "
            "or no."
        )
    meaning = "rectified, so the distortion was ignored" if assumed is Rectified.YES else "raw"
    return calibration.intrinsics(rectified=assumed is Rectified.YES), (
        f"{two}; {source.image} was taken for {meaning}: set depth_format.rectified to yes or no.",
    )


def told_by_name(topic: str) -> Rectified:
    """What a topic's name tells: ``image_raw`` is not rectified, ``image_rect_raw`` is (its raw means
    unfiltered).
    """
    if _SAYS_RECTIFIED.search(topic):
        return Rectified.YES
    return Rectified.NO if _SAYS_RAW.search(topic) else Rectified.AUTO


def _difference_px(calibration: DepthCalibration) -> float:
    """How far apart [px] a calibration puts what one pixel of the raw, or of the rectified image shows."""
    raw, rectified = (calibration.intrinsics(rectified=flag) for flag in (False, True))
    if raw == rectified:
        return 0.0
    columns, rows = np.meshgrid(np.linspace(0, raw.width - 1, _GRID), np.linspace(0, raw.height - 1, _GRID))
    pixels = np.stack([columns, rows], -1)
    moved = np.linalg.norm(rectified.project(raw.rays(pixels)) - pixels, axis=-1)
    return float(np.max(moved[np.isfinite(moved)], initial=0.0))
