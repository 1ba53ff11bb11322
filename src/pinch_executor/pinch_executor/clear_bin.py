# SPDX-License-Identifier: Apache-2.0
"""Pick and place until nothing is left, a limit is reached, or nothing more can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pinch_interfaces.msg import ErrorCode

from pinch_executor.candidate import Candidate
from pinch_executor.errors import (
    BinNotCleared,
    ContactMet,
    ExecutorError,
    GraspPlannerFailed,
    NothingHeld,
    ObjectDropped,
    ServerUnavailable,
)
from pinch_executor.executor_config import ClearingConfig
from pinch_executor.failure_memory import FailureMemory
from pinch_executor.job import Job
from pinch_executor.motion_planner import ReachPlan
from pinch_executor.pick_cycle import NOT_REACHABLE, TRIED_IN_VAIN, PickCycle
from pinch_executor.place_target import InArea
from pinch_executor.planned_push import PlannedPush
from pinch_executor.tally import Tally

# The planner may answer otherwise on another image; all its other codes say what a person must change.
MAY_PASS = (
    ErrorCode.NO_GRASP_FOUND,
    ErrorCode.NO_TABLE,
    ErrorCode.INVALID_DEPTH,
    ErrorCode.SENSOR_INFO_STALE,
    ErrorCode.UNABLE_TO_ACQUIRE_SENSOR_DATA,
    ErrorCode.TIMED_OUT,
)


@dataclass(frozen=True)
class ClearLimits:
    """When to stop before the bin is empty: counts, and robot's time [s]; 0: no limit of the client's."""

    max_picks: int
    max_attempts: int
    time: float


@dataclass
class _Streak:
    """Failures since the last success: ``failures`` in all, ``since_push`` after the last push, of which
    ``still`` last ones moved nothing. ``pushes``: made meanwhile.
    """

    failures: int = 0
    since_push: int = 0
    still: int = 0
    pushes: int = 0

    def succeed(self) -> None:
        self.failures = self.since_push = self.still = self.pushes = 0

    def fail(self, *, moved: bool) -> None:
        self.failures += 1
        self.since_push += 1
        self.still = 0 if moved else self.still + 1

    def push(self) -> None:
        self.pushes += 1
        self.since_push = self.still = 0


class _Empty(Exception):
    """Nothing is left to pick."""


class ClearBin:
    """Serves one goal at a time, in the calling thread."""

    def __init__(
        self,
        cycle: PickCycle,
        memory: FailureMemory,
        config: ClearingConfig,
        now: Callable[[], float],
        log: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        """``now``: the robot's time [s]. ``log``: is told why attempts and pushes failed."""
        self._cycle, self._memory, self._config, self._now, self._log = cycle, memory, config, now, log

    def clear(
        self,
        limits: ClearLimits,
        detect: Callable[[], Sequence[Candidate]],
        target: InArea,
        plan_push: Callable[[], PlannedPush | None] | None,
        job: Job,
    ) -> None:
        """Until the bin is empty or a limit is reached; ``job.tally`` counts.

        Args:
            limits: of the client.
            detect: ranked grasps on an image taken after it is called.
            target: takes what is picked.
            plan_push: the best push on such an image, None where none helps; None: do not push.
            job: the goal.

        Raises:
            BinNotCleared: attempts failed again and again, and no push helped.
            ExecutorError: whatever leaves nothing to go on with.
        """
        tally = job.tally = Tally(began=self._now())
        streak, unreachable, since = _Streak(), list[str](), self._memory.serial
        try:
            with self._cycle.ready():
                while not self._is_over(limits, tally):
                    if self._is_stuck(streak, plan_push, job):
                        raise self._not_cleared(streak, tally)
                    job.attempt(tally.attempts + 1)
                    self._attempt(detect, target, since, unreachable, streak, job)
        except _Empty:
            tally.empty = True
        finally:
            # What the arm could not reach this time may be reachable from elsewhere.
            self._memory.forget(unreachable)

    def _is_over(self, limits: ClearLimits, tally: Tally) -> bool:
        return (
            0 < limits.max_picks <= tally.picked
            or (limits.max_attempts or self._config.max_attempts) <= tally.attempts
            or 0.0 < limits.time <= self._now() - tally.began
        )

    def _attempt(
        self,
        detect: Callable[[], Sequence[Candidate]],
        target: InArea,
        since: int,
        unreachable: list[str],
        streak: _Streak,
        job: Job,
    ) -> None:
        tally = job.tally

        def refused(grasp: Candidate, error: ExecutorError) -> None:
            self._memory.add(grasp, error.error_code)
            unreachable.append(grasp.id)

        try:
            grasp, plan = self._cycle.look_and_choose(detect, since, job, refused)
        except (NothingHeld, *NOT_REACHABLE, GraspPlannerFailed) as error:
            if error.error_code == ErrorCode.NO_OBJECT:
                raise _Empty from error
            if isinstance(error, GraspPlannerFailed) and error.error_code not in MAY_PASS:
                raise
            self._fail(error, streak, job, moved=False)
            return
        target.check_room()
        try:
            self._take(grasp, plan, job)
            self._place(target, job)
        except (*TRIED_IN_VAIN, ObjectDropped) as error:
            self._fail(error, streak, job, moved=True)
            return
        tally.succeed()
        streak.succeed()

    def _fail(self, error: ExecutorError, streak: _Streak, job: Job, *, moved: bool) -> None:
        self._log(f"attempt {job.attempts}, stage '{job.current_stage}': {error}")
        job.tally.fail(error)
        streak.fail(moved=moved)

    def _take(self, grasp: Candidate, plan: ReachPlan, job: Job) -> None:
        try:
            self._cycle.take(grasp, plan, job)
        except ObjectDropped:
            # What is still between the fingers falls back from here, and not from home.
            self._cycle.let_go(job)
            raise

    def _place(self, target: InArea, job: Job) -> None:
        try:
            self._cycle.place(target, job)
        except NOT_REACHABLE:
            # Not from where it was lifted, with what lies around there.
            self._cycle.look(job)
            self._cycle.place(target, job)

    def _is_stuck(
        self, streak: _Streak, plan_push: Callable[[], PlannedPush | None] | None, job: Job
    ) -> bool:
        """Whether nothing more can be done. Pushes where attempts failed again and again."""
        if streak.since_push < self._config.push_after and streak.still < self._config.still_attempts:
            return streak.failures >= self._config.give_up_after
        if plan_push is not None and streak.pushes < self._config.max_pushes:
            push = self._planned(plan_push, job)
            if push is not None and push.gain > self._config.least_gain and self._push(push, job):
                job.tally.pushes += 1
                streak.push()
                return False
        return streak.failures >= self._config.give_up_after or streak.still >= self._config.still_attempts

    def _planned(self, plan_push: Callable[[], PlannedPush | None], job: Job) -> PlannedPush | None:
        try:
            return self._cycle.look_for(plan_push, job)
        except (ServerUnavailable, GraspPlannerFailed) as error:
            self._log(f"no push could be planned: {error}")
            return None

    def _push(self, push: PlannedPush, job: Job) -> bool:
        """Whether the arm could do it."""
        try:
            self._cycle.push(push, job)
        except NOT_REACHABLE as error:
            self._log(f"the push cannot be made: {error}")
            return False
        except ContactMet:
            pass  # held up on the way: something has moved all the same
        return True

    def _not_cleared(self, streak: _Streak, tally: Tally) -> ExecutorError:
        if tally.error_code in MAY_PASS and tally.error_code != ErrorCode.NO_GRASP_FOUND:
            return GraspPlannerFailed(tally.error_msg, tally.error_code)  # it did not pass
        reasons = ", ".join(f"{count} {name}" for name, count in tally.reasons.items())
        return BinNotCleared(
            f"the last {streak.failures} attempts failed (all of this goal: {reasons}) and "
            f"{streak.pushes} pushes did not help; spread what is left by hand, or take it out.",
            reasons=dict(tally.reasons),
        )
