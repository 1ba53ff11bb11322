# SPDX-License-Identifier: Apache-2.0
"""What a bag holds of one depth camera, and whether a planner can work with it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from pinch_core.calibration import Calibration, calibration_from_camera_info
from pinch_core.depth_format import DepthFormat
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import DamagedFileError, PinchError
from pinch_ros.bags import (
    Bag,
    DepthTopics,
    FramePairing,
    RawFrame,
    RawMessage,
    RecordedTransforms,
    header_frame_id,
    header_stamp_ns,
)
from pinch_ros.bags.depth_topics import INFO, info_topic_beside
from pinch_ros.errors import UnknownMessageTypeError


@dataclass(frozen=True)
class CameraSurvey:
    """``intrinsics``: width, height, fx, fy, cx, cy [px]. ``chain``: the optical frame, what it is fixed
    to, and so on. ``median_depth`` [m] and ``hole_ratio`` of the first frame. ``missing``: sentences with
    remedies.
    """

    image_topic: str
    info_topic: str
    images: int
    pairs: int
    encoding: str
    size: tuple[int, int] | None
    frame_id: str
    intrinsics: tuple[float, ...] | None
    distortion: bool
    chain: list[str]
    base_frame: str
    median_depth: float | None
    hole_ratio: float | None
    jumps_back: int
    missing: list[str]

    @property
    def can_be_planned_on(self) -> bool:
        """Whether there is a frame that can be decoded."""
        return self.median_depth is not None


@dataclass
class CameraProbe:
    """Collects what messages tell of a camera."""

    topics: DepthTopics
    has_info: bool
    pairing: FramePairing
    first_image: RawMessage | None = None
    first: RawFrame | None = None
    calibrations: set[Calibration] = field(default_factory=set)
    jumps_back: int = 0
    pairs: int = 0
    _last_ns: int | None = None

    @classmethod
    def of(cls, bag: Bag, image: str) -> CameraProbe:
        """For an image topic and the camera info beside it."""
        info = info_topic_beside(image)
        has_info = info in bag.topics and bag.topics[info].type == INFO
        topics = DepthTopics(image, info)
        return cls(topics, has_info, FramePairing(topics, with_info=has_info))

    def take(self, raw: RawMessage) -> None:
        """Look at a message of whatever topic."""
        if raw.topic == self.topics.info and self.has_info:
            self._take_info(raw)
        elif raw.topic == self.topics.image:
            self.first_image = self.first_image or raw
            stamp_ns = header_stamp_ns(raw)
            self.jumps_back += self._last_ns is not None and stamp_ns < self._last_ns
            self._last_ns = stamp_ns
        frame = self.pairing.add(raw)
        if frame is not None:
            self.pairs += self.has_info
            self.first = self.first or frame

    def _take_info(self, raw: RawMessage) -> None:
        # Of a bad one the first frame tells.
        with suppress(PinchError):
            self.calibrations.add(calibration_from_camera_info(raw.decode(), self.topics.info))

    def survey(
        self, transforms: RecordedTransforms, base_frame: str, depth_format: DepthFormat
    ) -> CameraSurvey:
        """All that was found, with what is missing."""
        missing: list[str] = []
        frame = self._first_frame(missing, depth_format)
        encoding, size = self._image_format()
        optical = header_frame_id(self.first_image) if self.first_image is not None else ""
        chain = transforms.chain(optical) if optical else []
        base = base_frame or (chain[-1] if len(chain) > 1 else "")
        if not _connected(transforms, optical, base):
            missing.append(
                f"'{optical}' is not connected to {f'{base!r}' if base else 'any other frame'} by /tf and "
                "/tf_static; record both, or give the camera's pose with --camera-pose FILE."
            )
        if self.jumps_back:
            missing.append(
                f"stamps jump back {self.jumps_back} times: a clock was set, or recordings were "
                "joined; record "
                "one run at a time, or evaluate them knowing that."
            )
        if len(self.calibrations) > 1:
            missing.append(
                f"the camera info has {len(self.calibrations)} different contents; each image is "
                "planned on with its "
                "own, but record a camera with fixed settings."
            )
        k = None if frame is None else frame.intrinsics
        return CameraSurvey(
            self.topics.image,
            self.topics.info if self.has_info else "",
            self.pairing.images,
            self.pairs,
            encoding,
            size,
            optical,
            None if k is None else (k.width, k.height, k.fx, k.fy, k.cx, k.cy),
            k is not None and k.is_distorted,
            chain,
            base,
            None if frame is None else float(np.nanmedian(frame.depth)),
            None if frame is None else frame.hole_ratio,
            self.jumps_back,
            missing,
        )

    def _first_frame(self, missing: list[str], depth_format: DepthFormat) -> DepthFrame | None:
        if not self.has_info:
            missing.append(
                f"there is no camera info on {self.topics.info}; record it, name it with "
                "--info-topic, or give "
                "the intrinsics with --camera FILE."
            )
            return None
        if self.first is None:
            missing.append(
                f"none of the {self.pairing.images} images has camera info of its stamp on "
                f"{self.topics.info}; "
                "record both from one driver, or give the intrinsics with --camera FILE."
            )
            return None
        if self.pairs < self.pairing.images:
            missing.append(
                f"{self.pairing.images - self.pairs} of {self.pairing.images} images have no camera info of "
                "their stamp; they are left out, unless --camera FILE gives the intrinsics."
            )
        try:
            frame = self.first.decode(depth_format)
        except PinchError as error:
            missing.append(str(error))
            return None
        missing.extend(frame.notes)
        return frame

    def _image_format(self) -> tuple[str, tuple[int, int] | None]:
        if self.first_image is None:
            return "", None
        try:
            image = self.first_image.decode()
        except (DamagedFileError, UnknownMessageTypeError):
            return "", None
        if hasattr(image, "encoding"):
            return str(image.encoding), (int(image.width), int(image.height))
        return str(image.format), None


def _connected(transforms: RecordedTransforms, frame: str, base: str) -> bool:
    return bool(frame and base) and transforms.chain(frame)[-1] == transforms.chain(base)[-1]
