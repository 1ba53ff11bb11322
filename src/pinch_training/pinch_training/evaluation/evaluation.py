# SPDX-License-Identifier: Apache-2.0
"""What an evaluation finds, and the table of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pinch_datagen.dataset.groups import SplitUnit
from pinch_training.evaluation.binary_metrics import (
    RECALL_LEVELS,
    ROBUST,
    BinaryMetrics,
    binary_metrics,
)
from pinch_training.evaluation.calibration import brier_score, equal_count_curve, equal_width_curve
from pinch_training.evaluation.intervals import Interval, RankingIntervals, ranking_intervals
from pinch_training.evaluation.predictions import Bool, Float64, Int64


@dataclass(frozen=True)
class Scores:
    """Of one model on one split. ``ece`` with bins of equal width, ``ece_equal_count`` as it says."""

    metrics: BinaryMetrics
    intervals: RankingIntervals
    ece: float
    ece_equal_count: float
    brier: float

    @staticmethod
    def of(labels: Bool, q: Float64, groups: Int64, rng: np.random.Generator) -> Scores:
        """Raises EvaluationError as :func:`checked`; ``groups`` as for :func:`ranking_intervals`."""
        return Scores(
            binary_metrics(labels, q),
            ranking_intervals(labels, q, groups, rng),
            equal_width_curve(labels, q).expected_error,
            equal_count_curve(labels, q).expected_error,
            brier_score(labels, q),
        )


@dataclass(frozen=True, eq=False)
class SplitEvaluation:
    """One split. ``indices`` Int64[N] into the dataset, ``labels`` Bool[N], ``q`` Float64[N] by model.

    ``groups``: how many objects or images, see :class:`Evaluation`.
    """

    indices: Int64
    labels: Bool
    groups: int
    q: Mapping[str, Float64]
    scores: Mapping[str, Scores]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All models on all splits of a dataset. ``unit``: what intervals resample, and names."""

    dataset: Path
    unit: SplitUnit
    splits: Mapping[str, SplitEvaluation]

    @property
    def rows(self) -> list[tuple[str, str, Scores]]:
        """Split, model, scores."""
        return [
            (name, model, scores)
            for name, split in self.splits.items()
            for model, scores in split.scores.items()
        ]


@dataclass(frozen=True)
class Column:
    """Of the table. ``best``: which of the values is; None: none is."""

    key: str
    title: str
    value: Callable[[Scores], float]
    best: Callable[[list[float]], float] | None = max
    interval: Callable[[Scores], Interval] | None = None


COLUMNS = (
    Column("accuracy", "accuracy", lambda s: s.metrics.accuracy),
    Column("balanced_accuracy", "balanced accuracy", lambda s: s.metrics.balanced_accuracy),
    Column(
        "average_precision",
        "AP",
        lambda s: s.metrics.average_precision,
        interval=lambda s: s.intervals.average_precision,
    ),
    Column("roc_auc", "ROC AUC", lambda s: s.metrics.roc_auc, interval=lambda s: s.intervals.roc_auc),
    Column("precision", f"precision at q > {ROBUST:g}", lambda s: s.metrics.precision),
    Column("recall", f"recall at q > {ROBUST:g}", lambda s: s.metrics.recall),
    Column("coverage", f"robust rate (q > {ROBUST:g})", lambda s: s.metrics.coverage, best=None),
    *(
        Column(
            f"precision_at_recall_{level:g}",
            f"precision at {level:.0%} recall",
            lambda s, k=k: s.metrics.precision_at_recall[k],  # type: ignore[misc]
        )
        for k, level in enumerate(RECALL_LEVELS)
    ),
    Column("ece", "ECE", lambda s: s.ece, best=min),
    Column("ece_equal_count", "ECE, bins of equal count", lambda s: s.ece_equal_count, best=min),
    Column("brier", "Brier", lambda s: s.brier, best=min),
)
