# SPDX-License-Identifier: Apache-2.0
"""The figures of a model card, by the code that ``pinch evaluate`` uses."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from pinch_core.networks.model_card import SplitMetrics
from pinch_training.evaluation.binary_metrics import binary_metrics
from pinch_training.evaluation.calibration import equal_width_curve

Bool = NDArray[np.bool_]


def split_metrics(split: str, labels: Bool, log_odds: NDArray[np.floating]) -> SplitMetrics:
    """How well log odds Float[N] tell successes Bool[N], N > 0.

    Args:
        split: what the examples are, for the reader.

    Raises:
        EvaluationError: log odds that are not finite, or no examples.
    """
    q = expit(np.asarray(log_odds, np.float64))
    m = binary_metrics(labels, q)
    return SplitMetrics(
        split=split,
        examples=m.count,
        base_rate=m.positives / m.count,
        average_precision=_known(m.average_precision),
        roc_auc=_known(m.roc_auc),
        accuracy=_known(m.accuracy),
        balanced_accuracy=_known(m.balanced_accuracy),
        precision_at_half=_known(m.precision),
        ece=_known(equal_width_curve(labels, q).expected_error),
    )


def _known(share: float) -> float | None:
    # Sums of shares exceed 1 by their rounding.
    return None if math.isnan(share) else min(share, 1.0)
