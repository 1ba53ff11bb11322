# SPDX-License-Identifier: Apache-2.0
"""Tells a new frame from an old one that comes again, and from time that starts again."""

from __future__ import annotations

from enum import Enum


class Arrival(Enum):
    """What a stamp says of its frame."""

    NEW = "new"
    STALE = "stale"
    RESTARTED = "time started again"


class StampGuard:
    """Judges the stamps of one source in the order they come.

    A stamp that was seen before is stale, and so is a single late one. A second late one, after the first in
    time, means that time went back and goes on from there: a recording was started again, a clock was set.
    """

    def __init__(self) -> None:
        self._last: int | None = None
        self._late: int | None = None

    def judge(self, stamp_ns: int) -> Arrival:
        """Take the next stamp [ns]."""
        if self._last is None or stamp_ns > self._last:
            verdict = Arrival.NEW
        elif self._late is not None and self._late < stamp_ns < self._last:
            verdict = Arrival.RESTARTED
        else:
            if stamp_ns < self._last:
                self._late = stamp_ns
            return Arrival.STALE
        self._last, self._late = stamp_ns, None
        return verdict
