# SPDX-License-Identifier: Apache-2.0
"""How far metrics would move with other test objects: cluster bootstrap (Field and Welsh, JRSS B 2007).

Examples of one object resemble each other, so whole objects are drawn with repetition; drawing single
examples would make a few objects look like a hundred thousand independent facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pinch_training.evaluation.predictions import Bool, Float64, Int64, checked

RESAMPLES = 500
PERCENTILES = (2.5, 97.5)


class Interval(NamedTuple):
    """95 % of the resamples lie in it; NaN where that cannot be said."""

    lower: float
    upper: float


@dataclass(frozen=True)
class RankingIntervals:
    """Of the metrics that do not depend on a threshold."""

    average_precision: Interval
    roc_auc: Interval


def ranking_intervals(
    labels: NDArray[Any], q: NDArray[Any], groups: Int64, rng: np.random.Generator
) -> RankingIntervals:
    """Intervals for Bool[N] labels and Float[N] predictions, examples of equal ``groups`` Int64[N] together.

    Raises:
        EvaluationError: as :func:`checked`.
    """
    labels, q = checked(labels, q)
    _, members = np.unique(groups, return_inverse=True)
    count = int(members.max()) + 1
    if count < 2:
        unknown = Interval(np.nan, np.nan)
        return RankingIntervals(unknown, unknown)
    ranking = _Ranking.of(labels, q)
    draws = (rng.multinomial(count, np.full(count, 1 / count))[members] for _ in range(RESAMPLES))
    scores = np.array([ranking.scores(weights) for weights in draws])
    scores = scores[np.isfinite(scores).all(axis=1)]  # some resamples may lack one of the classes
    bounds = np.percentile(scores, PERCENTILES, axis=0) if len(scores) else np.full((2, 2), np.nan)
    return RankingIntervals(*(Interval(float(lower), float(upper)) for lower, upper in bounds.T))


@dataclass(frozen=True, eq=False)
class _Ranking:
    """Sorted once for all resamples: from the highest q; ``ends`` are the last examples of each q."""

    order: Int64
    ends: Int64
    labels: Bool

    @staticmethod
    def of(labels: Bool, q: Float64) -> _Ranking:
        order = np.argsort(-q, kind="stable")
        ends = np.flatnonzero(np.append(np.diff(q[order]) != 0.0, True))
        return _Ranking(order, ends, labels[order])

    def scores(self, weights: NDArray[Any]) -> tuple[float, float]:
        """Average precision and ROC AUC of weighted examples, NaN without both classes."""
        sorted_weights = weights[self.order].astype(np.float64)
        positives = np.cumsum(sorted_weights * self.labels)[self.ends]
        called = np.cumsum(sorted_weights)[self.ends]
        negatives = called - positives
        if positives[-1] == 0.0 or negatives[-1] == 0.0:
            return np.nan, np.nan
        precision = positives / np.maximum(called, 1e-300)
        average_precision = np.sum(np.diff(positives, prepend=0.0) * precision) / positives[-1]
        heights = positives + np.concatenate([[0.0], positives[:-1]])
        area = np.sum(np.diff(negatives, prepend=0.0) * heights) / 2
        return float(average_precision), float(area / positives[-1] / negatives[-1])
