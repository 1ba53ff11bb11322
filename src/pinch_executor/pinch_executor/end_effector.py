# SPDX-License-Identifier: Apache-2.0
"""What the executor asks of a gripper, whatever its type. No ROS here, so tests can stand in for it.

A new type is a room like ``parallel_jaw/`` and one line in ``end_effectors.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pinch_executor.candidate import Candidate
from pinch_executor.footprint import Footprint
from pinch_executor.job import Job


@dataclass(frozen=True)
class HeldObject:
    """What the gripper holds, as far as is known.

    ``size``: extent across the approach, along x and y of the TCP frame [m]. ``below``: how far it reaches
    below the TCP [m], at most the height of the grasp above the table it stood on. ``opening``: the gripper's
    while it holds the object [m], ``release_opening``: once it has let go; 0 for a gripper that has none.
    ``released_size``: extent of the gripper itself along x and y once it has let go [m]. ``footprint``: how
    far the object reaches as the camera saw it, None where it did not.
    """

    size: tuple[float, float]
    below: float
    opening: float
    release_opening: float
    released_size: tuple[float, float] = (0.0, 0.0)
    footprint: Footprint | None = None


class GripperModel(Protocol):
    """What is known of a gripper without moving it."""

    def check(self, grasp: Candidate) -> None:
        """Raise UnknownGripper, InvalidGoal or GoalInCollision for a grasp that it cannot execute."""
        ...

    def approach_opening(self, grasp: Candidate) -> float:
        """The opening that the gripper approaches with [m]."""
        ...

    @property
    def pushing_opening(self) -> float:
        """The opening that it pushes with [m]."""
        ...

    def expected(self, grasp: Candidate, height: float) -> HeldObject:
        """What it will hold, as planned; ``height``: of the TCP above the table [m]."""
        ...


class EndEffector(Protocol):
    """A gripper that can be moved.

    Its actions return when they are done. Meanwhile they call ``job.check`` and stop when it raises. They
    raise GripperFailed when the gripper did not do what it was told.
    """

    @property
    def model(self) -> GripperModel:
        """What is known of it without moving it."""
        ...

    def opening(self) -> float:
        """Measured opening [m], 0 for a gripper that has none; raises RobotStateStale."""
        ...

    def prepare(self, grasp: Candidate, job: Job) -> None:
        """Get ready for the approach, exactly as the grasp says."""
        ...

    def prepare_push(self, job: Job) -> None:
        """Become as slim as it gets, with nothing held."""
        ...

    def engage(self, grasp: Candidate, height: float, job: Job) -> HeldObject:
        """At the grasp: take hold. Raises NothingHeld.

        Args:
            height: of the TCP above the table [m].
        """
        ...

    def release(self, job: Job) -> None:
        """Let go in the space that the grasp prepared last needs: what stands beside it is not touched."""
        ...

    def reset(self, job: Job) -> None:
        """Let go and return to rest; for where nothing stands beside the gripper."""
        ...

    def check_released(self, job: Job) -> None:
        """After a release, with nothing beside the gripper: raises ObjectStuck if the object came along."""
        ...

    def is_holding(self, held: HeldObject) -> bool:
        """Whether the gripper, at rest, still holds what it held."""
        ...

    def watch(self, held: HeldObject) -> None:
        """Called again and again while the arm moves; raises ObjectDropped."""
        ...

    def close(self) -> None:
        """Free what the gripper was commanded with."""
        ...
