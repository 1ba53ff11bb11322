# SPDX-License-Identifier: Apache-2.0
"""Observers of a training run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """A look at a run: ``number`` of the step since the run began, ``examples`` and mean ``loss`` since the
    last look.
    """

    epoch: int
    number: int
    examples: int
    loss: float


@dataclass(frozen=True)
class EpochFigures:
    """What an epoch gave; ``seconds`` and ``examples_per_s`` depend on the machine."""

    epoch: int
    train_loss: float
    validation_loss: float
    average_precision: float
    accuracy: float
    learning_rate: float
    seconds: float
    examples_per_s: float


@dataclass(frozen=True)
class Watcher:
    """Told how far reading is (examples read, of how many), how many steps an epoch has when the first one
    begins, and of steps and epochs.
    """

    on_read: Callable[[int, int], None] = lambda done, total: None
    on_begin: Callable[[int], None] = lambda steps: None
    on_step: Callable[[Step], None] = lambda step: None
    on_epoch: Callable[[EpochFigures], None] = lambda figures: None
