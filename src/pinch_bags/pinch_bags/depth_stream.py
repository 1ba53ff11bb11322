# SPDX-License-Identifier: Apache-2.0
"""The depth images of a bag that are read, and how: one value for all that read them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pinch_core.calibration import read_calibration
from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_ros.bags import Bag, DepthTopics, FramePairing, RawFrame, choose_depth_topics


@dataclass(frozen=True)
class DepthStream:
    """``intrinsics``: None where those of the camera info apply. ``rectified``: as the images are."""

    topics: DepthTopics
    intrinsics: CameraIntrinsics | None = None
    rectified: bool = True

    def pairing(self) -> FramePairing:
        """What brings images and camera info together in a pass; images alone where intrinsics are given."""
        return FramePairing(self.topics, with_info=self.intrinsics is None)

    def decode(self, raw: RawFrame) -> DepthFrame:
        """The frame.

        Raises:
            PinchError: the image or the camera info cannot be used.
        """
        return raw.decode(self.intrinsics, rectified=self.rectified)


def find_depth_stream(
    bag: Bag, image: str = "", info: str = "", camera: Path | None = None, *, rectified: bool = True
) -> DepthStream:
    """The stream as named.

    Args:
        image: topic of the depth images; empty for the only one with 'depth' in its name.
        info: topic of their camera info; empty for camera_info beside them.
        camera: camera file in place of the camera info.
        rectified: the images are, so P applies; else K and D. Of the file as of the camera info.

    Raises:
        NoFrameError: there is no such topic, or no single one.
        PinchError: the camera file cannot be used.
    """
    topics = choose_depth_topics(bag, image, info, needs_info=camera is None)
    intrinsics = None if camera is None else read_calibration(camera).intrinsics(rectified)
    return DepthStream(topics, intrinsics, rectified)
