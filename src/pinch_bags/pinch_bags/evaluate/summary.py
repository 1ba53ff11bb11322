# SPDX-License-Identifier: Apache-2.0
"""Figures of each contender over all frames, in one pass over the records. Free of ROS."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pinch_bags.evaluate.contenders import Contender
from pinch_bags.evaluate.records import FrameRecord, PlanRecord, read_records
from pinch_bags.evaluate.stability import Step
from pinch_bags.evaluate.stillness import is_still
from pinch_core.share import Share
from pinch_training.evaluation.binary_metrics import ROBUST, binary_metrics
from pinch_training.evaluation.calibration import brier_score, equal_count_curve

# Bins of a reliability curve need some grasps each.
GRASPS_OF_A_BIN, MAX_BINS = 15, 10


@dataclass
class ContenderFigures:
    """Numbers of every frame, a few each: their memory is nothing beside the frames'."""

    name: str
    seconds: list[float] = field(default_factory=list)
    grasps: list[int] = field(default_factory=list)
    best: list[float] = field(default_factory=list)
    all_q: list[float] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    lost: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    judged: list[tuple[float, bool]] = field(default_factory=list)
    best_judged: list[tuple[float, bool]] = field(default_factory=list)
    collided: int = 0
    attempts: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, plan: PlanRecord) -> None:
        """Take the plan of one frame."""
        if plan.error:
            self.errors[plan.error] += 1
            self.grasps.append(0)
            return
        self.seconds.append(plan.seconds)
        self.grasps.append(len(plan.grasps))
        self.all_q += [one.quality for one in plan.grasps]
        self.rejected.update(plan.rejected or {})
        self.warnings.update(plan.warnings)
        if plan.grasps:
            self.best.append(plan.grasps[0].quality)
        for rank, one in enumerate(plan.grasps):
            if one.verdict is not None:
                self.judged.append((one.quality, one.verdict.success))
                if rank == 0:
                    self.best_judged.append((one.quality, one.verdict.success))
                    self.collided += one.verdict.collides
        self.attempts += [(one.quality, one.held) for one in plan.attempts if one.quality is not None]

    def compare(self, before: PlanRecord, after: PlanRecord) -> None:
        """Take two plans of neighbouring frames of a still scene."""
        if before.grasps and after.grasps:
            self.steps.append(Step.between(before.grasps[0], after.grasps[0]))
        elif before.grasps or after.grasps:
            self.lost += 1

    def document(self, truth_frames: int) -> dict[str, Any]:
        """As in summary.json; shares and quantiles of nothing are null."""
        steps = self.steps
        pairs = len(steps) + self.lost
        document: dict[str, Any] = {
            "name": self.name,
            "frames": len(self.grasps),
            "frames_with_grasp": sum(count > 0 for count in self.grasps),
            "grasps_per_frame": _mean(self.grasps),
            "best_quality": _quantiles(self.best),
            "quality": _quantiles(self.all_q),
            "planning_ms": _quantiles([1e3 * value for value in self.seconds]),
            "stability": {
                "pairs": pairs,
                "same_grasp": _share(sum(step.is_same for step in steps), pairs),
                "grasp_lost_or_found": self.lost,
                "distance_mm": _quantiles([1e3 * step.distance for step in steps]),
                "distances_mm": _thinned([1e3 * step.distance for step in steps]),
                "turn_deg": _quantiles([math.degrees(step.turn) for step in steps]),
                "quality_change": _quantiles([abs(step.quality) for step in steps]),
            },
            "rejected": dict(self.rejected.most_common()),
            "errors": dict(self.errors.most_common()),
            "warnings": dict(self.warnings.most_common()),
        }
        if truth_frames:
            succeeded = sum(success for _, success in self.best_judged)
            document["truth"] = {
                "success": _share(succeeded, truth_frames),
                "precision": _precision(self.best_judged),
                "collided": _share(self.collided, len(self.best_judged)),
                **_calibration(self.judged),
            }
        if self.attempts:
            document["attempts"] = {
                "held": _share(sum(held for _, held in self.attempts), len(self.attempts)),
                "precision": _precision(self.attempts),
                **_ranking(self.attempts),
                **_calibration(self.attempts),
            }
        return document


@dataclass
class Timeline:
    """What is drawn over the frames; of long recordings, every so-manyeth."""

    numbers: list[int] = field(default_factory=list)
    hole_ratio: list[float | None] = field(default_factory=list)
    best: dict[str, list[float | None]] = field(default_factory=dict)
    grasps: dict[str, list[int]] = field(default_factory=dict)
    scene_changes: list[int] = field(default_factory=list)


def summarize(folder: Path, contenders: Sequence[Contender]) -> dict[str, Any]:
    """The figures of all contenders on the records of a folder.

    Raises:
        DamagedFileError: as :func:`read_records`.
    """
    figures = {one.name: ContenderFigures(one.name) for one in contenders}
    timeline = Timeline(best={name: [] for name in figures}, grasps={name: [] for name in figures})
    holes: list[float] = []
    frame_errors: Counter[str] = Counter()
    frames = truth_frames = still = 0
    before: FrameRecord | None = None
    first_ns = last_ns = None
    for record in read_records(folder):
        frames += 1
        first_ns, last_ns = first_ns or record.stamp_ns, record.stamp_ns
        if record.error:
            frame_errors[record.error] += 1
            continue
        if record.hole_ratio is not None:
            holes.append(record.hole_ratio)
        truth_frames += any(one.verdict for plan in record.plans for one in plan.grasps)
        is_next = before is not None and is_still(before.thumbnail, record.thumbnail)
        still += is_next
        for plan in record.plans:
            figures[plan.contender].add(plan)
            previous = before.plan_of(plan.contender) if before is not None else None
            if is_next and previous is not None:
                figures[plan.contender].compare(previous, plan)
            timeline.best[plan.contender].append(plan.grasps[0].quality if plan.grasps else None)
            timeline.grasps[plan.contender].append(len(plan.grasps))
        timeline.numbers.append(record.number)
        timeline.hole_ratio.append(record.hole_ratio)
        if before is not None and not is_next:
            timeline.scene_changes.append(record.number)
        before = record
    return {
        "frames": frames,
        "unusable_frames": dict(frame_errors.most_common()),
        "seconds_of_recording": (last_ns - first_ns) / 1e9 if first_ns and last_ns else 0.0,
        "still_pairs": still,
        "scenes": len(timeline.scene_changes) + bool(timeline.numbers),
        "frames_with_truth": truth_frames,
        "hole_ratio": _quantiles(holes),
        "contenders": [one.document(truth_frames) for one in figures.values()],
        "timeline": vars(timeline),
    }


def _share(count: int, total: int) -> dict[str, Any]:
    share = Share(int(count), total)
    low, high = share.interval
    return {
        "value": _finite(share.value),
        "low": _finite(low),
        "high": _finite(high),
        "count": int(count),
        "of": total,
    }


def _precision(judged: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    """Of the grasps that the contender was sure of, those that succeeded."""
    sure = [success for q, success in judged if q > ROBUST]
    return _share(sum(sure), len(sure))


def _calibration(judged: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    """Whether q is the share of grasps that succeed."""
    if not judged:
        return {"grasps": 0, "expected_calibration_error": None, "brier": None, "reliability": []}
    q, success = np.array([one for one, _ in judged]), np.array([one for _, one in judged])
    curve = equal_count_curve(success, q, max(1, min(MAX_BINS, len(judged) // GRASPS_OF_A_BIN)))
    points = zip(curve.q, curve.positive_share, curve.count, strict=True)
    return {
        "grasps": len(judged),
        "expected_calibration_error": curve.expected_error,
        "brier": brier_score(success, q),
        "reliability": [[float(q), float(share), int(count)] for q, share, count in points],
    }


def _ranking(attempts: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    metrics = binary_metrics(np.array([held for _, held in attempts]), np.array([q for q, _ in attempts]))
    return {"average_precision": _finite(metrics.average_precision), "roc_auc": _finite(metrics.roc_auc)}


def _quantiles(values: Sequence[float]) -> dict[str, float | None]:
    names = {"p5": 5, "median": 50, "p95": 95}
    if not len(values):
        return dict.fromkeys(("mean", *names))
    found = np.percentile(values, list(names.values()))
    return {"mean": float(np.mean(values)), **dict(zip(names, map(float, found), strict=True))}


def _thinned(values: Sequence[float], most: int = 2000) -> list[float]:
    """Not more of the sorted values than a curve needs."""
    ordered = sorted(values)
    return [round(value, 3) for value in ordered[:: max(1, len(ordered) // most)]]


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
