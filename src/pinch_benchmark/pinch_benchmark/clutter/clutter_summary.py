# SPDX-License-Identifier: Apache-2.0
"""The figures of rounds: what was grasped, cleared, and what went wrong on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.clutter.judge import ClutterOutcome
from pinch_benchmark.clutter.records import AttemptRecord, End, RoundRecord
from pinch_core.share import Share

Float64 = NDArray[np.float64]

# What an arm needs beside the gripper's motion: to the place area and back, and a picture [s].
TRANSFER_S = 4.0
# Where weak policies die (Mahler et al. 2019, fig. 3).
LAST = 5


@dataclass(frozen=True)
class ClutterSummary:
    """Of one method on one scene.

    ``grasped``: attempts that succeeded by the lenient rule (GSR), ``cleared``: objects taken (DR); what fell
    out or was left after a refusal is not. ``grasped_liftable``, ``cleared_liftable``: the same of objects
    that can be lifted at all. ``strict``: attempts that succeeded by the strict rule. ``picked``: attempts
    with exactly one object through the shake (reliability). ``average_precision``: of picks over the
    planner's quality, NaN without one. ``several``, ``wall``, ``pushed``: attempts that lifted several
    objects, hit the bin, pushed something by more than the strict rule allows. ``fell_out``: objects.
    ``refused``: plans without a grasp; ``pushes``: pushes instead of one. ``ends``: rounds by how they ended.
    ``picks_per_hour``: objects an hour of planning on this machine, simulated motion of the gripper and
    :data:`TRANSFER_S` an attempt. ``planning_s``: median and 99th percentile. ``last``: median attempts for
    the last five objects of rounds that were cleared, NaN if none was. ``curve``: see :func:`success_curve`.
    """

    scene: str
    method: str
    rounds: int
    grasped: Share
    cleared: Share
    grasped_liftable: Share
    cleared_liftable: Share
    liftable: Share
    strict: Share
    picked: Share
    average_precision: float
    several: Share
    wall: Share
    pushed: Share
    fell_out: Share
    refused: int
    pushes: int
    outcomes: dict[str, int]
    ends: dict[str, int]
    picks_per_hour: float
    planning_s: tuple[float, float]
    last: float
    curve: Float64

    @classmethod
    def of(cls, scene: str, method: str, records: Sequence[RoundRecord]) -> ClutterSummary:
        """Of the rounds of one method on one scene."""
        done = [each for record in records for each in record.executed]
        on_liftable = [
            each
            for record in records
            for each in record.executed
            if each.target >= 0 and record.liftable[each.target]
        ]
        objects = sum(len(record.objects) for record in records)
        liftable = sum(sum(record.liftable) for record in records)
        taken_liftable = sum(record.liftable[k] for record in records for k in record.taken)
        tried = [each for record in records for each in record.attempts]
        count = len(done)
        outcomes = Counter(each.outcome for each in tried)
        ends = Counter(record.end for record in records)
        return cls(
            scene=scene,
            method=method,
            rounds=len(records),
            grasped=Share(sum(each.lenient for each in done), count),
            cleared=Share(sum(len(record.taken) for record in records), objects),
            grasped_liftable=Share(sum(each.lenient for each in on_liftable), len(on_liftable)),
            cleared_liftable=Share(taken_liftable, liftable),
            liftable=Share(liftable, objects),
            strict=Share(sum(each.strict for each in done), count),
            picked=Share(sum(each.picked for each in done), count),
            average_precision=_average_precision(done),
            several=Share(sum(len(each.lifted) > 1 for each in done), count),
            wall=Share(outcomes[ClutterOutcome.WALL.value], count),
            pushed=Share(outcomes[ClutterOutcome.PUSHED.value], count),
            fell_out=Share(sum(len(each.fell_out) for each in done), objects),
            refused=outcomes[ClutterOutcome.NO_GRASP.value],
            pushes=outcomes[ClutterOutcome.PUSH.value],
            outcomes={each.value: outcomes[each.value] for each in ClutterOutcome},
            ends={each.value: ends[each.value] for each in End},
            picks_per_hour=_picks_per_hour(tried),
            planning_s=_percentiles(each.planning_s for each in tried),
            last=_attempts_for_last(records),
            curve=success_curve(records),
        )


def summarize_rounds(records: Sequence[RoundRecord]) -> list[ClutterSummary]:
    """A summary of each method on each scene, in the order of the records."""
    keys = dict.fromkeys((record.scene, record.method) for record in records)
    return [
        ClutterSummary.of(*key, [record for record in records if (record.scene, record.method) == key])
        for key in keys
    ]


def success_curve(records: Sequence[RoundRecord]) -> Float64:
    """Float64[A + 1]: share of all objects that are taken after each attempt, from none; a round that has
    ended stays as it ended.
    """
    longest = max((len(record.attempts) for record in records), default=0)
    objects = sum(len(record.objects) for record in records)
    taken = np.zeros(longest + 1)
    for record in records:
        so_far = np.cumsum([0, *(len(each.taken) for each in record.attempts)])
        taken += np.pad(so_far, (0, longest + 1 - len(so_far)), mode="edge")
    return np.asarray(taken / max(objects, 1))


def _average_precision(done: Sequence[AttemptRecord]) -> float:
    from sklearn.metrics import average_precision_score

    rated = [each for each in done if np.isfinite(each.quality)]
    if not any(each.picked for each in rated):
        return float("nan")
    return float(average_precision_score([each.picked for each in rated], [each.quality for each in rated]))


def _picks_per_hour(tried: Sequence[AttemptRecord]) -> float:
    seconds = sum(
        each.planning_s + each.simulated_s + (0.0 if each.refusal else TRANSFER_S) for each in tried
    )
    return 3600.0 * sum(each.picked for each in tried) / seconds if seconds else float("nan")


def _attempts_for_last(records: Sequence[RoundRecord]) -> float:
    counts = []
    for record in records:
        if record.end != End.EMPTY.value or len(record.objects) < LAST:
            continue
        gone = np.cumsum([0, *(len(each.taken) + len(each.fell_out) for each in record.attempts)])
        counts.append(int((len(record.objects) - gone[:-1] <= LAST).sum()))
    return float(np.median(counts)) if counts else float("nan")


def _percentiles(values: Iterable[float]) -> tuple[float, float]:
    found = list(values)
    if not found:
        return float("nan"), float("nan")
    return float(np.median(found)), float(np.percentile(found, 99))
