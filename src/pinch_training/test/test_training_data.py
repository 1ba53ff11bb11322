# SPDX-License-Identifier: Apache-2.0
"""Examples on their way into memory: split, read without waste, filled where nothing came back."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bar_data import dexnet_folder

from pinch_core.config import dump_yaml, load_yaml
from pinch_core.errors import ConfigError
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.groups import SplitUnit
from pinch_training.training import crop_data
from pinch_training.training.crop_data import CropData
from pinch_training.training.finetune_config import FinetuneConfig
from pinch_training.training.run_folder import RunFolder
from pinch_training.training.splits import Splits
from pinch_training.training.train_config import HeldOut, LearningConfig, TrainConfig


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return dexnet_folder(tmp_path_factory.mktemp("data"))


@pytest.mark.parametrize(("unit", "examples"), [("object", 30), ("pose", 10), ("image", 3)])
def test_splits_share_none_of_what_is_held_out(dataset: Dataset, unit: HeldOut, examples: int) -> None:
    """``examples``: that show the same one."""
    config = TrainConfig(split=unit, validation_share=0.2, test_share=0.1)
    splits = Splits.of(dataset, config)
    ids = np.arange(len(dataset)) // examples
    parts = [set(ids[part]) for part in (splits.train, splits.validation, splits.test)]
    assert sum(map(len, parts)) == len(set().union(*parts)) == len(set(ids))
    assert [len(part) / len(set(ids)) for part in parts] == pytest.approx([0.7, 0.2, 0.1], abs=0.05)
    every = np.concatenate([splits.train, splits.validation, splits.test])
    assert sorted(every) == list(range(len(dataset)))


def test_a_weaker_unit_lets_objects_be_in_several_splits(dataset: Dataset) -> None:
    splits = Splits.of(dataset, TrainConfig(split="pose"))
    objects = dataset.group_ids(SplitUnit.OBJECT)
    assert set(objects[splits.train]) & set(objects[splits.validation])


@pytest.mark.parametrize(("name", "value"), [("split", "scene"), ("precision", "float64"), ("device", "tpu")])
def test_unknown_choices_are_refused_with_those_there_are(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=rf"TrainConfig\.{name} = '{value}' is not known; choose one of"):
        TrainConfig(**{name: value})
    path = tmp_path / "config.yaml"
    path.write_text(f"{name}: {value}\n")
    with pytest.raises(ConfigError, match="choose one of"):
        load_yaml(TrainConfig, path)


def test_a_config_survives_its_file(tmp_path: Path) -> None:
    config = TrainConfig(split="image", precision="bfloat16", device="cpu", network="gqcnn_4_pj")
    path = tmp_path / "config.yaml"
    path.write_text(dump_yaml(config))
    assert load_yaml(TrainConfig, path) == config


@pytest.mark.parametrize("config", [TrainConfig(split="pose"), FinetuneConfig(frozen=True)])
def test_a_run_folder_tells_a_training_from_a_fine_tuning(config: LearningConfig, tmp_path: Path) -> None:
    RunFolder(tmp_path / "run").begin(config, resume=False)
    assert RunFolder(tmp_path / "run").learning_config() == config
    assert type(RunFolder(tmp_path / "run").learning_config()) is type(config)


class Recorded:
    """A layout of ours, from which a part is read as it is asked for."""

    open_limit = 1
    crop_sizes = (32,)
    metrics = ()
    path = Path("recorded")

    def __init__(self, count: int) -> None:
        self.counts = np.array([count])
        self.crops_there = np.random.default_rng(0).normal(0, 0.02, (count, 32, 32)).astype(np.float16)

    def labels(self) -> Any:
        return np.arange(self.counts[0]) % 3 == 0

    def depths(self) -> Any:
        return np.linspace(0.5, 0.9, self.counts[0], dtype=np.float32)

    def crops(self, part: int, size: int) -> Any:
        return self.crops_there


def test_reading_needs_less_than_twice_the_memory_it_fills(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crop_data, "CHUNK", 64)
    dataset = Dataset(Recorded(4000))
    rows, read = np.arange(0, 4000, 2), []
    tracemalloc.start()
    try:
        data = CropData.load(dataset, 32, rows, read.append)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(data) == 2000
    assert peak < 1.5 * (2000 * 32 * 32 * 2)  # 16 bits a pixel
    assert sum(read) == 2000 and len(read) == -(-2000 // 64)


def test_what_is_read_is_what_was_recorded() -> None:
    source = Recorded(300)
    rows = np.array([7, 3, 299])
    crops, depths, labels = CropData.load(Dataset(source), 32, rows).batch(slice(None))
    torch.testing.assert_close(crops[:, 0], torch.from_numpy(source.crops_there[rows].astype(np.float32)))
    torch.testing.assert_close(depths[:, 0], torch.from_numpy(source.depths()[rows]))
    assert labels.tolist() == [0, 1, 0]


def test_holes_are_as_far_as_the_farthest_of_their_crop() -> None:
    crops = np.full((2, 8, 8), 0.1, np.float32)
    crops[0, 0, 0], crops[0, 4, 4], crops[1, 2, 2] = np.nan, 0.25, np.nan
    data = CropData.of(crops, np.array([0.5, 0.5], np.float32), np.array([True, False]))
    filled, _, _ = data.batch(slice(None))
    assert float(filled[0, 0, 0, 0]) == pytest.approx(0.25, abs=1e-3)
    assert float(filled[1, 0, 2, 2]) == pytest.approx(0.1, abs=1e-3)
