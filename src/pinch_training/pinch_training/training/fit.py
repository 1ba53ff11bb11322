# SPDX-License-Identifier: Apache-2.0
"""Epochs until none is better; the best network, calibrated, is kept with its card."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack

import torch
from sklearn.metrics import average_precision_score

from pinch_core.networks.model_card import ModelCard
from pinch_core.networks.weights import Network, load_network, save_network
from pinch_training.errors import TrainingDataError
from pinch_training.training.calibration import LogOdds, log_losses
from pinch_training.training.carding import CardWriter
from pinch_training.training.checkpoint import Progress, load_checkpoint, save_checkpoint
from pinch_training.training.classes import class_weights
from pinch_training.training.crop_data import CropData
from pinch_training.training.epoch import Learning, learn_epoch, score
from pinch_training.training.event_log import EventLog
from pinch_training.training.recipe import make_optimizer
from pinch_training.training.run_folder import RunFolder
from pinch_training.training.split_data import NamedData
from pinch_training.training.split_metrics import split_metrics
from pinch_training.training.team import Team
from pinch_training.training.train_config import LearningConfig
from pinch_training.training.watcher import EpochFigures, Step, Watcher


def begin_learning(
    network: Network, config: LearningConfig, team: Team, examples: int, held: bool = False
) -> Learning:
    """Put a network on the team's device and ready it for ``config.epochs`` passes over ``examples``.

    Args:
        examples: enough to fill a batch.
        held: see :class:`Learning`.

    Raises:
        TrainingDataError: the batch cannot be dealt to the team.
    """
    batch = config.batch_for(examples)
    if batch % team.size:
        raise TrainingDataError(
            f"a batch of {batch} examples cannot be dealt to {team.size} processes; set batch to a multiple."
        )
    network = team.with_shared_statistics(network).to(team.device)
    for parameter in network.parameters():
        if parameter.ndim == 4:  # channels side by side in memory: a fifth faster on CPUs
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    optimizer, schedule = make_optimizer(network, config.optimizer, examples // batch, config.epochs)
    callee = team.averaging_gradients(network)
    return Learning(network, callee, optimizer, schedule, config, team, batch, held)


def fit(
    learning: Learning,
    training: CropData,
    validation: NamedData,
    folder: RunFolder,
    cards: CardWriter,
    resume: bool,
    watcher: Watcher,
) -> Progress:
    """Learn epoch by epoch; each ends with a checkpoint, the best so far with the weights.

    Args:
        training, validation: each with both classes.
        resume: go on from the folder's checkpoint.

    Raises:
        TrainingDataError: the loss is not finite.
        DamagedCheckpointError: the checkpoint is not one of this run.
        OutputError: the folder cannot be written.
    """
    config, team, labels = learning.config, learning.team, validation.data.successes
    weights, steps = class_weights(training.labels, config.balance), learning.steps(len(training))
    progress = load_checkpoint(folder.checkpoint, learning) if resume else Progress()
    watcher.on_begin(steps)
    with ExitStack() as stack:
        log = None
        if team.leads:
            log = stack.enter_context(EventLog(folder.events, len(progress.history) * steps))

        def on_step(step: Step) -> None:
            if log is not None:
                log.step(step)
            watcher.on_step(step)

        while len(progress.history) < config.epochs and progress.epochs_since_best < config.patience:
            epoch, start = len(progress.history) + 1, time.perf_counter()
            loss = learn_epoch(learning, training, epoch, weights, on_step)
            seconds = time.perf_counter() - start
            log_odds = score(learning.network, validation.data, team)
            calibration = LogOdds.fitted(log_odds, labels)
            calibrated = calibration.of(log_odds)
            figures = EpochFigures(
                epoch=epoch,
                train_loss=loss,
                validation_loss=float(log_losses(calibrated, labels).mean()),
                average_precision=float(average_precision_score(labels, log_odds)),
                accuracy=float(((calibrated > 0) == labels).mean()),
                learning_rate=float(learning.schedule.get_last_lr()[0]),
                seconds=seconds,
                examples_per_s=steps * learning.batch / seconds,
            )
            progress = Progress((*progress.history, figures))
            if log is not None:
                if progress.best is figures:
                    card = cards.card([split_metrics(validation.name, labels, calibrated)], progress.seconds)
                    save_network(folder.weights, calibration.folded_into(learning.network), card=card)
                save_checkpoint(folder.checkpoint, learning, progress)
                folder.write_figures(progress)
                log.epoch(figures, epoch * steps)
            watcher.on_epoch(figures)
    return progress


def finish(
    folder: RunFolder, cards: CardWriter, seconds: float, held_out: Sequence[NamedData], team: Team
) -> tuple[Network, ModelCard]:
    """The kept network, with how well it does on what it was not trained on in its card from now on.

    Raises:
        OutputError: the folder cannot be written.
    """
    team.told(None)  # the leading process has written the weights
    network = load_network(folder.weights).to(team.device)
    metrics = [
        split_metrics(one.name, one.data.successes, score(network, one.data, team)) for one in held_out
    ]
    card = cards.card(metrics, seconds)
    if team.leads:
        save_network(folder.weights, network, card=card)
    return network.cpu(), card
