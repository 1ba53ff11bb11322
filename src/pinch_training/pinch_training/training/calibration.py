# SPDX-License-Identifier: Apache-2.0
"""Log odds that mean what they say: scale and shift (Platt, 1999), folded into the last layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import nn

from pinch_core.networks.weights import Network, build_network

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


@dataclass(frozen=True)
class LogOdds:
    """Calibrated log odds of success are ``scale * log_odds + shift``."""

    scale: float
    shift: float

    @classmethod
    def fitted(cls, log_odds: Float32, labels: Bool) -> LogOdds:
        """By least log loss. Class weights in training shift the odds; this takes the shift back.

        Of n successes n + 1 in n + 2 are taken to be some (Platt 1999, eq. 6), of failures likewise, so that
        few examples that happen to be told apart do not make odds infinite.
        """
        successes, failures = int(labels.sum()), int((~labels).sum())
        expected = np.where(labels, (successes + 1) / (successes + 2), 1 / (failures + 2))
        column = log_odds[:, None].astype(np.float64)
        fit = LogisticRegression(C=np.inf).fit(
            np.concatenate([column, column]),
            np.repeat([True, False], len(column)),
            np.concatenate([expected, 1 - expected]),
        )
        return cls(float(fit.coef_[0, 0]), float(fit.intercept_[0]))

    def of(self, log_odds: Float32) -> Float64:
        """Float64 of their shape."""
        return np.asarray(self.scale * log_odds.astype(np.float64) + self.shift)

    def folded_into(self, network: Network) -> Network:
        """A copy of a network, on the CPU, that gives calibrated odds."""
        copied = build_network(network.architecture)
        copied.load_state_dict(network.state_dict())
        self.fold_into(linear_layers(copied)[-1])
        return copied

    @torch.no_grad()
    def fold_into(self, layer: nn.Linear) -> None:
        """Make a last layer of two logits give calibrated odds."""
        layer.weight.mul_(self.scale)
        layer.bias.mul_(self.scale)
        layer.bias[1] += self.shift


def linear_layers(network: nn.Module) -> list[nn.Linear]:
    """From the input to the output; the last one gives the logits."""
    return [layer for layer in network.modules() if isinstance(layer, nn.Linear)]


def log_losses(log_odds: Float64, labels: Bool) -> Float64:
    """Float64[N]: negative log likelihood of what happened."""
    return np.asarray(np.logaddexp(0.0, np.where(labels, -log_odds, log_odds)))
