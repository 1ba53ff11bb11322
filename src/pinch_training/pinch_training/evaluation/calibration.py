# SPDX-License-Identifier: Apache-2.0
"""Whether a predicted probability is one.

Reliability curves and expected calibration error after Naeini et al., "Obtaining well calibrated
probabilities using Bayesian binning", AAAI 2015.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_training.evaluation.predictions import Float64, Int64, checked

BINS = 15


@dataclass(frozen=True, eq=False)
class ReliabilityCurve:
    """Examples in B bins of q, none of them empty.

    ``q`` Float64[B]: mean prediction. ``positive_share`` Float64[B]: what it should equal. ``count``
    Int64[B].
    """

    q: Float64
    positive_share: Float64
    count: Int64

    @property
    def expected_error(self) -> float:
        """ECE: the distance of both, on average over the examples."""
        return float(np.average(np.abs(self.q - self.positive_share), weights=self.count))


def equal_width_curve(labels: NDArray[Any], q: NDArray[Any], bins: int = BINS) -> ReliabilityCurve:
    """Bins of equal width over [0, 1]; those without examples are left out.

    Raises:
        EvaluationError: as :func:`checked`.
    """
    labels, q = checked(labels, q)
    return _curve(labels, q, np.minimum((q * bins).astype(np.int64), bins - 1))


def equal_count_curve(labels: NDArray[Any], q: NDArray[Any], bins: int = BINS) -> ReliabilityCurve:
    """Bins of the lowest q to the highest, with as many examples in each as equal q, never torn, allow.

    Raises:
        EvaluationError: as :func:`checked`.
    """
    labels, q = checked(labels, q)
    # By whole ranks: as a quantile, 0.15 of 100 is a little over 15.
    inner_edges = np.sort(q)[np.arange(1, bins) * len(q) // bins]
    return _curve(labels, q, np.searchsorted(inner_edges, q, side="right"))


def brier_score(labels: NDArray[Any], q: NDArray[Any]) -> float:
    """Mean squared distance of q from what happened: 0 is best, 0.25 is always saying 0.5.

    Raises:
        EvaluationError: as :func:`checked`.
    """
    labels, q = checked(labels, q)
    return float(np.mean((q - labels) ** 2))


def _curve(labels: NDArray[np.bool_], q: Float64, bin_of: Int64) -> ReliabilityCurve:
    count = np.bincount(bin_of)
    used = count > 0
    sums = (np.bincount(bin_of, values)[used] for values in (q, labels))
    mean_q, positive_share = (total / count[used] for total in sums)
    return ReliabilityCurve(mean_q, positive_share, count[used])
