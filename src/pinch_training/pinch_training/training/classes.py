# SPDX-License-Identifier: Apache-2.0
"""Successes and failures: both must be there, and the rarer ones may weigh more."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pinch_training.errors import TrainingDataError

Bool = NDArray[np.bool_]


def check_both_classes(successes: Bool, where: str, remedy: str) -> None:
    """Raise TrainingDataError unless there are successes and failures; ``where`` and ``remedy`` complete
    the sentence.
    """
    if successes.all() or not successes.any():
        missing = "negative" if successes.any() else "positive"
        raise TrainingDataError(f"none of the {len(successes)} examples of {where} is {missing}; {remedy}.")


def class_weights(labels: Tensor, balance: float) -> Tensor:
    """Float32[2]: weights of negatives and positives, of mean 1 over the examples, both of which there are.

    Args:
        labels: Int64[N], 0 or 1.
        balance: 0: both 1; 1: both classes weigh the same; between: in between.
    """
    counts = torch.bincount(labels, minlength=2).float()
    weights = (len(labels) / (2 * counts)) ** balance
    return weights * len(labels) / (weights * counts).sum()
