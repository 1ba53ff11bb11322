# SPDX-License-Identifier: Apache-2.0
"""How well predicted success tells grasps that succeed from those that fail."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, confusion_matrix, precision_recall_curve, roc_auc_score

from pinch_training.evaluation.predictions import Bool, Float64, checked

ROBUST = 0.5  # grasps of a higher q are called robust and may be executed (P IV)
RECALL_LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)


class Confusion(NamedTuple):
    """Counts of examples; positive is q > ROBUST."""

    true_negatives: int
    false_positives: int
    false_negatives: int
    true_positives: int


@dataclass(frozen=True)
class BinaryMetrics:
    """All but the counts are rates in [0, 1]; NaN where a denominator is 0 or one of the classes is missing.

    ``balanced_accuracy``: mean of the recalls of both classes. ``precision`` and ``recall``: at q > ROBUST.
    ``coverage``: rate of examples with q > ROBUST, the paper's robust rate. ``precision_at_recall``: the
    best precision among the thresholds that reach each of RECALL_LEVELS.
    """

    count: int
    positives: int
    accuracy: float
    balanced_accuracy: float
    average_precision: float
    roc_auc: float
    precision: float
    recall: float
    coverage: float
    precision_at_recall: tuple[float, ...]
    confusion: Confusion


def binary_metrics(labels: NDArray[Any], q: NDArray[Any]) -> BinaryMetrics:
    """Compare predictions with the truth.

    Args:
        labels: Bool[N], whether the grasp succeeds.
        q: Float[N] in [0, 1], its predicted probability.

    Raises:
        EvaluationError: no examples, unequal lengths, NaN or other values that are no probabilities.
    """
    labels, q = checked(labels, q)
    matrix = confusion_matrix(labels, q > ROBUST, labels=[False, True])
    confusion = Confusion(*(int(count) for count in matrix.ravel()))
    positives = int(labels.sum())
    recall = _share(confusion.true_positives, positives)
    specificity = _share(confusion.true_negatives, len(labels) - positives)
    called = confusion.true_positives + confusion.false_positives
    both = 0 < positives < len(labels)
    return BinaryMetrics(
        count=len(labels),
        positives=positives,
        accuracy=(confusion.true_positives + confusion.true_negatives) / len(labels),
        balanced_accuracy=(recall + specificity) / 2,
        average_precision=float(average_precision_score(labels, q)) if both else math.nan,
        roc_auc=float(roc_auc_score(labels, q)) if both else math.nan,
        precision=_share(confusion.true_positives, called),
        recall=recall,
        coverage=called / len(labels),
        precision_at_recall=_precision_at_recall(labels, q) if both else (math.nan,) * len(RECALL_LEVELS),
        confusion=confusion,
    )


def _precision_at_recall(labels: Bool, q: Float64) -> tuple[float, ...]:
    precision, recall, _ = precision_recall_curve(labels, q)
    # The recall is a share of counts: 0.8 of 5 positives is 4 of them, whatever the rounding.
    return tuple(float(np.max(precision[recall >= level - 1e-12])) for level in RECALL_LEVELS)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan
