# SPDX-License-Identifier: Apache-2.0
"""Which network a recipe makes, and how many of the examples it is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bar_data import dexnet_folder

from pinch_core.errors import UnknownNameError
from pinch_core.networks.compact import CompactNetwork
from pinch_core.networks.compact_architecture import CompactArchitecture
from pinch_training.training.recipe import make_network
from pinch_training.training.splits import Splits
from pinch_training.training.train_config import TrainConfig


def test_limits_leave_a_part_of_each_split_and_move_nothing_between_them(tmp_path: Path) -> None:
    dataset = dexnet_folder(tmp_path / "data")
    whole = Splits.of(dataset, TrainConfig(validation_share=0.3, test_share=0.3))
    few = Splits.of(
        dataset, TrainConfig(validation_share=0.3, test_share=0.3, max_examples=7, max_held_out=5)
    )
    for kept, of, count in (
        (few.train, whole.train, 7),
        (few.validation, whole.validation, 5),
        (few.test, whole.test, 5),
    ):
        assert len(kept) == count < len(of)
        assert np.isin(kept, of).all() and (np.diff(kept) > 0).all()


def test_the_compact_network_is_of_the_architecture_asked_for() -> None:
    wide = CompactArchitecture(channels=(24, 48, 64), ranges=(0.05,))
    network = make_network(replace(TrainConfig(), compact=wide))
    assert isinstance(network, CompactNetwork) and network.architecture == wide


def test_an_unknown_network_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match="gqcnn_2_paper"):
        make_network(TrainConfig(network="resnet"))
