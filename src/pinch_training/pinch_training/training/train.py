# SPDX-License-Identifier: Apache-2.0
"""Training, in prose: data to splits, epochs until none is better, the best network kept with its card."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from pinch_core.networks.model_card import ModelCard
from pinch_core.networks.network import Normalization
from pinch_core.networks.weights import Network
from pinch_datagen.dataset.dataset import Dataset
from pinch_training.training.carding import CardWriter
from pinch_training.training.checkpoint import Progress
from pinch_training.training.crop_data import CropData
from pinch_training.training.fit import begin_learning, finish, fit
from pinch_training.training.provenance import Provenance
from pinch_training.training.recipe import make_network
from pinch_training.training.run_folder import RunFolder
from pinch_training.training.split_data import SplitData
from pinch_training.training.splits import Splits
from pinch_training.training.team import Team
from pinch_training.training.train_config import TrainConfig
from pinch_training.training.watcher import Watcher

# Crops from which mean and deviation are taken.
NORMALIZATION_SAMPLE = 20_000


@dataclass(frozen=True, eq=False)
class Trained:
    """The calibrated network of the best epoch, and how it came about."""

    network: Network
    progress: Progress
    splits: Splits
    card: ModelCard


def train(
    dataset: Dataset,
    config: TrainConfig,
    folder: RunFolder,
    *,
    resume: bool = False,
    team: Team | None = None,
    watcher: Watcher | None = None,
) -> Trained:
    """Train a network on a dataset; every epoch ends with a checkpoint.

    Args:
        team: the processes that train together, on one file system; by default this one alone, on the CPU.

    Raises:
        TrainingDataError: the data cannot train a network.
        RunFolderError, DamagedCheckpointError: the folder cannot be used, or what is in it.
    """
    team, watcher = team or Team(), watcher or Watcher()
    has_checkpoint = team.told(team.leads and folder.begin(config, resume))
    splits = Splits.of(dataset, config)
    torch.manual_seed(config.seed)
    network = make_network(config)
    data = SplitData.load(dataset, splits, network.crop_size, config, watcher)
    network.normalize_by(_normalization(network, data.train, config.seed))
    cards = CardWriter.of(Provenance.of(dataset), data.train.depths, config, team)
    learning = begin_learning(network, config, team, len(data.train))
    progress = fit(learning, data.train, data.validation, folder, cards, has_checkpoint, watcher)
    network, card = finish(folder, cards, progress.seconds, data.held_out, team)
    return Trained(network, progress, splits, card)


def _normalization(network: Network, data: CropData, seed: int) -> Normalization:
    rows = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed))[:NORMALIZATION_SAMPLE]
    crops, depths, _ = data.batch(rows)
    return Normalization.of(network.pixels(crops, depths)[:, 0].numpy(), depths[:, 0].numpy())
