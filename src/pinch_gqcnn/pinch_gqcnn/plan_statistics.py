# SPDX-License-Identifier: Apache-2.0
"""Statistics of the plans, for /diagnostics."""

from __future__ import annotations

import statistics
import threading
import time
from collections import deque
from collections.abc import Mapping

from pinch_core.planning.report import PlanReport
from pinch_ros.diagnostics import Health, Level

# Plans that the rate and the latency are taken over.
_WINDOW = 30


class PlanStatistics:
    """Counts plans and failures. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: deque[float] = deque(maxlen=_WINDOW)
        self._latencies: deque[float] = deque(maxlen=_WINDOW)
        self._plans = 0
        self._failures = 0
        self._last_error = ""
        self._report: PlanReport | None = None

    def planned(self, report: PlanReport, latency_s: float) -> None:
        """A plan was made, with or without grasps, ``latency_s`` after its frame was taken up."""
        with self._lock:
            self._plans += 1
            self._ends.append(time.monotonic())
            self._latencies.append(latency_s)
            self._report = report

    def succeeded(self) -> None:
        """The last goal or frame ended well."""
        with self._lock:
            self._last_error = ""

    def failed(self, message: str) -> None:
        """A goal or frame ended in an error."""
        with self._lock:
            self._failures += 1
            self._last_error = message

    def health(self) -> Health:
        """Warning while the last goal or frame failed, or its plan had something to warn of."""
        with self._lock:
            report = self._report
            span = self._ends[-1] - self._ends[0] if len(self._ends) > 1 else 0.0
            values = {
                "plans": str(self._plans),
                "failures": str(self._failures),
                "plans per second": f"{(len(self._ends) - 1) / span:.2f}" if span else "0",
                "median latency [ms]": f"{1e3 * statistics.median(self._latencies):.1f}"
                if self._latencies
                else "",
                "hole ratio": f"{report.hole_ratio:.3f}" if report else "",
                "no return [px]": _listed(report.no_return) if report else "",
                "last error": self._last_error,
            }
            if self._last_error:
                return Health(Level.WARN, self._last_error, values)
            if report is not None and report.warnings:
                return Health(Level.WARN, " ".join(report.warnings), values)
            return Health(Level.OK, "ready" if report is None else "planning", values)


def _listed(no_return: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in no_return.items())
