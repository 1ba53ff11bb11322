# SPDX-License-Identifier: Apache-2.0
"""Training, in prose: data to splits, epochs until none is better, the best network calibrated and kept."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score
from torch import Tensor, nn

from pinch_core.networks.network import Normalization
from pinch_core.networks.weights import Network, load_network, save_network
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.groups import SplitUnit
from pinch_datagen.dataset.splits import split
from pinch_training.errors import TrainingDataError
from pinch_training.training.calibration import LogOdds
from pinch_training.training.checkpoint import (
    EpochFigures,
    Progress,
    load_checkpoint,
    save_checkpoint,
)
from pinch_training.training.crop_data import CropData
from pinch_training.training.epoch import Learning, learn_epoch, score
from pinch_training.training.recipe import make_network, make_optimizer
from pinch_training.training.run_folder import RunFolder
from pinch_training.training.train_config import TrainConfig

Int64 = NDArray[np.int64]

# Crops from which mean and deviation are taken.
NORMALIZATION_SAMPLE = 20_000


@dataclass(frozen=True, eq=False)
class Splits:
    """Example numbers of three sets of objects that share none."""

    train: Int64
    validation: Int64
    test: Int64

    @classmethod
    def of(cls, dataset: Dataset, config: TrainConfig) -> Splits:
        """By object, the same for the same seed."""
        rest = 1.0 - config.validation_share - config.test_share
        shares = (rest, config.validation_share, config.test_share)
        if config.test_share == 0:
            train, validation = split(dataset, SplitUnit.OBJECT, shares[:2], config.seed)
            return cls(train, validation, np.zeros(0, np.int64))
        return cls(*split(dataset, SplitUnit.OBJECT, shares, config.seed))


@dataclass(frozen=True, eq=False)
class Trained:
    """The calibrated network of the best epoch, and how it came about."""

    network: Network
    progress: Progress
    splits: Splits


def train(
    dataset: Dataset,
    config: TrainConfig,
    folder: RunFolder,
    *,
    resume: bool = False,
    on_step: Callable[[int, int], None] = lambda epoch, examples: None,
    on_epoch: Callable[[EpochFigures], None] = lambda figures: None,
) -> Trained:
    """Train a network on a dataset; every epoch ends with a checkpoint.

    Args:
        on_step: told the epoch and the number of examples of each step.

    Raises:
        TrainingDataError: the data cannot train a network.
        RunFolderError, DamagedCheckpointError: the folder cannot be used, or what is in it.
    """
    has_checkpoint = folder.begin(config, resume)
    splits = Splits.of(dataset, config)
    torch.manual_seed(config.seed)
    network = make_network(config.network)
    training = CropData.load(dataset, network.crop_size, splits.train)
    validation = CropData.load(dataset, network.crop_size, splits.validation)
    weights = _class_weights(training.labels, config.balance)
    if (torch.bincount(validation.labels, minlength=2) == 0).any():
        raise TrainingDataError(
            "the validation split holds one class only; generate more objects or raise validation_share."
        )
    network.normalize_by(_normalization(training, config.seed))
    steps = len(training) // config.batch
    if steps == 0:
        raise TrainingDataError(
            f"{len(training)} training examples do not fill one batch of {config.batch}; generate more or "
            "lower batch."
        )
    optimizer, schedule = make_optimizer(network, config.optimizer, steps, config.epochs)
    learning = Learning(network, optimizer, schedule, torch.Generator().manual_seed(config.seed))
    progress = load_checkpoint(folder.checkpoint, learning) if has_checkpoint else Progress()

    while len(progress.history) < config.epochs and progress.epochs_since_best < config.patience:
        epoch, start = len(progress.history) + 1, time.perf_counter()
        loss = learn_epoch(
            learning,
            training,
            config.batch,
            weights,
            config.augmentation,
            lambda examples, epoch=epoch: on_step(epoch, examples),  # type: ignore[misc]
        )
        seconds = time.perf_counter() - start
        log_odds, labels = score(network, validation), validation.labels.numpy().astype(bool)
        calibration = LogOdds.fitted(log_odds, labels)
        calibrated = calibration.of(log_odds)
        figures = EpochFigures(
            epoch=epoch,
            train_loss=loss,
            validation_loss=float(np.logaddexp(0.0, np.where(labels, -calibrated, calibrated)).mean()),
            average_precision=float(average_precision_score(labels, log_odds)),
            accuracy=float(((calibrated > 0) == labels).mean()),
            learning_rate=float(schedule.get_last_lr()[0]),
            seconds=seconds,
            examples_per_s=steps * config.batch / seconds,
        )
        progress = Progress((*progress.history, figures))
        if progress.best is figures:
            save_network(folder.weights, _calibrated(network, calibration))
        save_checkpoint(folder.checkpoint, learning, progress)
        folder.write_figures(progress)
        on_epoch(figures)
    return Trained(load_network(folder.weights), progress, splits)


def _class_weights(labels: Tensor, balance: float) -> Tensor:
    """Float32[2]: weights of negatives and positives, of mean 1 over the examples.

    Raises:
        TrainingDataError: there is one class only.
    """
    counts = torch.bincount(labels, minlength=2).float()
    if (counts == 0).any():
        missing = "positive" if counts[1] == 0 else "negative"
        raise TrainingDataError(
            f"none of the {len(labels)} training examples is {missing}; generate data with both labels."
        )
    weights = (len(labels) / (2 * counts)) ** balance
    return weights * len(labels) / (weights * counts).sum()


def _normalization(data: CropData, seed: int) -> Normalization:
    rows = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed))[:NORMALIZATION_SAMPLE]
    images, depths, _ = data.batch(rows)
    return Normalization.of(images[:, 0].numpy(), depths[:, 0].numpy())


def _calibrated(network: Network, calibration: LogOdds) -> Network:
    """A copy whose odds are those of the validation split."""
    copied = copy.deepcopy(network)
    calibration.fold_into([layer for layer in copied.modules() if isinstance(layer, nn.Linear)][-1])
    return copied
