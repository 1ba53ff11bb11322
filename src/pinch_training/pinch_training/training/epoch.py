# SPDX-License-Identifier: Apache-2.0
"""One pass over the data: to learn from it, or to score it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from pinch_core.networks.network import QualityNetwork
from pinch_core.networks.weights import Network
from pinch_training.errors import TrainingDataError
from pinch_training.training.augmentation import augment
from pinch_training.training.crop_data import CropData
from pinch_training.training.randomness import Stream, generator, seed_of
from pinch_training.training.team import CPU, Team
from pinch_training.training.train_config import LearningConfig
from pinch_training.training.watcher import Step

Float32 = NDArray[np.float32]

# Nothing is stored for the backward pass when scoring, so batches may be larger.
SCORING_BATCH = 2048
# Looking at the loss makes a GPU wait.
STEPS_PER_LOOK = {"cpu": 1, "cuda": 50}


@dataclass(frozen=True, eq=False)
class Learning:
    """What changes while a network learns, and how it does.

    ``callee`` is the network, or what averages its gradients over a team. ``batch``: examples of a step.
    ``held``: whether statistics of batch normalisation stay as they are.
    """

    network: Network
    callee: nn.Module
    optimizer: Optimizer
    schedule: LRScheduler
    config: LearningConfig
    team: Team
    batch: int
    held: bool = False

    def steps(self, examples: int) -> int:
        """In an epoch; what does not fill the last batch is left out."""
        return examples // self.batch


def learn_epoch(
    learning: Learning,
    data: CropData,
    epoch: int,
    class_weights: Tensor,
    on_step: Callable[[Step], None] = lambda step: None,
) -> float:
    """Mean loss of one pass in a new random order, of which each process of a team takes its part.

    The loss of a batch is the sum of the weighted losses over the number of examples, so the mean over the
    parts of a batch is that of the batch, whoever computes them.

    Args:
        epoch: counted from 1.
        class_weights: Float32[2], of negatives and positives, of mean 1 over the examples.

    Raises:
        TrainingDataError: the loss is not finite.
    """
    config, team = learning.config, learning.team
    order = torch.randperm(len(data), generator=generator(CPU, seed_of(config.seed, Stream.ORDER, epoch)))
    noise = generator(team.device, seed_of(config.seed, Stream.AUGMENTATION, epoch, team.rank))
    torch.manual_seed(seed_of(config.seed, Stream.DROPOUT, epoch, team.rank))
    _set_training(learning)
    class_weights = class_weights.to(team.device)
    steps, look = learning.steps(len(data)), STEPS_PER_LOOK[team.device.type]
    part, total, looked = learning.batch // team.size, 0.0, 0
    recent = torch.zeros((), dtype=torch.float64, device=team.device)
    for step in range(1, steps + 1):
        first = (step - 1) * learning.batch + team.rank * part
        crops, depths, labels = data.batch(order[first : first + part], team.device)
        seen = augment(crops, depths, config.augmentation, noise)
        with torch.autocast(team.device.type, torch.bfloat16, enabled=config.precision == "bfloat16"):
            logits = learning.callee(seen, depths)
        loss = functional.cross_entropy(logits.float(), labels, class_weights, reduction="sum") / part
        learning.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        learning.optimizer.step()
        learning.schedule.step()
        recent += loss.detach()
        if step % look == 0 or step == steps:
            mean = float(team.sum(recent)) / team.size / (step - looked)
            if not np.isfinite(mean):
                raise TrainingDataError(
                    f"the loss became {mean} after {step} steps of epoch {epoch}; lower "
                    "optimizer.learning_rate, or look for numbers that are not finite in the data."
                )
            on_step(Step(epoch, (epoch - 1) * steps + step, (step - looked) * learning.batch, mean))
            total, looked = total + mean * (step - looked), step
            recent.zero_()
    team.agree(learning.network.buffers())  # running statistics, or each would score by its own
    return total / max(steps, 1)


def _set_training(learning: Learning) -> None:
    learning.callee.train()
    if learning.held:
        for layer in learning.network.modules():
            if isinstance(layer, nn.modules.batchnorm._BatchNorm):
                layer.eval()


@torch.no_grad()
def score(network: QualityNetwork, data: CropData, team: Team | None = None) -> Float32:
    """Float32[N]: log odds of success of every example; each process of a team scores a part."""
    team = team or Team()
    network.eval()
    mine = team.part(len(data))
    parts = [np.zeros(0, np.float32)]
    for start in range(mine.start, mine.stop, SCORING_BATCH):
        rows = slice(start, min(start + SCORING_BATCH, mine.stop))
        crops, depths, _ = data.batch(rows, team.device)
        logits = network(crops, depths)
        parts.append((logits[:, 1] - logits[:, 0]).cpu().numpy())
    return np.asarray(team.joined(np.concatenate(parts)), np.float32)
