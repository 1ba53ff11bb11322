# SPDX-License-Identifier: Apache-2.0
"""A parallel jaw as the executor uses it: opened as the grasp says, closed until it meets the object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pinch_executor.candidate import Candidate
from pinch_executor.end_effector import HeldObject
from pinch_executor.errors import (
    GripperBlocked,
    GripperFailed,
    GripperRejected,
    NothingHeld,
    ObjectDropped,
    ObjectStuck,
)
from pinch_executor.job import Job
from pinch_executor.parallel_jaw.jaw_config import JawConfig
from pinch_executor.parallel_jaw.model import JawModel


@dataclass(frozen=True)
class JawState:
    """``opening``: distance between the pads [m]. ``stalled``: the fingers met resistance on their way."""

    opening: float
    stalled: bool


class JawDriver(Protocol):
    """The fingers."""

    def opening(self) -> float:
        """Measured distance between the pads [m]; raises RobotStateStale."""
        ...

    def move(self, opening: float, force: float, watch: Callable[[], None]) -> JawState:
        """Open or close to ``opening`` [m] with at most ``force`` [N]; a stall is an answer, not an error."""
        ...

    def close(self) -> None:
        """Free the driver's clients."""
        ...


class ParallelJaw:
    """See :class:`~pinch_executor.end_effector.EndEffector`."""

    def __init__(self, model: JawModel, driver: JawDriver, config: JawConfig) -> None:
        self.model = model
        self._gripper, self._driver, self._config = model.gripper, driver, config
        self._force = min(config.force, model.gripper.max_force)
        # Until a grasp says otherwise; a node that has just started knows nothing of the one before.
        self._release_opening = model.gripper.max_opening

    def opening(self) -> float:
        """Measured distance between the pads [m]."""
        return self._driver.opening()

    def prepare(self, grasp: Candidate, job: Job) -> None:
        """Open to exactly the grasp's opening."""
        self._release_opening = self.model.approach_opening(grasp)
        self._open(self._release_opening, job)

    def prepare_push(self, job: Job) -> None:
        """Close on nothing."""
        state = self._move(self.model.pushing_opening, job)
        if not self._is_empty(state.opening):
            raise GripperFailed(
                f"sent to close for a push, the fingers stand {state.opening * 1e3:.1f} mm apart; take out "
                "what is between them.",
                commanded=self.model.pushing_opening,
                measured=state.opening,
            )

    def engage(self, grasp: Candidate, height: float, job: Job) -> HeldObject:
        """Close until something is met or nothing is left between the fingers."""
        before, closed = self.opening(), self._gripper.min_opening

        def is_stuck(state: JawState) -> bool:
            # Fingers that cannot move report a stall just as fingers on an object do.
            return before - state.opening < self._config.least_travel and not self._is_empty(before)

        state = self._move(closed, job)
        for _ in range(job.retries):
            if is_stuck(state):
                state = self._move(closed, job)
        is_empty = self._is_empty(state.opening)
        if is_stuck(state) or not (state.stalled or is_empty):
            raise GripperFailed(
                f"sent to close from {before * 1e3:.1f} mm, the fingers stand {state.opening * 1e3:.1f} mm "
                "apart without having met anything; check the gripper.",
                commanded=closed,
                measured=state.opening,
            )
        if is_empty:
            raise NothingHeld(
                f"the fingers closed to {state.opening * 1e3:.1f} mm with nothing between them; the object "
                "has moved."
            )
        return self.model.held(grasp, state.opening, height)

    def release(self, job: Job) -> None:
        """Open as far as the last grasp did, which leaves its neighbours alone."""
        self._open(self._release_opening, job)

    def reset(self, job: Job) -> None:
        """Open as far as the gripper does."""
        self._release_opening = self._gripper.max_opening
        self._open(self._release_opening, job)

    def check_released(self, job: Job) -> None:
        """Close on nothing: an object that sticks to a finger is met."""
        if not self._config.check_released:
            return
        state = self._move(self._gripper.min_opening, job)
        if not self._is_empty(state.opening):
            raise ObjectStuck(
                f"after the release the fingers met something again, {state.opening * 1e3:.1f} mm wide: the "
                "object did not come off; take it out by hand and call ~/recover.",
                measured=state.opening,
            )

    def is_holding(self, held: HeldObject) -> bool:
        """Whether the opening is still the one on the object."""
        return abs(self.opening() - held.opening) <= self._slack(held)

    def watch(self, held: HeldObject) -> None:
        """Raises ObjectDropped if the fingers have closed further than on the object."""
        opening = self.opening()
        if held.opening - opening > self._slack(held) or self._is_empty(opening):
            raise ObjectDropped(
                f"the fingers went from {held.opening * 1e3:.1f} to {opening * 1e3:.1f} mm while holding: "
                "the object is lost.",
                held_at=held.opening,
                measured=opening,
            )

    def close(self) -> None:
        """Free the driver."""
        self._driver.close()

    def _open(self, opening: float, job: Job) -> None:
        before = self.opening()
        state = self._move(opening, job)
        # A release may be short: fingers stuck on the object are then within the tolerance of its end.
        least = self._config.least_travel
        is_stuck = abs(opening - before) > 2 * least and abs(state.opening - before) < least
        if is_stuck or abs(state.opening - opening) > self._config.position_tolerance:
            is_blocked = state.opening - before > least and state.opening < opening
            raise (GripperBlocked if is_blocked else GripperFailed)(
                f"the fingers were sent to {opening * 1e3:.1f} mm and stand {state.opening * 1e3:.1f} mm "
                "apart; free them.",
                commanded=opening,
                measured=state.opening,
            )

    def _move(self, opening: float, job: Job) -> JawState:
        return job.ask(lambda: self._driver.move(opening, self._force, job.check), GripperRejected)

    def _is_empty(self, opening: float) -> bool:
        """Whether fingers ``opening`` [m] apart are closed on nothing."""
        return opening <= self._gripper.min_opening + self._config.empty_opening

    def _slack(self, held: HeldObject) -> float:
        """What fingers may close further on an object that they still hold [m]: one that was met across a
        corner turns until its sides lie on the pads, a square by 29 % of the opening.
        """
        return max(self._config.drop_opening, self._config.drop_share * held.opening)
