# SPDX-License-Identifier: Apache-2.0
"""The depth images of a bag that are read, and how: one value for all that read them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pinch_core.calibration import Calibration, read_calibration
from pinch_core.depth_format import DepthFormat
from pinch_core.depth_frame import DepthFrame
from pinch_ros.bags import Bag, DepthTopics, FramePairing, RawFrame, choose_depth_topics


@dataclass(frozen=True)
class DepthStream:
    """``depth_format``: how images are to be read. ``calibration``: None where the camera info applies, else
    what the file ``camera`` says.
    """

    topics: DepthTopics
    depth_format: DepthFormat = field(default_factory=DepthFormat)
    calibration: Calibration | None = None
    camera: str = ""

    def pairing(self) -> FramePairing:
        """What brings images and camera info together in a pass; images alone with a camera file."""
        return FramePairing(self.topics, with_info=self.calibration is None)

    def decode(self, raw: RawFrame) -> DepthFrame:
        """The frame.

        Raises:
            PinchError: the image or the camera info cannot be used.
        """
        return raw.decode(self.depth_format, self.calibration, self.camera)


def find_depth_stream(
    bag: Bag,
    image: str = "",
    info: str = "",
    camera: Path | None = None,
    *,
    depth_format: DepthFormat | None = None,
) -> DepthStream:
    """The stream as named.

    Args:
        image: topic of the depth images; empty for the only one with 'depth' in its name.
        info: topic of their camera info; empty for camera_info beside them.
        camera: camera file in place of the camera info.
        depth_format: how images are to be read.

    Raises:
        NoFrameError: there is no such topic, or no single one.
        PinchError: the camera file cannot be used.
    """
    topics = choose_depth_topics(bag, image, info, needs_info=camera is None)
    calibration = None if camera is None else read_calibration(camera)
    return DepthStream(topics, depth_format or DepthFormat(), calibration, str(camera or ""))
