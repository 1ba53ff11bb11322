# SPDX-License-Identifier: Apache-2.0
"""What clearing a bin has come to so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from pinch_interfaces.msg import ErrorCode

from pinch_executor.errors import ExecutorError


@dataclass
class Tally:
    """Counts, and how the last attempt ended.

    ``began``: robot's time [s]. ``reasons``: names of error codes and how often each ended an attempt.
    ``empty``: whether the last image showed nothing more to pick.
    """

    began: float = 0.0
    picked: int = 0
    attempts: int = 0
    pushes: int = 0
    empty: bool = False
    reasons: dict[str, int] = field(default_factory=dict)
    error_code: int = ErrorCode.SUCCESS
    error_msg: str = ""

    def succeed(self) -> None:
        """An object was picked and placed."""
        self.picked += 1
        self.attempts += 1
        self.error_code, self.error_msg = ErrorCode.SUCCESS, ""

    def fail(self, error: ExecutorError) -> None:
        """An attempt failed."""
        self.attempts += 1
        self.error_code, self.error_msg = error.error_code, str(error)
        reason = code_name(error.error_code)
        self.reasons[reason] = self.reasons.get(reason, 0) + 1

    def per_hour(self, now: float) -> float:
        """Picks per hour until ``now`` [s, robot's time]."""
        elapsed = now - self.began
        return 3600.0 * self.picked / elapsed if elapsed > 0.0 else 0.0


def code_name(code: int) -> str:
    """The name that a code has in ErrorCode, the number where it has none."""
    for name in dir(ErrorCode):
        if name.isupper() and getattr(ErrorCode, name) == code:
            return name
    return str(code)
