# SPDX-License-Identifier: Apache-2.0
"""What every recording looks like to the player."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from geometry_msgs.msg import TransformStamped

from pinch_core.depth_frame import DepthFrame


@dataclass(frozen=True)
class RecordedFrame:
    """A frame ``time_s`` after the recording's start. ``load`` reads it, and raises a PinchError when it is
    damaged, so
    that one bad frame does not end the recording.
    """

    time_s: float
    load: Callable[[], DepthFrame]


class Recording(Protocol):
    """Frames in the order of time. Each iteration starts anew."""

    @property
    def static_transforms(self) -> Sequence[TransformStamped]:
        """Transforms that were recorded with the frames. Raises a PinchError where they cannot be read."""
        ...

    def __iter__(self) -> Iterator[RecordedFrame]:
        """Raises a PinchError where the rest of the recording cannot be read."""
        ...
