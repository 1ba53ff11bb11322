# SPDX-License-Identifier: Apache-2.0
"""What each process of a team does in test_training_team: python team_process.py DATA OUT, under torchrun."""

from __future__ import annotations

import dataclasses
import json
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch
from bar_data import bar_crops
from safetensors.torch import save_file

from pinch_core.networks.architecture import Convolution, GqcnnArchitecture
from pinch_core.networks.compact import CompactNetwork
from pinch_core.networks.compact_architecture import CompactArchitecture
from pinch_core.networks.gqcnn import GQCNN
from pinch_datagen.dataset.dataset import Dataset
from pinch_training.training.crop_data import CropData
from pinch_training.training.epoch import learn_epoch, score
from pinch_training.training.fit import begin_learning
from pinch_training.training.run_folder import RunFolder
from pinch_training.training.team import Team, joined_team
from pinch_training.training.train import train
from pinch_training.training.train_config import AugmentationConfig, OptimizerConfig, TrainConfig
from pinch_training.training.watcher import Step, Watcher

CONFIG = TrainConfig(
    epochs=2,
    batch=64,
    validation_share=0.2,
    test_share=0.2,
    optimizer=OptimizerConfig(adaptive=False, learning_rate=0.01),
    augmentation=AugmentationConfig(flips=False, gamma_shape=1e9, gaussian_process_sigma=0.0),
)
# No batch normalisation, which sees only its own process's examples on a CPU.
ARCHITECTURE = GqcnnArchitecture(24, (Convolution(3, 4, same=True, pool=2),), 8, 4, 8)
CLASS_WEIGHTS = torch.tensor([0.5, 2.0])


class Interrupted(Exception):
    """What ends a run in the middle."""


def learned(team: Team, batch_normalization: bool = False) -> tuple[dict[str, torch.Tensor], list[float]]:
    """Weights after an epoch on 210 examples, of which the last batch is not full, and their log odds."""
    good = np.random.default_rng(1).random(210) < 0.3
    shift = np.linspace(0.0, 0.05, len(good), dtype=np.float32)
    data = CropData.of(bar_crops(good, 24) - np.float32(0.68), 0.68 + shift, good)
    torch.manual_seed(0)
    network = (
        CompactNetwork(CompactArchitecture(crop_size=24)) if batch_normalization else GQCNN(ARCHITECTURE)
    )
    learning = begin_learning(network, CONFIG, team, len(data))
    learn_epoch(learning, data, 1, CLASS_WEIGHTS)
    weights = {name: value.contiguous() for name, value in learning.network.state_dict().items()}
    return weights, score(learning.network, data, team).tolist()


def main(data: Path, out: Path) -> None:
    with joined_team("cpu") as team:
        weights, log_odds = learned(team)
        save_file(weights, out / f"weights_{team.rank}.safetensors")
        save_file(learned(team, batch_normalization=True)[0], out / f"normalized_{team.rank}.safetensors")
        dataset = Dataset.open(data)
        whole = train(dataset, CONFIG, RunFolder(out / "whole"), team=team)

        def stop_in_the_second(step: Step) -> None:
            if step.epoch == 2:
                raise Interrupted

        folder = RunFolder(out / "broken")
        with suppress(Interrupted):
            train(dataset, CONFIG, folder, team=team, watcher=Watcher(on_step=stop_in_the_second))
        resumed = train(dataset, CONFIG, folder, team=team, resume=True)
        told = {
            "size": team.size,
            "log_odds": log_odds,
            "metrics": [dataclasses.asdict(one) for one in whole.card.metrics],
            "losses": [[f.train_loss, f.validation_loss] for f in whole.progress.history],
            "resumed_losses": [[f.train_loss, f.validation_loss] for f in resumed.progress.history],
        }
        (out / f"told_{team.rank}.json").write_text(json.dumps(told))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
