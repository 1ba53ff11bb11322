# SPDX-License-Identifier: Apache-2.0
"""Log odds that mean what they say: scale and shift (Platt, 1999), folded into the last layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import nn

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


# So weak that it matters only where all examples are told apart, when the best scale would be infinite.
PENALTY_INVERSE = 1e4


@dataclass(frozen=True)
class LogOdds:
    """Calibrated log odds of success are ``scale * log_odds + shift``."""

    scale: float
    shift: float

    @classmethod
    def fitted(cls, log_odds: Float32, labels: Bool) -> LogOdds:
        """By least log loss. Class weights in training shift the odds; this takes the shift back."""
        fit = LogisticRegression(C=PENALTY_INVERSE).fit(log_odds[:, None].astype(np.float64), labels)
        return cls(float(fit.coef_[0, 0]), float(fit.intercept_[0]))

    def of(self, log_odds: Float32) -> Float64:
        """Float64 of their shape."""
        return np.asarray(self.scale * log_odds.astype(np.float64) + self.shift)

    @torch.no_grad()
    def fold_into(self, layer: nn.Linear) -> None:
        """Make a last layer of two logits give calibrated odds."""
        layer.weight.mul_(self.scale)
        layer.bias.mul_(self.scale)
        layer.bias[1] += self.shift
