# SPDX-License-Identifier: Apache-2.0
"""What an executed grasp was worth, by three rules at once: pure functions of what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pinch_benchmark.clutter.heap_trial import HeapExecution
from pinch_benchmark.physics.physics_config import MotionConfig

# Fingers that are nearly closed, of the largest opening, hold nothing by the decluttering benchmark. Here
# they may hold something thin if it came up: its objects are thicker, ours are not.
LEAST_OPENING = 0.1


class ClutterOutcome(str, Enum):
    """What became of a grasp by the strict rule; of several reasons the first to happen."""

    HELD = "held"  # one object, through the shake, and nothing else was disturbed
    WALL = "wall"  # the gripper hit the bin
    COLLIDED = "collided"  # too much force on the approach
    PUSHED = "pushed"  # the approach pushed an object too far
    MISSED = "missed"  # the closed jaws have nothing between them
    SLIPPED = "slipped"  # it did not come up
    SEVERAL = "several"  # more than one object came up
    DROPPED = "dropped"  # it was lost in the shake
    NO_GRASP = "no_grasp"  # nothing was planned
    PUSH = "push"  # no grasp was tried: something was pushed on purpose, to make room


@dataclass(frozen=True)
class Verdict:
    """``lenient``: the decluttering benchmark's: something is between the fingers after the way back.
    ``picked``: exactly one object came up and stayed through a shake, and no contact stopped the gripper
    (Mahler et al. 2019). ``outcome``: by the strict rule, which also counts what the approach pushed.
    """

    lenient: bool
    picked: bool
    outcome: ClutterOutcome

    @property
    def strict(self) -> bool:
        """Nothing at all went wrong."""
        return self.outcome is ClutterOutcome.HELD


def judge(done: HeapExecution, motion: MotionConfig, max_opening: float) -> Verdict:
    """The verdict on a grasp by a gripper that opens ``max_opening`` [m]."""
    return Verdict(
        lenient=bool(done.touching) and (bool(done.lifted) or done.opening > LEAST_OPENING * max_opening),
        picked=not done.stopped and len(done.lifted) == 1 and done.held == done.lifted,
        outcome=_outcome(done, motion),
    )


def _outcome(done: HeapExecution, motion: MotionConfig) -> ClutterOutcome:
    if done.wall_force > motion.max_contact_force:
        return ClutterOutcome.WALL
    if done.force > motion.max_contact_force:
        return ClutterOutcome.COLLIDED
    if done.pushed > motion.max_push:
        return ClutterOutcome.PUSHED
    if not done.lifted:
        return ClutterOutcome.SLIPPED if done.gripped else ClutterOutcome.MISSED
    if len(done.lifted) > 1:
        return ClutterOutcome.SEVERAL
    return ClutterOutcome.HELD if done.held else ClutterOutcome.DROPPED
