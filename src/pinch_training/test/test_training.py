# SPDX-License-Identifier: Apache-2.0
"""Training learns, is repeatable, resumes exactly, and refuses what cannot work."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from bar_data import dexnet_folder
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from pinch_core.networks.weights import load_network
from pinch_datagen.dataset.dataset import Dataset
from pinch_training.errors import DamagedCheckpointError, RunFolderError, TrainingDataError
from pinch_training.training.augmentation import augment
from pinch_training.training.calibration import LogOdds
from pinch_training.training.crop_data import CropData
from pinch_training.training.run_folder import RunFolder
from pinch_training.training.train import Trained, train
from pinch_training.training.train_config import AugmentationConfig, OptimizerConfig, TrainConfig
from pinch_training.training.watcher import Step, Watcher

CONFIG = TrainConfig(
    epochs=3, batch=64, validation_share=0.2, test_share=0.2, optimizer=OptimizerConfig(learning_rate=0.003)
)
CLEAN = AugmentationConfig(flips=False, gamma_shape=1e9, gaussian_process_sigma=0.0)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return dexnet_folder(tmp_path_factory.mktemp("data"))


def weights_of(trained: Trained) -> bytes:
    return b"".join(value.numpy().tobytes() for value in trained.network.state_dict().values())


def test_a_network_learns_what_can_be_learned(dataset: Dataset, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    trained = train(dataset, CONFIG, folder)
    best = trained.progress.best
    assert best is not None and best.average_precision > 0.99 and best.accuracy > 0.98
    rows = list(csv.DictReader(folder.metrics.read_text().splitlines()))
    assert [int(row["epoch"]) for row in rows] == [1, 2, 3]
    assert folder.curves.read_bytes()[:4] == b"\x89PNG"
    kept = load_network(folder.weights)
    crops, depths = dataset.crops(32, trained.splits.test), dataset.depths()[trained.splits.test]
    kept.eval()
    with torch.no_grad():
        logits = kept(torch.from_numpy(crops)[:, None], torch.from_numpy(depths)[:, None])
    assert ((logits[:, 1] > logits[:, 0]).numpy() == dataset.labels()[trained.splits.test]).mean() > 0.98


def test_no_object_is_in_two_splits(dataset: Dataset, tmp_path: Path) -> None:
    splits = train(dataset, replace(CONFIG, epochs=1), RunFolder(tmp_path / "run")).splits
    objects = np.arange(len(dataset)) // 30
    parts = [set(objects[part]) for part in (splits.train, splits.validation, splits.test)]
    assert sum(map(len, parts)) == 30 and all(parts)
    assert not (parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2])


def test_the_same_seed_gives_the_same_network_and_another_does_not(dataset: Dataset, tmp_path: Path) -> None:
    short = replace(CONFIG, epochs=1)
    one, two = (train(dataset, short, RunFolder(tmp_path / name)) for name in ("one", "two"))
    other = train(dataset, replace(short, seed=1), RunFolder(tmp_path / "other"))
    assert weights_of(one) == weights_of(two) != weights_of(other)


def test_a_resumed_run_ends_as_an_uninterrupted_one(dataset: Dataset, tmp_path: Path) -> None:
    whole = train(dataset, CONFIG, RunFolder(tmp_path / "whole"))

    class Interrupted(Exception):
        pass

    def stop_in_the_third(step: Step) -> None:
        if step.epoch == 3:
            raise Interrupted

    folder = RunFolder(tmp_path / "broken")
    with pytest.raises(Interrupted):
        train(dataset, CONFIG, folder, watcher=Watcher(on_step=stop_in_the_third))
    resumed = train(dataset, CONFIG, folder, resume=True)
    assert weights_of(resumed) == weights_of(whole)
    assert [f.validation_loss for f in resumed.progress.history] == [
        f.validation_loss for f in whole.progress.history
    ]


def test_every_epoch_shows_all_examples_in_another_order(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[torch.Tensor] = []
    batch = CropData.batch

    def noted(data: CropData, rows: torch.Tensor | slice, device: torch.device | None = None) -> object:
        if isinstance(rows, torch.Tensor) and len(rows) == 45:
            shown.append(rows)
        return batch(data, rows, device)

    monkeypatch.setattr(CropData, "batch", noted)
    train(dataset, replace(CONFIG, epochs=2, batch=45), RunFolder(tmp_path / "run"))
    first, second = torch.cat(shown).reshape(2, -1)
    assert not torch.equal(first, second)
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(540))


def test_a_folder_of_something_else_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    train(dataset, replace(CONFIG, epochs=1), folder)
    with pytest.raises(RunFolderError, match="is not empty"):
        train(dataset, CONFIG, folder)
    with pytest.raises(RunFolderError, match=r"config\.yaml differs"):
        train(dataset, replace(CONFIG, seed=5), folder, resume=True)


@pytest.mark.parametrize("damage", ["truncated", "noise", "empty"])
def test_a_damaged_checkpoint_is_named(dataset: Dataset, tmp_path: Path, damage: str) -> None:
    folder = RunFolder(tmp_path / "run")
    short = replace(CONFIG, epochs=1)
    train(dataset, short, folder)
    content = folder.checkpoint.read_bytes()
    folder.checkpoint.write_bytes({"truncated": content[:-100], "noise": b"x" * 5000, "empty": b""}[damage])
    with pytest.raises(DamagedCheckpointError, match=r"checkpoint\.safetensors is no checkpoint"):
        train(dataset, short, folder, resume=True)


@pytest.mark.parametrize("only", [True, False])
def test_one_class_alone_is_refused(tmp_path: Path, only: bool) -> None:
    data = dexnet_folder(tmp_path / "data", only=only)
    with pytest.raises(TrainingDataError, match=f"is {'negative' if only else 'positive'}"):
        train(data, CONFIG, RunFolder(tmp_path / "run"))


def test_mirror_images_are_about_the_grasp_and_nothing_else_changes() -> None:
    image = torch.arange(32 * 32, dtype=torch.float32).reshape(1, 1, 32, 32).repeat(64, 1, 1, 1)
    seen = augment(
        image,
        torch.full((64, 1), 0.7),
        AugmentationConfig(gamma_shape=1e9, gaussian_process_sigma=0.0),
        torch.Generator().manual_seed(0),
    )
    original = image[0, 0]
    expected = {(a, b): original for a in (0, 1) for b in (0, 1)}
    inner = original[1:, 1:]
    expected[(1, 0)], expected[(0, 1)], expected[(1, 1)] = inner.flip(0), inner.flip(1), inner.flip((0, 1))
    expected[(0, 0)] = inner
    kinds = {
        next(kind for kind, wanted in expected.items() if torch.allclose(one[0, 1:, 1:], wanted, rtol=2e-3))
        for one in seen
    }
    assert kinds == set(expected)
    assert torch.allclose(seen[:, :, 16, 16], image[:, :, 16, 16], rtol=2e-3)


def test_noise_has_the_stated_size_and_is_drawn_anew() -> None:
    image, depths = torch.full((400, 1, 32, 32), 0.1), torch.full((400, 1), 0.6)
    config = AugmentationConfig(flips=False, gamma_shape=1e9, gaussian_process_sigma=0.005)
    noise = augment(image, depths, config, torch.Generator().manual_seed(0)) - image
    assert 0.003 < float(noise.std()) < 0.0055
    assert not torch.equal(noise[0], noise[1])
    scaled = augment(
        image,
        depths,
        replace(config, gamma_shape=1000.0, gaussian_process_sigma=0.0),
        torch.Generator().manual_seed(0),
    )
    assert float(((scaled + 0.6) / 0.7)[:, 0, 0, 0].std()) == pytest.approx(1000**-0.5, rel=0.15)
    assert torch.equal(
        augment(image, depths, CLEAN, torch.Generator()).round(decimals=3), image.round(decimals=3)
    )


@settings(max_examples=15)
@given(st.floats(0.3, 3.0), st.floats(-2.0, 2.0), st.integers(0, 1000))
def test_calibration_finds_scale_and_shift_and_folds_them_into_the_network(
    scale: float, shift: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    odds = rng.normal(0, 2, 20_000).astype(np.float32)
    labels = rng.random(len(odds)) < 1 / (1 + np.exp(-(scale * odds + shift)))
    found = LogOdds.fitted(odds, labels)
    assert (found.scale, found.shift) == pytest.approx((scale, shift), abs=0.25)
    layer = nn.Linear(4, 2)
    features = torch.randn(10, 4, generator=torch.Generator().manual_seed(seed))
    before = layer(features)
    found.fold_into(layer)
    after = layer(features)
    torch.testing.assert_close(
        after[:, 1] - after[:, 0],
        found.scale * (before[:, 1] - before[:, 0]) + found.shift,
        rtol=1e-4,
        atol=1e-4,
    )


@given(st.integers(1, 40), st.integers(1, 40), st.floats(0.1, 10.0))
def test_few_examples_that_are_told_apart_do_not_make_odds_infinite(
    successes: int, failures: int, gap: float
) -> None:
    labels = np.arange(successes + failures) < successes
    odds = np.where(labels, gap, -gap).astype(np.float32)
    q = 1 / (1 + np.exp(-LogOdds.fitted(odds, labels).of(odds)))
    np.testing.assert_allclose(q[labels], (successes + 1) / (successes + 2), atol=3e-3)
    np.testing.assert_allclose(q[~labels], 1 / (failures + 2), atol=3e-3)
