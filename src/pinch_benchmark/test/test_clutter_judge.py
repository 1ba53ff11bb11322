# SPDX-License-Identifier: Apache-2.0
"""The judge's laws, on what was measured of grasps: one table, three rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pinch_benchmark.clutter.clutter_summary import ClutterSummary, success_curve
from pinch_benchmark.clutter.heap_trial import HeapExecution
from pinch_benchmark.clutter.judge import ClutterOutcome, judge
from pinch_benchmark.clutter.protocol import PROTOCOLS
from pinch_benchmark.clutter.records import AttemptRecord, RoundRecord
from pinch_core.share import Share

MOTION, OPENING = PROTOCOLS["packed"].motion, 0.08
HELD = HeapExecution(
    force=0.0,
    wall_force=0.0,
    pushed=0.0,
    pushed_object=-1,
    stopped=False,
    gripped=(1,),
    touching=(1,),
    opening=0.03,
    lifted=(1,),
    held=(1,),
    seconds=2.0,
)
CASES = {
    "held": (HELD, ClutterOutcome.HELD, True, True),
    "two at once": (replace(HELD, lifted=(1, 2), held=(1, 2)), ClutterOutcome.SEVERAL, True, False),
    "one of two stayed": (replace(HELD, lifted=(1, 2)), ClutterOutcome.SEVERAL, True, False),
    "the wall was hit": (replace(HELD, force=30.0, wall_force=30.0), ClutterOutcome.WALL, True, True),
    "a neighbour was hit": (replace(HELD, force=15.1), ClutterOutcome.COLLIDED, True, True),
    "a neighbour was touched": (replace(HELD, force=14.9), ClutterOutcome.HELD, True, True),
    "a neighbour was pushed away": (replace(HELD, pushed=0.0101), ClutterOutcome.PUSHED, True, True),
    "a guard stopped it": (
        replace(HELD, force=20.0, stopped=True, gripped=(), touching=(), lifted=(), held=()),
        ClutterOutcome.COLLIDED,
        False,
        False,
    ),
    "nothing was there": (
        replace(HELD, gripped=(), touching=(), opening=0.0, lifted=(), held=()),
        ClutterOutcome.MISSED,
        False,
        False,
    ),
    "it slipped out": (
        replace(HELD, touching=(), opening=0.0, lifted=(), held=()),
        ClutterOutcome.SLIPPED,
        False,
        False,
    ),
    "the jaws closed on the rest of it": (
        replace(HELD, opening=0.007, lifted=(), held=()),
        ClutterOutcome.SLIPPED,
        False,
        False,
    ),
    "a thin thing came up": (replace(HELD, opening=0.002), ClutterOutcome.HELD, True, True),
    "the shake lost it": (replace(HELD, held=()), ClutterOutcome.DROPPED, True, False),
}


@pytest.mark.parametrize(("done", "outcome", "lenient", "picked"), CASES.values(), ids=list(CASES))
def test_a_grasp_is_worth(done: HeapExecution, outcome: ClutterOutcome, lenient: bool, picked: bool) -> None:
    verdict = judge(done, MOTION, OPENING)
    assert (verdict.outcome, verdict.lenient, verdict.picked) == (outcome, lenient, picked)
    assert verdict.strict == (outcome is ClutterOutcome.HELD)


def attempt(taken: tuple[int, ...], fell_out: tuple[int, ...] = (), refusal: str = "") -> AttemptRecord:
    ok = len(taken) == 1
    return AttemptRecord(
        refusal=refusal,
        quality=0.9 if ok else 0.1,
        target=taken[0] if taken else 2,
        lenient=bool(taken),
        picked=ok,
        outcome="held" if ok else "no_grasp" if refusal else "several" if taken else "missed",
        force=0.0,
        wall_force=0.0,
        pushed=0.0,
        pushed_object=-1,
        lifted=taken,
        held=taken,
        taken=taken,
        fell_out=fell_out,
        planning_s=0.5,
        physics_s=1.0,
        simulated_s=1.5,
        grasp=None,
        opening=0.05,
        before=(),
    )


def a_round(*attempts: AttemptRecord, end: str = "empty", objects: int = 4) -> RoundRecord:
    names = tuple(f"object {k}" for k in range(objects))
    liftable = tuple(k != 2 for k in range(objects))
    return RoundRecord("bin25", "cem", 0, names, liftable, attempts, end)


def test_what_fell_out_is_not_cleared_and_two_at_once_are_no_pick() -> None:
    summary = ClutterSummary.of("bin25", "cem", [a_round(attempt((0,), fell_out=(3,)), attempt((1, 2)))])
    assert summary.cleared == Share(3, 4)
    assert summary.fell_out == Share(1, 4)
    assert summary.picked == Share(1, 2)
    assert summary.several == Share(1, 2)
    assert summary.average_precision == 1.0  # the pick was surer than the other


def test_a_planner_that_refuses_clears_less_and_fails_no_grasp() -> None:
    refused = a_round(attempt((0,)), attempt((), refusal="nothing fits"), end="no_grasp")
    summary = ClutterSummary.of("packed", "cem", [refused])
    assert summary.grasped == Share(1, 1)
    assert summary.cleared == Share(1, 4)
    assert (summary.refused, summary.ends["no_grasp"]) == (1, 1)


def test_unliftable_objects_are_told_apart() -> None:
    # Object 2 cannot be lifted: one attempt failed on it.
    summary = ClutterSummary.of(
        "pile", "cem", [a_round(attempt((0,)), attempt((1,)), attempt(()), end="failures")]
    )
    assert summary.grasped == Share(2, 3)
    assert summary.grasped_liftable == Share(2, 2)
    assert (summary.cleared, summary.cleared_liftable) == (Share(2, 4), Share(2, 3))


def test_the_curve_keeps_what_an_ended_round_had() -> None:
    curve = success_curve([a_round(attempt((0, 1, 2, 3))), a_round(attempt(()), attempt((0, 1)))])
    assert curve.tolist() == [0.0, 0.5, 0.75]


def test_attempts_for_the_last_five_begin_when_five_are_left() -> None:
    whole = a_round(
        attempt((0,)), attempt(()), attempt((1,)), *(attempt((k,)) for k in range(2, 7)), objects=7
    )
    summary = ClutterSummary.of("bin25", "cem", [whole])
    assert summary.last == 5
    given_up = a_round(attempt((0,)), end="failures", objects=7)
    assert ClutterSummary.of("bin25", "cem", [given_up, whole]).last == 5


def test_picks_an_hour_count_planning_motion_and_transfer() -> None:
    summary = ClutterSummary.of("bin25", "cem", [a_round(attempt((0,)))])
    assert summary.picks_per_hour == pytest.approx(3600 / (0.5 + 1.5 + 4.0))
