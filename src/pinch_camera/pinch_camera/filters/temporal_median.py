# SPDX-License-Identifier: Apache-2.0
"""Quiets noise that changes from frame to frame."""

from __future__ import annotations

from collections import deque

from pinch_camera.filters.depth_filter import with_depth
from pinch_camera.filters.median_of_planes import median_of_planes
from pinch_core.depth_frame import DepthFrame

# Frames farther apart than this do not show one scene: the camera was stopped or unplugged between them.
MAX_GAP_S = 1.0


class TemporalMedian:
    """The median of each pixel over the last ``frames`` frames, fewer at the start.

    This is the one filter that fills holes: a pixel with a return in at least half of the frames gets their
    median, one with fewer becomes NaN. Earlier frames are forgotten when the camera, its frame or the
    image size changes, when time goes backwards and after a gap of a second.
    """

    def __init__(self, frames: int) -> None:
        self._window: deque[DepthFrame] = deque(maxlen=frames)

    @property
    def is_settled(self) -> bool:
        """Whether the window is full."""
        return len(self._window) == self._window.maxlen

    def __call__(self, frame: DepthFrame) -> DepthFrame:
        if self._window and not _continues(self._window[-1], frame):
            self._window.clear()
        self._window.append(frame)
        if len(self._window) == 1:
            return frame
        least = (len(self._window) + 1) // 2
        return with_depth(frame, median_of_planes([f.depth for f in self._window], least))

    def reset(self) -> None:
        self._window.clear()


def _continues(last: DepthFrame, frame: DepthFrame) -> bool:
    gap_s = (frame.stamp_ns - last.stamp_ns) * 1e-9
    same_camera = (last.intrinsics, last.frame_id) == (frame.intrinsics, frame.frame_id)
    return same_camera and 0.0 <= gap_s <= MAX_GAP_S
