# SPDX-License-Identifier: Apache-2.0
"""The newest frame from the topics, and waiting for one that is new enough."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pinch_core.errors import PlanCancelled
from pinch_gqcnn.errors import StaleFrameError
from pinch_ros.errors import NoFrameError
from pinch_ros.frame_subscriber import FrameMessages

# A waiting goal looks this often whether it was cancelled.
_CANCEL_CHECK_S = 0.02


class LatestFrame:
    """Keeps one frame, the newest: a slow planner never works through a backlog."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frame: FrameMessages | None = None
        self._received = 0
        self._received_at = 0.0

    @property
    def received(self) -> int:
        """Frames received so far."""
        return self._received

    @property
    def seconds_since(self) -> float:
        """Seconds since the last frame came; infinite before the first."""
        return time.monotonic() - self._received_at if self._received else float("inf")

    def put(self, frame: FrameMessages) -> None:
        """Replace the frame."""
        with self._changed:
            self._frame = frame
            self._received += 1
            self._received_at = time.monotonic()
            self._changed.notify_all()

    def wait_next(self, seen: int, timeout_s: float) -> tuple[int, FrameMessages | None]:
        """(number, newest frame) once more than ``seen`` were received; (seen, None) after ``timeout_s``."""
        with self._changed:
            if self._changed.wait_for(lambda: self._received > seen, timeout_s):
                return self._received, self._frame
            return seen, None

    def wait_since(
        self,
        oldest_ns: int,
        timeout_s: float,
        topics: list[str],
        why_none: Callable[[], str],
        should_stop: Callable[[], bool],
    ) -> FrameMessages:
        """The newest frame, once it is stamped at or after ``oldest_ns``. ``why_none``: the end of the
        sentence where there is none.

        Raises:
            StaleFrameError: frames are there, but older.
            NoFrameError: no frame was ever received.
            PlanCancelled: ``should_stop`` said so.
        """
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while True:
                if self._frame is not None and self._frame.stamp_ns >= oldest_ns:
                    return self._frame
                if should_stop():
                    raise PlanCancelled("planning was cancelled while it waited for a frame.")
                remaining = deadline - time.monotonic()
                if remaining <= 0.0:
                    break
                self._changed.wait(min(remaining, _CANCEL_CHECK_S))
            newest = self._frame
        names = " and ".join(topics)
        if newest is None:
            raise NoFrameError(
                f"no depth image with camera info of the same stamp within {timeout_s:g} s: {why_none()}."
            )
        raise StaleFrameError(
            f"the newest frame on {names} is stamped {(oldest_ns - newest.stamp_ns) / 1e9:.3f} s before the "
            f"oldest allowed, after a wait of {timeout_s:g} s ({why_none()}); check that the camera runs "
            "on this clock (use_sim_time), or allow a larger max_age."
        )
