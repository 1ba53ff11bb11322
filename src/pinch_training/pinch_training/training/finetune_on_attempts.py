# SPDX-License-Identifier: Apache-2.0
"""Fine-tuning on recorded attempts, too few to hold any out for good.

In turn a fold of them is held out and scored by what the others taught, in short and in longer trainings.
The fewest epochs that are about as good as the best, which may be none, are then learned from all attempts;
the held-out scores calibrate the result. Each training is a whole cycle of the learning rate: within one, the
odds of a network swing from epoch to epoch, and what held-out scores say of one is not true of another.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from math import nan
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from pinch_core.gripper import Gripper
from pinch_core.networks.model_card import MeshSource
from pinch_core.networks.weights import Network, save_network
from pinch_core.perception.crop import relative_crops
from pinch_training.attempts.attempts import Attempts
from pinch_training.errors import TrainingError
from pinch_training.training.calibration import LogOdds, log_losses
from pinch_training.training.carding import CardWriter
from pinch_training.training.checkpoint import Progress
from pinch_training.training.classes import class_weights
from pinch_training.training.crop_data import CropData
from pinch_training.training.epoch import learn_epoch, score
from pinch_training.training.event_log import EventLog
from pinch_training.training.finetune import Finetuned, parent_metrics
from pinch_training.training.finetune_config import FinetuneConfig
from pinch_training.training.fit import begin_learning
from pinch_training.training.folds import Fold, calibrated_by_the_rest, deal
from pinch_training.training.parent import Parent
from pinch_training.training.provenance import NOT_STATED, Provenance
from pinch_training.training.randomness import Stream, seed_of
from pinch_training.training.run_folder import RunFolder
from pinch_training.training.split_data import NamedData
from pinch_training.training.split_metrics import split_metrics
from pinch_training.training.team import Team
from pinch_training.training.watcher import EpochFigures, Step, Watcher

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

HELD_OUT = "attempts held out in turn"


def finetune_on_attempts(
    parent: Parent,
    attempts: Attempts,
    gripper: Gripper | None,
    config: FinetuneConfig,
    folder: RunFolder,
    *,
    team: Team | None = None,
    watcher: Watcher | None = None,
) -> Finetuned:
    """Go on with a network on attempts with crops of its size.

    Args:
        gripper: that tried them, None for the parent's.
        team: a process alone; by default on the CPU.

    Raises:
        TrainingDataError: too few attempts of one outcome to hold some out in turn.
        RunFolderError: the folder is not empty.
        TrainingError: there are several processes.
    """
    team, watcher, start = team or Team(), watcher or Watcher(), time.perf_counter()
    if team.size > 1:
        raise TrainingError(
            f"attempts are too few for {team.size} processes; run pinch finetune without torchrun."
        )
    data = CropData.of(relative_crops(attempts.crops, attempts.depths), attempts.depths, attempts.successes)
    seed = seed_of(config.seed, Stream.FOLDS, epoch=0) % 2**32
    folds = deal(attempts.successes, attempts.groups, config.folds, seed)
    folder.begin(config, resume=False)
    before = parent_metrics(parent, [NamedData(HELD_OUT, data)], team)
    course = _Course(parent, config, team, _numbered(watcher))
    watcher.on_begin(len(folds[0].rest) // config.batch_for(len(folds[0].rest)))

    trials = [_tried(course, data, folds, epochs) for epochs in (0, *lengths(config.epochs))]
    chosen = trials[fewest_about_best([one.losses for one in trials])]
    network = course.learned(data, chosen.figures.epoch).network
    calibration = LogOdds.fitted(chosen.log_odds, attempts.successes)
    network = calibration.folded_into(network).eval()

    cards = CardWriter.of(_provenance(parent, attempts, gripper), data.depths, config, team, parent.digest)
    metrics = split_metrics(HELD_OUT, attempts.successes, chosen.calibrated)
    card = cards.card([metrics], time.perf_counter() - start)
    save_network(folder.weights, network, card=card)
    progress = Progress(tuple(one.figures for one in trials))
    folder.write_figures(progress)
    with EventLog(folder.events, 0) as log:
        for figures in progress.history:
            log.epoch(figures, figures.epoch)
            watcher.on_epoch(figures)
    return Finetuned(network, progress, chosen.figures.epoch, card, before)


def lengths(epochs: int) -> list[int]:
    """A quarter, a half and the whole of the epochs, ascending."""
    return sorted({-(-epochs // part) for part in (4, 2, 1)})


def fewest_about_best(losses: Sequence[Float64]) -> int:
    """Number of the first of several losses Float64[N] of the same examples that is on average no worse than
    the best by more than the standard error of their difference (Breiman et al. 1984, section 3.4.3).
    """
    best = min(losses, key=lambda one: float(one.mean()))
    return next(
        number
        for number, one in enumerate(losses)
        if (one - best).mean() <= (one - best).std() / np.sqrt(len(best))
    )


class _Learned(NamedTuple):
    network: Network
    loss: float
    learning_rate: float
    seconds: float


@dataclass(frozen=True, eq=False)
class _Course:
    parent: Parent
    config: FinetuneConfig
    team: Team
    on_step: Callable[[Step], None]

    def learned(self, data: CropData, epochs: int) -> _Learned:
        """A child of the parent after so many epochs and the loss of the last; after none, the parent."""
        if epochs == 0:
            return _Learned(self.parent.network, nan, 0.0, 0.0)
        start, config = time.perf_counter(), replace(self.config, epochs=epochs)
        network = self.parent.child(config.dropout, config.frozen)
        learning = begin_learning(network, config, self.team, len(data), held=config.frozen)
        weights, loss = class_weights(data.labels, config.balance), nan
        for epoch in range(1, epochs + 1):
            loss = learn_epoch(learning, data, epoch, weights, self.on_step)
        rate = float(learning.schedule.get_last_lr()[0])
        return _Learned(learning.network, loss, rate, time.perf_counter() - start)


@dataclass(frozen=True, eq=False)
class _Trial:
    """Of a number of epochs, ``figures.epoch``: ``log_odds`` Float32[N] of each attempt by a network that was
    not trained on it, ``calibrated`` Float64[N] by the other folds, and ``losses`` Float64[N] of these.
    """

    figures: EpochFigures
    log_odds: Float32
    calibrated: Float64
    losses: Float64


def _tried(course: _Course, data: CropData, folds: Sequence[Fold], epochs: int) -> _Trial:
    log_odds, learned, successes = np.empty(len(data), np.float32), [], data.successes
    for rest, held in folds:
        learned.append(course.learned(data.rows(rest), epochs))
        log_odds[held] = score(learned[-1].network, data.rows(held), course.team)
    calibrated = calibrated_by_the_rest(log_odds, successes, folds)
    losses = log_losses(calibrated, successes)
    seconds = sum(one.seconds for one in learned)
    figures = EpochFigures(
        epoch=epochs,
        train_loss=float(np.mean([one.loss for one in learned])),
        validation_loss=float(losses.mean()),
        average_precision=float(average_precision_score(successes, calibrated)),
        accuracy=float(((calibrated > 0) == successes).mean()),
        learning_rate=learned[0].learning_rate,
        seconds=seconds,
        examples_per_s=epochs * sum(len(fold.rest) for fold in folds) / max(seconds, 1e-9),
    )
    return _Trial(figures, log_odds, calibrated, losses)


def _numbered(watcher: Watcher) -> Callable[[Step], None]:
    """Steps go on counting when the next fold begins."""
    numbers = count(1)
    return lambda step: watcher.on_step(replace(step, number=next(numbers)))


def _provenance(parent: Parent, attempts: Attempts, gripper: Gripper | None) -> Provenance:
    card = parent.card
    name, jaw_width, kind = NOT_STATED, 0.0, "parallel_jaw"
    if card is not None:
        name, jaw_width, kind = card.gripper, card.jaw_width, card.gripper_type
    if gripper is not None:
        name, jaw_width, kind = gripper.name, gripper.span, gripper.type
    recorded = MeshSource("recorded attempts", NOT_STATED, attempts.objects)
    return Provenance(
        data_config="",
        data_command=f"recorded: {len(attempts)} attempts of {Path(attempts.source).name}, sha256 of crops, "
        f"depths and outcomes {attempts.digest}",
        mesh_sources=(recorded, *parent.mesh_sources),
        gripper=name,
        jaw_width=jaw_width,
        gripper_type=kind,
        objects=attempts.objects,
        examples=len(attempts),
    )
