# SPDX-License-Identifier: Apache-2.0
"""What every source of depth looks like to the node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import PinchError

FrameCallback = Callable[[DepthFrame], None]
ErrorCallback = Callable[[PinchError], None]


class DepthCamera(Protocol):
    """A source of depth frames. Making one raises a PinchError if it cannot work."""

    @property
    def description(self) -> str:
        """What the frames come from: topics, a file."""
        ...

    @property
    def expects_frames(self) -> bool:
        """Whether silence means trouble; false for a recording that has ended or is stepped by hand."""
        ...

    @property
    def why_silent(self) -> str:
        """Why no frame comes, and what to do, as the source sees it; empty where it cannot tell."""
        ...

    @property
    def readings(self) -> Mapping[str, str]:
        """What else the device tells of itself, such as its temperature: names with units to values."""
        ...

    def start(self, on_frame: FrameCallback, on_error: ErrorCallback) -> None:
        """Deliver frames, one at a time, from a thread of the source's own choice. ``on_error`` gets what was
        wrong
        with a frame that could not be delivered.
        """
        ...

    def stop(self) -> None:
        """Deliver no more. May be started again."""
        ...

    def close(self) -> None:
        """Let go of topics and files."""
        ...
