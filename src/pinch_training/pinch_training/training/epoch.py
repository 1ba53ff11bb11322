# SPDX-License-Identifier: Apache-2.0
"""One pass over the data: to learn from it, or to score it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from pinch_core.networks.network import QualityNetwork
from pinch_training.errors import TrainingDataError
from pinch_training.training.augmentation import augment
from pinch_training.training.crop_data import CropData
from pinch_training.training.train_config import AugmentationConfig

Float32 = NDArray[np.float32]

# Nothing is stored for the backward pass when scoring, so batches may be larger.
SCORING_BATCH = 2048


@dataclass(frozen=True)
class Learning:
    """What changes while a network learns."""

    network: QualityNetwork
    optimizer: Optimizer
    schedule: LRScheduler
    generator: torch.Generator


def learn_epoch(
    learning: Learning,
    data: CropData,
    batch: int,
    class_weights: torch.Tensor,
    augmentation: AugmentationConfig,
    on_step: Callable[[int], None],
) -> float:
    """Mean loss of one pass in a new random order.

    Args:
        class_weights: Float32[2], of negatives and positives.
        on_step: told the number of examples of each step.

    Raises:
        TrainingDataError: the loss is not finite.
    """
    network, total, steps = learning.network.train(), 0.0, 0
    for images, depths, labels in data.shuffled(batch, learning.generator):
        seen = augment(images, augmentation, learning.generator)
        loss = functional.cross_entropy(network(seen, depths), labels, class_weights)
        if not torch.isfinite(loss):
            raise TrainingDataError(
                f"the loss became {float(loss)} after {steps} steps; lower optimizer.learning_rate, or look "
                "for numbers that are not finite in the data."
            )
        learning.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        learning.optimizer.step()
        learning.schedule.step()
        total, steps = total + float(loss.detach()), steps + 1
        on_step(len(labels))
    return total / max(steps, 1)


@torch.no_grad()
def score(network: QualityNetwork, data: CropData) -> Float32:
    """Float32[N]: log odds of success of every example."""
    network.eval()
    logits = [network(images, depths) for images, depths, _ in data.in_order(SCORING_BATCH)]
    return np.asarray(torch.cat([logit[:, 1] - logit[:, 0] for logit in logits]).numpy())
