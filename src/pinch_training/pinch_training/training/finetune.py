# SPDX-License-Identifier: Apache-2.0
"""Fine-tuning on a dataset, in prose: the parent's layers, the training of a new network at a lower rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pinch_core.networks.model_card import ModelCard, SplitMetrics
from pinch_core.networks.weights import Network
from pinch_datagen.dataset.dataset import Dataset
from pinch_training.training.carding import CardWriter
from pinch_training.training.checkpoint import Progress
from pinch_training.training.epoch import score
from pinch_training.training.finetune_config import FinetuneConfig
from pinch_training.training.fit import begin_learning, finish, fit
from pinch_training.training.parent import Parent
from pinch_training.training.provenance import Provenance
from pinch_training.training.run_folder import RunFolder
from pinch_training.training.split_data import NamedData, SplitData
from pinch_training.training.split_metrics import split_metrics
from pinch_training.training.splits import Splits
from pinch_training.training.team import Team
from pinch_training.training.watcher import Watcher


@dataclass(frozen=True, eq=False)
class Finetuned:
    """The calibrated network, how it came about, and how well its parent does on the same examples.

    ``epochs``: after how many it was kept; after 0 it is the parent, calibrated.
    """

    network: Network
    progress: Progress
    epochs: int
    card: ModelCard
    parent_metrics: tuple[SplitMetrics, ...]


def finetune(
    parent: Parent,
    dataset: Dataset,
    config: FinetuneConfig,
    folder: RunFolder,
    *,
    resume: bool = False,
    team: Team | None = None,
    watcher: Watcher | None = None,
) -> Finetuned:
    """Go on with a network on another dataset; every epoch ends with a checkpoint.

    Args:
        team: the processes that train together, on one file system; by default this one alone, on the CPU.

    Raises:
        TrainingDataError: the data cannot train a network.
        RunFolderError, DamagedCheckpointError: the folder cannot be used, or what is in it.
    """
    team, watcher = team or Team(), watcher or Watcher()
    has_checkpoint = team.told(team.leads and folder.begin(config, resume))
    data = SplitData.load(dataset, Splits.of(dataset, config), parent.network.crop_size, config, watcher)
    provenance = Provenance.of(dataset)
    provenance = replace(provenance, mesh_sources=(*provenance.mesh_sources, *parent.mesh_sources))
    cards = CardWriter.of(provenance, data.train.depths, config, team, parent.digest)
    before = parent_metrics(parent, data.held_out, team)
    network = parent.child(config.dropout, config.frozen)
    learning = begin_learning(network, config, team, len(data.train), held=config.frozen)
    progress = fit(learning, data.train, data.validation, folder, cards, has_checkpoint, watcher)
    network, card = finish(folder, cards, progress.seconds, data.held_out, team)
    assert progress.best is not None
    return Finetuned(network, progress, progress.best.epoch, card, before)


def parent_metrics(parent: Parent, held_out: Sequence[NamedData], team: Team) -> tuple[SplitMetrics, ...]:
    """How well the parent does as it is."""
    network = parent.network.to(team.device)
    return tuple(
        split_metrics(one.name, one.data.successes, score(network, one.data, team)) for one in held_out
    )
