# SPDX-License-Identifier: Apache-2.0
"""A source that is made anew when it falls silent."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from pinch_camera.depth_camera import DepthCamera, ErrorCallback, FrameCallback
from pinch_core.errors import PinchError

# The wait before each further restart doubles up to this.
LONGEST_WAIT_S = 30.0


class SupervisedCamera:
    """A DepthCamera that closes and remakes the one it wraps: at once when told of a stall, then after waits
    that double. A camera that was unplugged comes back so.

    Args:
        make: makes the source, or raises a PinchError.
        first_wait_s: between the first restart and the second.
        clock: monotonic seconds.

    Raises:
        PinchError: the source cannot be made in the first place.
    """

    def __init__(
        self,
        make: Callable[[], DepthCamera],
        first_wait_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make, self._first_wait_s, self._clock = make, first_wait_s, clock
        self._lock = threading.Lock()
        self._camera: DepthCamera | None = make()
        self._description = self._camera.description
        self._callbacks: tuple[FrameCallback, ErrorCallback] | None = None
        self._restarts = 0
        self._wait_s, self._next_restart = first_wait_s, 0.0
        self._flows()

    @property
    def description(self) -> str:
        return self._description

    @property
    def expects_frames(self) -> bool:
        camera = self._camera
        return camera is None or camera.expects_frames

    @property
    def restarts(self) -> int:
        """How often the source was made anew, or tried to be."""
        return self._restarts

    @property
    def why_silent(self) -> str:
        camera = self._camera
        return camera.why_silent if camera is not None else ""

    @property
    def readings(self) -> Mapping[str, str]:
        camera = self._camera
        return {} if camera is None else camera.readings

    def start(self, on_frame: FrameCallback, on_error: ErrorCallback) -> None:
        with self._lock:
            self._callbacks = on_frame, on_error
            self._flows()
            if self._camera is not None:
                self._camera.start(on_frame, on_error)

    def stop(self) -> None:
        with self._lock:
            self._callbacks = None
            if self._camera is not None:
                self._camera.stop()

    def close(self) -> None:
        with self._lock:
            self._let_go()

    def check(self, stalled: bool) -> bool:
        """To be called again and again while started. True when a restart was tried."""
        with self._lock:
            if not stalled:
                self._flows()
                return False
            if self._callbacks is None or self._clock() < self._next_restart:
                return False
            self._restart(*self._callbacks)
            self._next_restart = self._clock() + self._wait_s
            self._wait_s = min(2.0 * self._wait_s, LONGEST_WAIT_S)
            return True

    def _flows(self) -> None:
        self._wait_s, self._next_restart = self._first_wait_s, self._clock()

    def _restart(self, on_frame: FrameCallback, on_error: ErrorCallback) -> None:
        self._restarts += 1
        try:
            self._let_go()
            self._camera = self._make()
            self._camera.start(on_frame, on_error)
        except PinchError as error:
            on_error(error)

    def _let_go(self) -> None:
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.stop()
            camera.close()
