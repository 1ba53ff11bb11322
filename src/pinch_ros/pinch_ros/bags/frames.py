# SPDX-License-Identifier: Apache-2.0
"""Depth images of a bag with their camera info, brought together without decoding them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pinch_core.calibrated_depth import DepthSource
from pinch_core.calibration import Calibration, calibration_from_camera_info
from pinch_core.depth_format import DepthFormat
from pinch_core.depth_frame import DepthFrame
from pinch_ros.bags.bag import Bag, RawMessage
from pinch_ros.bags.depth_topics import DepthTopics
from pinch_ros.bags.header import header_stamp_ns
from pinch_ros.conversions import depth_frame_of_calibration, header_warnings
from pinch_ros.errors import NoFrameError
from pinch_ros.exact_stamp import ExactStampMatcher


@dataclass(frozen=True)
class RawFrame:
    """The ``number``-th depth image of a bag that can be planned on, from 0. ``info`` is None where
    intrinsics come from elsewhere. ``time_ns``: of recording.
    """

    number: int
    stamp_ns: int
    time_ns: int
    image: RawMessage
    info: RawMessage | None

    def decode(
        self, depth_format: DepthFormat, calibration: Calibration | None = None, camera: str = ""
    ) -> DepthFrame:
        """The frame.

        Args:
            calibration: of the images, where it is not that of the camera info, and ``camera``, its file.

        Raises:
            PinchError: the image or the camera info cannot be used.
        """
        where = f"camera info of {self.image.where}"
        image = self.image.decode()
        contradictions: tuple[str, ...] = ()
        if calibration is None:
            assert self.info is not None
            info = self.info.decode()
            calibration, camera = calibration_from_camera_info(info, where), where
            contradictions = header_warnings(image.header, info)
        source = DepthSource(self.image.where, camera, self.image.topic)
        frame = depth_frame_of_calibration(image, calibration, depth_format, source)
        return replace(frame, notes=(*frame.notes, *contradictions)) if contradictions else frame


class FramePairing:
    """Collects images and camera info of exactly the same stamp as they come.

    ``images``: how many came. ``with_info``: False where the images alone will do.
    """

    def __init__(self, topics: DepthTopics, *, with_info: bool = True) -> None:
        self._topics, self._with_info = topics, with_info
        self._matcher = ExactStampMatcher(2 if with_info else 1)
        self._complete = 0
        self.images = 0

    def add(self, raw: RawMessage) -> RawFrame | None:
        """The frame that this message completes.

        Raises:
            DamagedFileError: the message has no stamp.
        """
        is_image = raw.topic == self._topics.image
        self.images += is_image
        if not (is_image or (self._with_info and raw.topic == self._topics.info)):
            return None
        stamp_ns = header_stamp_ns(raw)
        pair = self._matcher.add(0 if is_image else 1, stamp_ns, raw)
        if pair is None:
            return None
        self._complete += 1
        info = pair[1] if self._with_info else None
        return RawFrame(self._complete - 1, stamp_ns, raw.time_ns, pair[0], info)


def raw_frames(bag: Bag, topics: DepthTopics) -> Iterator[RawFrame]:
    """All frames of a camera, in the order of the recording.

    Raises:
        NoFrameError: the whole bag had none.
        DamagedFileError: the bag is damaged; what came before was yielded.
    """
    pairing, frame = FramePairing(topics), None
    for raw in bag.messages((topics.image, topics.info)):
        found = pairing.add(raw)
        if found is not None:
            frame = found
            yield frame
    if frame is None:
        raise NoFrameError(
            f"{bag.path} has no image on {topics.image} with camera info of the same stamp on {topics.info}; "
            "name another camera info topic or record both from one driver."
        )
