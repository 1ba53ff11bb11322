# SPDX-License-Identifier: Apache-2.0
"""Log odds that mean what they say: scale and shift (Platt, 1999), folded into the last layer."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from torch import nn

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


def fit_log_odds(log_odds: Float32, labels: Bool) -> tuple[float, float]:
    """(scale, shift) that make ``scale * log_odds + shift`` the log odds of the labels, by least log loss.

    Class weights in training shift the odds; this takes the shift back.
    """
    sign = np.where(labels, 1.0, -1.0)
    values = log_odds.astype(np.float64)

    def loss(parameters: Float64) -> tuple[float, Float64]:
        margin = sign * (parameters[0] * values + parameters[1])
        slope = -sign * expit(-margin)
        return float(np.logaddexp(0.0, -margin).mean()), np.array([(slope * values).mean(), slope.mean()])

    scale, shift = minimize(loss, np.array([1.0, 0.0]), jac=True, method="BFGS").x
    return float(scale), float(shift)


@torch.no_grad()
def fold_into(layer: nn.Linear, scale: float, shift: float) -> None:
    """Make a last layer of two logits give the scaled and shifted odds."""
    layer.weight.mul_(scale)
    layer.bias.mul_(scale)
    layer.bias[1] += shift
