# SPDX-License-Identifier: Apache-2.0
"""What every recording looks like to the player."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

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

    def __iter__(self) -> Iterator[RecordedFrame]:
        """Raises a PinchError where the rest of the recording cannot be read."""
        ...
