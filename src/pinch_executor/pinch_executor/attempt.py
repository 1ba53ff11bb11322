# SPDX-License-Identifier: Apache-2.0
"""What is noted of one attempt to grasp while it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pinch_executor.candidate import Candidate
from pinch_executor.devices import Attempt, StageJob
from pinch_executor.errors import ExecutorError, NothingHeld, ObjectDropped


@dataclass
class NotedJob:
    """A StageJob that notes its stages on the way to the client."""

    job: StageJob
    width: Callable[[], float]
    stages: list[tuple[str, float]] = field(default_factory=list)

    @property
    def retries(self) -> int:
        """See the protocol."""
        return self.job.retries

    def stage(self, name: str) -> None:
        """See the protocol."""
        self.job.stage(name)
        self.note(name)

    def note(self, name: str) -> None:
        """A stage begins here."""
        self.stages.append((name, self.width()))

    def attempt(self, number: int) -> None:
        """See the protocol."""
        self.job.attempt(number)

    def trying(self, candidate: Candidate) -> None:
        """See the protocol."""
        self.job.trying(candidate)

    def attempted(self, attempt: Attempt) -> None:
        """See the protocol."""
        self.job.attempted(attempt)

    def check(self) -> None:
        """See the protocol."""
        self.job.check()


def attempt_of(grasp: Candidate, job: NotedJob, error: BaseException | None) -> Attempt:
    """The attempt that ended with ``error``, or well."""
    job.note("end")
    held: bool | None = None
    if error is None:
        held = True
    elif isinstance(error, NothingHeld | ObjectDropped):
        held = False
    code = 0 if error is None else getattr(error, "error_code", ExecutorError.error_code)
    return Attempt(grasp, tuple(job.stages), held, int(code))
