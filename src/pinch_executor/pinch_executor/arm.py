# SPDX-License-Identifier: Apache-2.0
"""What the executor asks of an arm. No ROS here, so tests can stand in for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pinch_executor.motion_planner import Float64, JointTrajectory


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

    def execute(
        self, trajectory: JointTrajectory, watch: Callable[[], None], *, may_meet: bool = False
    ) -> None:
        """Follow a trajectory to its end; stops at once when ``watch``, called again and again, raises.

        ``may_meet``: something may be in the way; the arm stops there and ContactMet is raised.
        """
        ...

    def stop(self) -> None:
        """Cancel every motion of the controller, also one that another process asked for."""
        ...
