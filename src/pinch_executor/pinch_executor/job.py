# SPDX-License-Identifier: Apache-2.0
"""The goal being served: its stages and their limits, its attempts, and whether it is to go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from pinch_executor.candidate import Candidate
from pinch_executor.errors import ExecutorError, NothingHeld, ObjectDropped, TimedOut
from pinch_executor.stage_config import StageLimits, StagesConfig
from pinch_executor.tally import Tally

R = TypeVar("R")


@dataclass(frozen=True)
class Attempt:
    """One attempt to grasp.

    ``stages``: each stage with the gripper's opening [m] at its begin, NaN where unknown; the last entry is
    the end. ``held``: whether the grasp held, None where it was never decided: the attempt was cancelled, or
    the robot failed.
    """

    grasp: Candidate
    stages: tuple[tuple[str, float], ...]
    held: bool | None
    error_code: int


class Job:
    """One goal, or one call of a service.

    ``current_stage``: as clients are told, empty before the first; ``stages``: how many have begun.
    ``attempts``: the number of the attempt under way, counted from 1. ``candidate``: the grasp that is tried.
    ``tally``: of a goal that clears a bin.
    ``watch``: raises when something is lost that the goal needs beside the robot.
    """

    def __init__(
        self,
        limits: StagesConfig,
        now: Callable[[], float],
        opening: Callable[[], float],
        *,
        must_stop: Callable[[Job], None],
        tell: Callable[[Job], None],
        record: Callable[[Attempt], None] = lambda attempt: None,
    ) -> None:
        """What the job is made of.

        Args:
            limits: of each stage.
            now: the robot's time [s].
            opening: the gripper's, NaN where unknown [m]; it is noted in each attempt.
            must_stop: raises Cancelled when the goal is to end.
            tell: called when a stage begins and when another grasp is tried.
            record: called after each attempt, however it ended; never raises.
        """
        self._all_limits, self._now, self._opening = limits, now, opening
        self._must_stop, self._tell, self._record = must_stop, tell, record
        self._limits, self._since = StageLimits(), now()
        self._noted: list[tuple[str, float]] | None = None
        self.watch: Callable[[], None] = lambda: None
        self.current_stage = ""
        self.stages = 0
        self.attempts = 0
        self.candidate: Candidate | None = None
        self.tally = Tally()

    @property
    def retries(self) -> int:
        """How often the stage may ask again where it was refused before anything moved."""
        return self._limits.retries

    def stage(self, name: str) -> None:
        """A stage begins. Raises Cancelled, and what ``watch`` raises."""
        self._check_client()
        self._limits, self._since = self._all_limits.of(name), self._now()
        self.current_stage = name
        self.stages += 1
        self._note(name)
        self._tell(self)

    def attempt(self, number: int) -> None:
        """An attempt begins, counted from 1."""
        self.attempts, self.candidate = number, None

    def trying(self, candidate: Candidate) -> None:
        """This grasp is considered next, and last before it is executed."""
        self.candidate = candidate
        self._tell(self)

    @contextmanager
    def executing(self, grasp: Candidate) -> Iterator[None]:
        """What is done in this block is recorded as one attempt to grasp."""
        self._noted, error = [], None
        try:
            yield
        except BaseException as raised:
            error = raised
            raise
        finally:
            self._note("end")
            stages, self._noted = tuple(self._noted), None
            self._record(Attempt(grasp, stages, _held(error), _code(error)))

    def check(self) -> None:
        """Raises Cancelled, what ``watch`` raises, and TimedOut when the stage takes longer than it may."""
        self._check_client()
        if self._now() - self._since > self._limits.timeout:
            name = self.current_stage or "start"
            raise TimedOut(
                f"stage '{name}' took longer than {self._limits.timeout:g} s; see what holds it up, or raise "
                f"stages.{name.replace('-', '_')}.timeout.",
                what=f"stage '{name}'",
                timeout=self._limits.timeout,
            )

    def ask(self, ask: Callable[[], R], refusal: type[ExecutorError]) -> R:
        """What ``ask`` returns; it is called again after a ``refusal`` as often as the stage may."""
        for _ in range(self.retries):
            try:
                return ask()
            except refusal:
                self.check()
        return ask()

    def _check_client(self) -> None:
        self._must_stop(self)
        self.watch()

    def _note(self, name: str) -> None:
        if self._noted is not None:
            self._noted.append((name, self._opening()))


def _held(error: BaseException | None) -> bool | None:
    if error is None:
        return True
    return False if isinstance(error, NothingHeld | ObjectDropped) else None


def _code(error: BaseException | None) -> int:
    return 0 if error is None else int(getattr(error, "error_code", ExecutorError.error_code))
