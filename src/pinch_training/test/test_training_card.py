# SPDX-License-Identifier: Apache-2.0
"""Every network that training writes says how it came about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
import yaml
from bar_data import dexnet_folder

from pinch_core.config import dump_yaml, load_yaml
from pinch_core.networks.model_card import MeshSource
from pinch_core.networks.weights import load_network, read_card
from pinch_core.resources import load_gripper
from pinch_datagen.cli.datagen import main as datagen
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.errors import DamagedDatasetError
from pinch_training.evaluation.binary_metrics import binary_metrics
from pinch_training.evaluation.calibration import equal_width_curve
from pinch_training.training.provenance import Provenance
from pinch_training.training.run_folder import RunFolder
from pinch_training.training.split_metrics import split_metrics
from pinch_training.training.splits import Splits
from pinch_training.training.train import Trained, train
from pinch_training.training.train_config import TrainConfig
from pinch_training.training.watcher import Step, Watcher

CONFIG = TrainConfig(epochs=2, batch=64, validation_share=0.2, test_share=0.2)


@pytest.fixture(scope="module")
def bars(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return dexnet_folder(tmp_path_factory.mktemp("bars") / "dexnet")


@pytest.fixture(scope="module")
def run(bars: Dataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, RunFolder]:
    folder = RunFolder(tmp_path_factory.mktemp("card") / "run")
    return train(bars, CONFIG, folder), folder


def generated(folder: Path) -> Dataset:
    """Two procedural objects and two meshes of a folder with a licence."""
    (folder / "blocks" / "small").mkdir(parents=True)
    trimesh.creation.box((0.03, 0.03, 0.06)).export(folder / "blocks" / "box.obj")
    trimesh.creation.box((0.02, 0.03, 0.05)).export(folder / "blocks" / "small" / "box.obj")
    (folder / "blocks" / "LICENSE.txt").write_text("\nCC-BY-4.0\nfurther terms\n")
    config = {
        "seed": 5,
        "gripper": "panda",
        "procedural_count": 2,
        "grasps": {"per_object": 8},
        "stable_poses": {"max_poses": 1},
        "views": {"per_pose": 2},
        "quality": {"samples": 4},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    arguments = ["--config", str(folder / "config.yaml"), "--out", str(folder / "data"), "--workers", "1"]
    assert datagen([*arguments, "--objects", str(folder / "blocks")]) == 0
    return Dataset.open(folder / "data")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return generated(tmp_path_factory.mktemp("generated"))


def test_the_origin_of_generated_data_is_what_generation_noted(dataset: Dataset) -> None:
    origin = Provenance.of(dataset)
    assert origin.data_config == (dataset.path / "config.yaml").read_text()
    assert origin.data_command == "pinch datagen --config config.yaml --out data --objects blocks"
    assert origin.mesh_sources == (
        MeshSource("procedural objects of pinch", "Apache-2.0, generated", 2),
        MeshSource("blocks", "CC-BY-4.0", 2),
    )
    panda = load_gripper("panda")
    assert (origin.gripper, origin.jaw_width) == (panda.name, panda.max_opening)
    assert (origin.objects, origin.examples) == (4, len(dataset))


def test_no_path_of_this_machine_is_in_an_origin(dataset: Dataset) -> None:
    assert str(dataset.path.parent) not in str(Provenance.of(dataset))


def test_data_without_their_notes_are_refused(tmp_path: Path) -> None:
    dataset = generated(tmp_path)
    (dataset.path / "inputs.json").write_text("{}")
    with pytest.raises(DamagedDatasetError, match="does not say what it was made from"):
        Provenance.of(dataset)


def test_of_published_data_what_is_not_known_is_said_to_be_so(bars: Dataset) -> None:
    origin = Provenance.of(bars)
    assert origin.mesh_sources == (MeshSource("Dex-Net 2.0 layout, dexnet", "not stated", 30),)
    assert (origin.gripper, origin.jaw_width, origin.examples) == ("not stated", 0.0, 900)


def test_the_kept_weights_hold_the_card(run: tuple[Trained, RunFolder], bars: Dataset) -> None:
    trained, folder = run
    card = read_card(folder.weights)
    assert card == trained.card and card is not None
    assert card.train_config == dump_yaml(CONFIG) == folder.config.read_text()
    assert (card.examples, card.objects, card.parent) == (900, 30, "")
    depths = bars.depths()[trained.splits.train]
    assert card.trained_depth_range == pytest.approx(np.percentile(depths, [1, 99]), abs=1e-6)
    assert card.seconds == pytest.approx(sum(one.seconds for one in trained.progress.history))
    assert "cores" in card.machine


def test_metrics_are_those_of_the_kept_weights_on_what_they_never_saw(
    run: tuple[Trained, RunFolder], bars: Dataset
) -> None:
    trained, folder = run
    network, splits = load_network(folder.weights), trained.splits
    for metrics, name, rows in zip(
        trained.card.metrics,
        ("validation objects", "held-out objects"),
        (splits.validation, splits.test),
        strict=True,
    ):
        with torch.no_grad():
            crops = torch.from_numpy(bars.crops(32, rows))[:, None]
            logits = network(crops, torch.from_numpy(bars.depths()[rows])[:, None])
        q = torch.softmax(logits.double(), 1)[:, 1].numpy()
        expected = binary_metrics(bars.labels()[rows], q)
        assert (metrics.split, metrics.examples) == (name, len(rows))
        assert metrics.average_precision == pytest.approx(expected.average_precision, abs=1e-3)
        assert metrics.accuracy == pytest.approx(expected.accuracy, abs=0.01)
        assert metrics.precision_at_half == pytest.approx(expected.precision, abs=0.01)
        assert metrics.ece == pytest.approx(
            equal_width_curve(bars.labels()[rows], q).expected_error, abs=0.01
        )


def test_weights_of_an_interrupted_run_have_a_card_too(bars: Dataset, tmp_path: Path) -> None:
    def stop_in_the_second(step: Step) -> None:
        if step.epoch == 2:
            raise KeyboardInterrupt

    folder = RunFolder(tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        train(bars, CONFIG, folder, watcher=Watcher(on_step=stop_in_the_second))
    card = read_card(folder.weights)
    assert card is not None and [one.split for one in card.metrics] == ["validation objects"]


def test_without_a_test_split_only_validation_is_measured(bars: Dataset, tmp_path: Path) -> None:
    config = replace(CONFIG, epochs=1, test_share=0.0, split="image")
    trained = train(bars, config, RunFolder(tmp_path / "run"))
    assert [one.split for one in trained.card.metrics] == ["validation images"]
    assert len(Splits.of(bars, load_yaml(TrainConfig, tmp_path / "run" / "config.yaml")).test) == 0


def test_figures_that_one_class_cannot_have_are_unknown() -> None:
    metrics = split_metrics("all", np.ones(5, np.bool_), np.full(5, 2.0))
    assert metrics.average_precision is None and metrics.roc_auc is None and metrics.balanced_accuracy is None
    assert (metrics.accuracy, metrics.precision_at_half, metrics.base_rate) == (1.0, 1.0, 1.0)
