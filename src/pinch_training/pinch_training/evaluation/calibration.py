# SPDX-License-Identifier: Apache-2.0
"""Whether a predicted probability is one, and how to make it so.

Reliability curves and expected calibration error after Naeini et al., "Obtaining well calibrated
probabilities using Bayesian binning", AAAI 2015; temperature scaling after Guo et al., "On calibration of
modern neural networks", ICML 2017.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit

from pinch_core.config import setting, validate
from pinch_training.evaluation.errors import EvaluationError
from pinch_training.evaluation.predictions import Float64, Int64, checked

BINS = 15
COLDEST, HOTTEST = 1e-3, 1e3


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
    inner_edges = np.quantile(q, np.arange(1, bins) / bins, method="higher")
    return _curve(labels, q, np.searchsorted(inner_edges, q, side="right"))


def brier_score(labels: NDArray[Any], q: NDArray[Any]) -> float:
    """Mean squared distance of q from what happened: 0 is best, 0.25 is always saying 0.5.

    Raises:
        EvaluationError: as :func:`checked`.
    """
    labels, q = checked(labels, q)
    return float(np.mean((q - labels) ** 2))


@dataclass(frozen=True)
class Temperature:
    """Calibrates logits without reordering them."""

    value: float = setting(
        1.0, lower=COLDEST, upper=HOTTEST, help="what logits are divided by; above 1 tempers overconfidence"
    )

    def __post_init__(self) -> None:
        validate(self)

    def q(self, logits: NDArray[Any]) -> Float64:
        """Float64 of the logits' shape: probabilities."""
        return np.asarray(expit(np.asarray(logits, np.float64) / self.value))


def fit_temperature(labels: NDArray[Any], logits: NDArray[Any]) -> Temperature:
    """The temperature that minimises the log loss on examples that were not trained on.

    The loss is convex in 1 / temperature, so its only minimum is where its slope is zero.

    Args:
        labels: Bool[N].
        logits: Float[N], logarithm of the predicted odds of success.

    Raises:
        EvaluationError: logits are not finite, there are other numbers of them, or no temperature is best
            because they tell all successes from failures, or rather the opposite.
    """
    logits = np.asarray(logits, np.float64)
    if not np.isfinite(logits).all():
        raise EvaluationError(f"{np.sum(~np.isfinite(logits))} logits are not finite; repair the model.")
    labels, _ = checked(labels, expit(logits))
    signed = np.where(labels, logits, -logits)

    def slope(log_sharpness: float) -> float:
        return -float(np.mean(signed * expit(-np.exp(log_sharpness) * signed)))

    low, high = -np.log(HOTTEST), -np.log(COLDEST)
    if not slope(low) < 0.0 < slope(high):
        raise EvaluationError(
            f"no temperature in [{COLDEST:g}, {HOTTEST:g}] minimises the log loss of {len(labels)} examples: "
            "all are told apart, or they are told apart wrongly; give more or other examples."
        )
    return Temperature(float(np.exp(-brentq(slope, low, high, xtol=1e-12))))


def _curve(labels: NDArray[np.bool_], q: Float64, bin_of: Int64) -> ReliabilityCurve:
    count = np.bincount(bin_of)
    used = count > 0
    sums = (np.bincount(bin_of, values)[used] for values in (q, labels))
    mean_q, positive_share = (total / count[used] for total in sums)
    return ReliabilityCurve(mean_q, positive_share, count[used])
