# SPDX-License-Identifier: Apache-2.0
"""A Job that holds each of its stages to the stage's limits."""

from __future__ import annotations

from collections.abc import Callable

from pinch_executor.candidate import Candidate
from pinch_executor.devices import Attempt, Job
from pinch_executor.errors import TimedOut
from pinch_executor.stage_config import StageLimits, StagesConfig


class LimitedJob:
    """See :class:`~pinch_executor.devices.StageJob`. ``now`` gives the robot's time [s]."""

    def __init__(self, job: Job, stages: StagesConfig, now: Callable[[], float]) -> None:
        self._job, self._stages, self._now = job, stages, now
        self._name, self._since = "start", now()
        self._limits = StageLimits()

    @property
    def retries(self) -> int:
        """See the protocol."""
        return self._limits.retries

    def stage(self, name: str) -> None:
        """See the protocol."""
        self._job.stage(name)
        self._name, self._limits, self._since = name, self._stages.of(name), self._now()

    def attempt(self, number: int) -> None:
        """See the protocol."""
        self._job.attempt(number)

    def trying(self, candidate: Candidate) -> None:
        """See the protocol."""
        self._job.trying(candidate)

    def attempted(self, attempt: Attempt) -> None:
        """See the protocol."""
        self._job.attempted(attempt)

    def check(self) -> None:
        """See the protocol. Raises TimedOut, too, when the stage takes longer than it may."""
        self._job.check()
        if self._now() - self._since > self._limits.timeout:
            raise TimedOut(
                f"stage '{self._name}' took longer than {self._limits.timeout:g} s; see what holds it up, or "
                f"raise stages.{self._name.replace('-', '_')}.timeout."
            )
