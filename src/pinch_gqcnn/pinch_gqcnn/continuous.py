# SPDX-License-Identifier: Apache-2.0
"""Continuous planning: one thread that always takes the newest frame, so that it never falls behind."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pinch_gqcnn.latest_frame import LatestFrame
from pinch_ros.frame_subscriber import FrameMessages

# How often the thread looks whether it shall end while no frame comes.
_STOP_CHECK_S = 0.1


class ContinuousPlanning:
    """Calls ``plan_frame(frame, is_stopping)`` for the newest frame again and again. Frames that come
    meanwhile are skipped. A plan that is under way ends when ``is_stopping()`` is true.
    """

    def __init__(
        self, frames: LatestFrame, plan_frame: Callable[[FrameMessages, Callable[[], bool]], None]
    ) -> None:
        self._frames, self._plan_frame = frames, plan_frame
        self._stop = threading.Event()
        # Counted here, not on the thread: a frame that comes while the thread starts is a new one.
        self._seen = frames.received
        self._thread = threading.Thread(target=self._run, name="continuous_planning", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; returns when the plan under way has ended."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        seen = self._seen
        while not self._stop.is_set():
            seen, frame = self._frames.wait_next(seen, _STOP_CHECK_S)
            if frame is not None:
                self._plan_frame(frame, self._stop.is_set)
