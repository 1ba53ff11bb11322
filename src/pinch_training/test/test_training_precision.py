# SPDX-License-Identifier: Apache-2.0
"""Half precision is for convolutions and linear layers only: depths keep their tenths of a millimetre."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from bar_data import bar_crops, dexnet_folder
from torch import Tensor, nn

from pinch_core.networks.architecture import Convolution, GqcnnArchitecture
from pinch_core.networks.compact import CompactNetwork
from pinch_core.networks.compact_architecture import CompactArchitecture
from pinch_core.networks.gqcnn import GQCNN
from pinch_core.networks.weights import Network
from pinch_training.training.crop_data import CropData
from pinch_training.training.epoch import learn_epoch
from pinch_training.training.fit import begin_learning
from pinch_training.training.run_folder import RunFolder
from pinch_training.training.team import Team
from pinch_training.training.train import train
from pinch_training.training.train_config import (
    AugmentationConfig,
    OptimizerConfig,
    Precision,
    TrainConfig,
)

CLEAN = AugmentationConfig(flips=False, gamma_shape=1e9, gaussian_process_sigma=0.0)
CONFIG = TrainConfig(epochs=2, batch=32, augmentation=CLEAN, validation_share=0.2, test_share=0.2)


def networks() -> list[Network]:
    return [
        CompactNetwork(CompactArchitecture()),
        GQCNN(GqcnnArchitecture(32, (Convolution(3, 4, same=True, pool=2),), 8, 4, 8)),
    ]


def seen(network: Network, precision: Precision) -> tuple[list[Tensor], list[Tensor]]:
    """What the first convolution is given in an epoch, and what it makes of it."""
    inputs: list[Tensor] = []
    outputs: list[Tensor] = []
    first = next(layer for layer in network.modules() if isinstance(layer, nn.Conv2d))

    def note(layer: nn.Module, given: tuple[Tensor, ...], made: Tensor) -> None:
        inputs.append(given[0].detach().clone())
        outputs.append(made.detach().clone())

    handle = first.register_forward_hook(note)
    good = np.arange(64) % 2 == 0
    data = CropData.of(bar_crops(good) - np.float32(0.68), np.full(64, 0.68, np.float32), good)
    learning = begin_learning(network, replace(CONFIG, precision=precision), Team(), len(data))
    learn_epoch(learning, data, 1, torch.ones(2))
    handle.remove()
    return inputs, outputs


@pytest.mark.parametrize("kind", [0, 1], ids=["compact", "gqcnn"])
def test_the_first_layer_is_given_single_precision(kind: int) -> None:
    whole_inputs, whole_outputs = seen(networks()[kind], "float32")
    half_inputs, half_outputs = seen(networks()[kind], "bfloat16")
    assert {values.dtype for values in whole_outputs} == {torch.float32}
    assert {values.dtype for values in half_outputs} == {torch.bfloat16}
    assert {values.dtype for values in half_inputs} == {torch.float32}
    for half, whole in zip(half_inputs, whole_inputs, strict=True):
        assert torch.equal(half, whole)


def test_weights_and_their_changes_stay_in_single_precision() -> None:
    network = networks()[0]
    seen(network, "bfloat16")
    assert {value.dtype for value in network.parameters()} == {torch.float32}
    assert {value.grad.dtype for value in network.parameters() if value.grad is not None} == {torch.float32}


def test_a_network_learns_in_half_precision(tmp_path: Path) -> None:
    dataset = dexnet_folder(tmp_path / "data", count=600)
    config = replace(CONFIG, epochs=3, precision="bfloat16", optimizer=OptimizerConfig(learning_rate=0.003))
    best = train(dataset, config, RunFolder(tmp_path / "run")).progress.best
    assert best is not None and best.average_precision > 0.99 and best.accuracy > 0.97
