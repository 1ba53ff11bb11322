# SPDX-License-Identifier: Apache-2.0
"""Waiting in the robot's time, without hanging when that time stands still."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from pinch_executor.errors import TimedOut

# Longest sleep between two looks at the conditions: a bound on how late a lapse of time is noticed. Events
# wake at once.
LOOK_S = 0.02


class Waiter:
    """``now`` gives the robot's time [s]; it may run slower than the wall's, or stop for ``clock_silence``
    [s] at most.
    """

    def __init__(self, now: Callable[[], float], clock_silence: float) -> None:
        self.now, self._clock_silence = now, clock_silence
        self._condition = threading.Condition()

    def notify(self, *_: object) -> None:
        """Something happened: whoever waits looks again."""
        with self._condition:
            self._condition.notify_all()

    def wait(
        self,
        is_done: Callable[[], bool],
        timeout: float,
        what: str,
        watches: Sequence[Callable[[], None]] = (),
    ) -> None:
        """Return when ``is_done``; ``watches`` are called meanwhile and end the wait by raising.

        Raises:
            TimedOut: after ``timeout`` [s] of the robot's time, or when that time stands still; names
            ``what``.
        """
        started = advanced_at = self.now()
        advanced = time.monotonic()
        with self._condition:
            while not is_done():
                for watch in watches:
                    watch()
                now, wall = self.now(), time.monotonic()
                if now - started > timeout:
                    raise TimedOut(
                        f"{what} did not end within {timeout:.1f} s; see whether its server is alive.",
                        what=what,
                        timeout=timeout,
                    )
                if now != advanced_at:
                    advanced_at, advanced = now, wall
                if wall - advanced > self._clock_silence:
                    raise TimedOut(
                        f"the clock has stood at {now:.3f} s for {self._clock_silence:g} s while waiting "
                        f"for {what}; "
                        "check /clock.",
                        what=what,
                        timeout=self._clock_silence,
                    )
                self._condition.wait(LOOK_S)
