# SPDX-License-Identifier: Apache-2.0
"""The figures of the paper's Tables III and IV from records of trials."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pinch_benchmark.physics.grasp_trial import Outcome
from pinch_benchmark.run.trial import TrialRecord
from pinch_core.share import Share

# A planner is sure of a grasp above this quality (Mahler et al. 2017, sec. V-C).
SURE = 0.5


@dataclass(frozen=True)
class MethodSummary:
    """``precision``: of the trials that the method was sure of, those that held; ``robust``: how often it was
    sure; both of none where it has no probability. ``collided``: on the approach. ``outcomes``: of all
    trials.
    """

    method: str
    success: Share
    precision: Share
    robust: Share
    collided: Share
    outcomes: dict[str, int]
    planning_s: float
    physics_s: float

    @property
    def trial_s(self) -> float:
        """Planning and physics, on one core [s]."""
        return self.planning_s + (self.physics_s if np.isfinite(self.physics_s) else 0.0)

    @classmethod
    def of(cls, method: str, records: Sequence[TrialRecord]) -> MethodSummary:
        """Of the records of one method."""
        counts = Counter(record.outcome for record in records)
        rated = [record for record in records if np.isfinite(record.quality)]
        sure = [record for record in rated if record.quality > SURE]
        return cls(
            method,
            Share(counts[Outcome.HELD.value], len(records)),
            Share(sum(record.held for record in sure), len(sure)),
            Share(len(sure), len(rated)),
            Share(counts[Outcome.COLLIDED.value], len(records)),
            {outcome.value: counts[outcome.value] for outcome in Outcome},
            _median(record.planning_s for record in records),
            _median(record.physics_s for record in records if record.physics_s > 0.0),
        )


def summarize(records: Sequence[TrialRecord], methods: Iterable[str]) -> list[MethodSummary]:
    """A summary of each method that has records."""
    grouped = {name: [record for record in records if record.method == name] for name in methods}
    return [MethodSummary.of(name, found) for name, found in grouped.items() if found]


@dataclass(frozen=True)
class LabelAgreement:
    """How well the analytic label tells what physics does, on grasps that did not collide on the approach.

    ``rank_correlation``: Spearman's, of robust epsilon and success. ``held_if_good``, ``held_if_bad``:
    success of grasps that labels call good and bad, were they free of collisions.
    """

    grasps: int
    rank_correlation: float
    held_if_good: Share
    held_if_bad: Share

    @classmethod
    def of(cls, records: Sequence[TrialRecord], min_robust_epsilon: float) -> LabelAgreement:
        """Of all records that have a grasp, by any planner."""
        from scipy.stats import spearmanr

        untold = (Outcome.NO_GRASP.value, Outcome.UNREACHABLE.value, Outcome.COLLIDED.value)
        tried = [record for record in records if record.outcome not in untold]
        epsilon = np.array([record.robust_epsilon for record in tried])
        held = np.array([record.held for record in tried], dtype=np.bool_)
        good = epsilon > min_robust_epsilon
        varied = len(tried) > 2 and held.any() and not held.all()
        return cls(
            len(tried),
            float(spearmanr(epsilon, held).statistic) if varied else float("nan"),
            Share(int(held[good].sum()), int(good.sum())),
            Share(int(held[~good].sum()), int((~good).sum())),
        )


@dataclass(frozen=True)
class RecognitionSummary:
    """Of a method that recognizes the object: how often it took it for the right one, and medians of the
    errors of its pose then: ``surface`` [m], ``translation`` [m], ``rotation`` [rad], as :class:`Deviation`.
    """

    method: str
    recognized: Share
    surface: float
    translation: float
    rotation: float

    @classmethod
    def of(cls, method: str, records: Sequence[TrialRecord]) -> RecognitionSummary | None:
        """Of the records of one method; None where it recognizes nothing."""
        told = [record for record in records if record.method == method and record.taken_for]
        if not told:
            return None
        right = [record for record in told if record.taken_for == record.object_name]
        return cls(
            method,
            Share(len(right), len(told)),
            _median(record.surface_error for record in right),
            _median(record.translation_error for record in right),
            _median(record.rotation_error for record in right),
        )


def recognition(records: Sequence[TrialRecord], methods: Iterable[str]) -> list[RecognitionSummary]:
    """Of each method that recognizes objects."""
    found = (RecognitionSummary.of(name, records) for name in methods)
    return [each for each in found if each is not None]


def _median(values: Iterable[float]) -> float:
    found = list(values)
    return float(np.median(found)) if found else float("nan")
