# SPDX-License-Identifier: Apache-2.0
"""What the pick cycle asks of the robot and of its client. No ROS here, so tests can stand in for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pinch_executor.candidate import Candidate
from pinch_executor.motion_planner import Float64, JointTrajectory


@dataclass(frozen=True)
class HandState:
    """``width``: distance between the pads [m]. ``stalled``: the fingers met resistance before the commanded
    width.
    """

    width: float
    stalled: bool


@dataclass(frozen=True)
class Attempt:
    """``stages``: each stage with the distance between the pads [m] at its begin, NaN where unknown; the last
    entry is the end. ``held``: whether the grasp held, None where it was never decided: the attempt was
    cancelled, or the robot failed.
    """

    grasp: Candidate
    stages: tuple[tuple[str, float], ...]
    held: bool | None
    error_code: int


class Job(Protocol):
    """The goal being served."""

    def stage(self, name: str) -> None:
        """Tell the client that a stage begins. Raises Cancelled as :meth:`check` does."""
        ...

    def attempt(self, number: int) -> None:
        """Tell the client that an attempt begins, counted from 1."""
        ...

    def trying(self, candidate: Candidate) -> None:
        """Tell the client which grasp is considered next, and last before it is executed."""
        ...

    def attempted(self, attempt: Attempt) -> None:
        """An attempt to grasp has ended, well or not; never raises."""
        ...

    def check(self) -> None:
        """Raise Cancelled if the client asked to stop."""
        ...


class StageJob(Job, Protocol):
    """A goal whose stages have limits: :meth:`check` also raises TimedOut when a stage takes too long."""

    @property
    def retries(self) -> int:
        """How often the stage may ask again where it was refused before anything moved."""
        ...


class Arm(Protocol):
    """The arm. Whatever ends :meth:`execute`, the arm has stopped when it returns or raises (or NotStopped is
    raised).
    """

    def positions(self) -> Float64:
        """Measured joint positions (J,) [rad]; raises RobotStateStale."""
        ...

    def is_still(self) -> bool:
        """Whether the joints stand; raises RobotStateStale."""
        ...

    def execute(self, trajectory: JointTrajectory, watch: Callable[[], None]) -> None:
        """Follow a trajectory to its end; stops at once when ``watch``, called again and again, raises."""
        ...

    def stop(self) -> None:
        """Cancel every motion of the controller, also one that another process asked for."""
        ...


class Hand(Protocol):
    """The fingers."""

    def width(self) -> float:
        """Measured distance between the pads [m]; raises RobotStateStale."""
        ...

    def move(self, width: float, force: float, watch: Callable[[], None]) -> HandState:
        """Open or close to ``width`` [m] with at most ``force`` [N]; a stall is an answer, not an error."""
        ...
