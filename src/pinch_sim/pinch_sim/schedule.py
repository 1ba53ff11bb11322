# SPDX-License-Identifier: Apache-2.0
"""What is due at a fixed rate of simulated time."""

from __future__ import annotations


class Schedule:
    """True once a period, on the first tick at or after it, without drift."""

    def __init__(self, rate: float) -> None:
        self._period_ns = 1e9 / rate
        self._count: int | None = None

    def is_due(self, now_ns: int) -> bool:
        # Half a nanosecond forgives the rounding of periods such as 1/15 s.
        count = int((now_ns + 0.5) // self._period_ns)
        due = count != self._count
        self._count = count
        return due
