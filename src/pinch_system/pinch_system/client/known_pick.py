# SPDX-License-Identifier: Apache-2.0
"""What is measured of one pick with a grasp that was known beforehand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class KnownPick:
    """``error``: what went wrong, empty when the simulator sees the object off the table between the fingers.

    ``lifted_s``: the robot's time from the goal to its end [s]. ``accepted_ms``: until the executor took the
    goal, and ``planned_ms``: from its stage plan to pre-grasp, which is all motion planning and every check
    of the guard before the arm moves, both by wall clock [ms]; None where it was not planned.
    """

    error: str
    lifted_s: float = 0.0
    accepted_ms: float = 0.0
    planned_ms: float | None = None
