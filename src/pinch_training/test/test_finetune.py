# SPDX-License-Identifier: Apache-2.0
"""Fine-tuning makes a network better where it is to work, and changes no more than it may."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from bar_data import GRASP, bar_crops, dexnet_folder
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pinch_core.networks.compact import CompactNetwork
from pinch_core.networks.compact_architecture import CompactArchitecture
from pinch_core.networks.errors import NetworkError
from pinch_core.networks.model_card import MeshSource, SplitMetrics
from pinch_core.networks.weights import (
    build_network,
    load_network,
    read_card,
    save_network,
    weights_digest,
)
from pinch_core.perception.crop import relative_crops
from pinch_core.resources import load_gripper
from pinch_datagen.dataset.dataset import Dataset
from pinch_training.attempts.attempts import Attempt, Attempts
from pinch_training.errors import RunFolderError, TrainingDataError, TrainingError
from pinch_training.training.crop_data import CropData
from pinch_training.training.epoch import score
from pinch_training.training.finetune import Finetuned, finetune
from pinch_training.training.finetune_config import SMALLEST_BATCH, FinetuneConfig
from pinch_training.training.finetune_on_attempts import HELD_OUT, finetune_on_attempts
from pinch_training.training.folds import calibrated_by_the_rest, deal
from pinch_training.training.parent import Parent
from pinch_training.training.run_folder import RunFolder
from pinch_training.training.split_metrics import split_metrics
from pinch_training.training.team import Team
from pinch_training.training.train import train
from pinch_training.training.train_config import TrainConfig
from pinch_training.training.watcher import Step, Watcher

CONFIG = FinetuneConfig(epochs=6, folds=3)
DATA_CONFIG = replace(CONFIG, epochs=2, batch=64, validation_share=0.2, test_share=0.2)
HEAD = ("hidden.", "output.")


@pytest.fixture(scope="module")
def bars(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return dexnet_folder(tmp_path_factory.mktemp("data") / "bars", wrong=0.1)


@pytest.fixture(scope="module")
def parent_file(bars: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that knows one thing: bars must lie between the jaws."""
    folder = RunFolder(tmp_path_factory.mktemp("parent") / "run")
    config = TrainConfig(epochs=3, batch=64, validation_share=0.2, test_share=0.2)
    train(bars, config, folder)
    return folder.weights


@pytest.fixture(scope="module")
def parent(parent_file: Path) -> Parent:
    return Parent.load(parent_file)


Crops = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]


def slippery(count: int, seed: int) -> Crops:
    """Another robot: what holds is decided by how deep the fingers reach, and little by how the bar lies."""
    rng = np.random.default_rng(seed)
    across, deeper = rng.random(count) < 0.5, rng.uniform(-0.015, 0.015, count)
    crops = bar_crops(across) + rng.normal(0, 0.001, (count, 32, 32)).astype(np.float32)
    odds = deeper / 0.002 + np.where(across, 1.0, -1.0)
    successes = rng.random(count) < 1 / (1 + np.exp(-odds))
    return crops, (GRASP + deeper).astype(np.float32), successes


def attempts_of(crops: Crops) -> Attempts:
    rows = zip(*crops, strict=True)
    return Attempts.of(
        "attempts.csv", [Attempt(crop, float(depth), bool(held)) for crop, depth, held in rows]
    )


def measured(network: torch.nn.Module, crops: Crops) -> SplitMetrics:
    return split_metrics("new", crops[2], score(network, data_of(*crops)))  # type: ignore[arg-type]


def data_of(crops: NDArray[np.float32], depths: NDArray[np.float32], held: NDArray[np.bool_]) -> CropData:
    return CropData.of(relative_crops(crops, depths), depths, held)


@pytest.fixture(scope="module")
def attempts() -> Attempts:
    return attempts_of(slippery(240, seed=1))


@pytest.fixture(scope="module", params=[False, True], ids=["full", "frozen"])
def tuned(
    request: pytest.FixtureRequest,
    parent: Parent,
    attempts: Attempts,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Finetuned, RunFolder, bool]:
    folder = RunFolder(tmp_path_factory.mktemp("tuned") / "run")
    config = replace(CONFIG, frozen=request.param)
    return finetune_on_attempts(parent, attempts, None, config, folder), folder, request.param


def test_a_fine_tuned_network_is_better_on_attempts_it_never_saw(
    tuned: tuple[Finetuned, RunFolder, bool], parent: Parent
) -> None:
    unseen = slippery(600, seed=2)
    before, after = measured(parent.network, unseen), measured(load_network(tuned[1].weights), unseen)
    assert before.average_precision is not None and after.average_precision is not None
    assert after.average_precision > before.average_precision + 0.1
    assert after.accuracy is not None and after.accuracy > before.accuracy + 0.1  # type: ignore[operator]
    assert after.ece is not None and before.ece is not None and after.ece < 0.12


def test_the_figures_of_held_out_attempts_foretell_those_of_unseen_ones(
    tuned: tuple[Finetuned, RunFolder, bool],
) -> None:
    unseen = measured(load_network(tuned[1].weights), slippery(2000, seed=3))
    (foretold,) = tuned[0].card.metrics
    assert (foretold.split, foretold.examples) == (HELD_OUT, 240)
    assert foretold.average_precision == pytest.approx(unseen.average_precision, abs=0.06)
    assert foretold.accuracy == pytest.approx(unseen.accuracy, abs=0.06)


def test_frozen_layers_are_the_parents_to_the_bit(
    tuned: tuple[Finetuned, RunFolder, bool], parent: Parent
) -> None:
    network, frozen = load_network(tuned[1].weights).state_dict(), tuned[2]
    constants = ("pose_mean", "pose_std", "image_mean", "image_std")
    changed = {
        name for name, value in parent.network.state_dict().items() if not torch.equal(value, network[name])
    }
    assert not changed & set(constants)
    body = {name for name in network if not name.startswith(HEAD) and name not in constants}
    if frozen:
        assert not changed & body
        assert any("running_mean" in name for name in body)
    else:
        assert {name for name in body if "num_batches" not in name} <= changed
    assert {"hidden.weight", "output.weight"} <= changed


def test_the_card_names_the_parent_and_what_it_was_made_from(
    tuned: tuple[Finetuned, RunFolder, bool], parent_file: Path, attempts: Attempts
) -> None:
    card = read_card(tuned[1].weights)
    assert card == tuned[0].card and card is not None
    assert card.parent == weights_digest(parent_file)
    assert card.mesh_sources == (
        MeshSource("recorded attempts", "not stated", 0),
        MeshSource("Dex-Net 2.0 layout, bars (parent)", "not stated", 30),
    )
    assert attempts.digest in card.data_command and "240 attempts of attempts.csv" in card.data_command
    assert card.trained_depth_range == pytest.approx(np.percentile(attempts.depths, [1, 99]), abs=1e-6)


def test_the_parents_file_and_network_are_left_as_they_were(
    tuned: tuple[Finetuned, RunFolder, bool], parent: Parent, parent_file: Path
) -> None:
    again = load_network(parent_file)
    for name, value in parent.network.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])
    assert parent.digest == weights_digest(parent_file)


def test_the_same_seed_gives_the_same_network(parent: Parent, attempts: Attempts, tmp_path: Path) -> None:
    config = replace(CONFIG, epochs=1)
    one, two, other = (
        finetune_on_attempts(parent, attempts, None, c, RunFolder(tmp_path / name)).network.state_dict()
        for name, c in (("one", config), ("two", config), ("other", replace(config, seed=1)))
    )
    assert all(torch.equal(value, two[name]) for name, value in one.items())
    assert any(not torch.equal(value, other[name]) for name, value in one.items())


def test_where_nothing_can_be_learned_the_parent_stays_and_only_its_odds_change(
    parent: Parent, tmp_path: Path
) -> None:
    crops, depths, _ = slippery(240, seed=5)
    coins = np.random.default_rng(6).random(240) < 0.5
    config = replace(CONFIG, optimizer=replace(CONFIG.optimizer, learning_rate=0.02))
    tuned = finetune_on_attempts(
        parent, attempts_of((crops, depths, coins)), None, config, RunFolder(tmp_path / "run")
    )
    assert tuned.epochs == 0
    for name, value in parent.network.state_dict().items():
        if not name.startswith("output."):
            assert torch.equal(value, tuned.network.state_dict()[name])
    q = 1 / (1 + np.exp(-score(tuned.network, data_of(crops, depths, coins))))
    assert abs(q - 0.5).max() < 0.2


def test_the_gripper_of_the_card_is_the_one_named(parent: Parent, attempts: Attempts, tmp_path: Path) -> None:
    panda = load_gripper("panda")
    config = replace(CONFIG, epochs=1, folds=2)
    tuned = finetune_on_attempts(parent, attempts, panda, config, RunFolder(tmp_path / "run"))
    assert (tuned.card.gripper, tuned.card.jaw_width) == ("panda", panda.max_opening)


def test_too_few_attempts_are_refused(parent: Parent, tmp_path: Path) -> None:
    crops, depths, _ = slippery(20, seed=0)
    few = attempts_of((crops, depths, np.arange(20) < 3))
    with pytest.raises(TrainingDataError, match="3 successes cannot be dealt to 5 folds"):
        finetune_on_attempts(parent, few, None, FinetuneConfig(), RunFolder(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_a_used_folder_and_several_processes_are_refused(
    parent: Parent, attempts: Attempts, tmp_path: Path
) -> None:
    (tmp_path / "something").touch()
    with pytest.raises(RunFolderError, match="is not empty"):
        finetune_on_attempts(parent, attempts, None, CONFIG, RunFolder(tmp_path))
    with pytest.raises(TrainingError, match="too few for 2 processes"):
        finetune_on_attempts(parent, attempts, None, CONFIG, RunFolder(tmp_path / "run"), team=Team(size=2))


@pytest.fixture(scope="module")
def shifted(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The other robot's examples as a dataset."""
    folder = tmp_path_factory.mktemp("shifted") / "slippery"
    crops, depths, successes = slippery(900, seed=7)
    poses = np.zeros((900, 7), np.float32)
    poses[:, 2] = depths
    fields = {
        "depth_ims_tf_table": crops[..., None],
        "hand_poses": poses,
        "robust_ferrari_canny": np.where(successes, 0.01, 0.0).astype(np.float32),
        "object_labels": np.arange(900, dtype=np.int64) // 30,
    }
    (folder / "tensors").mkdir(parents=True)
    for name, values in fields.items():
        np.savez(folder / "tensors" / f"{name}_00000.npz", arr_0=values)
    return Dataset.open(folder)


@pytest.mark.parametrize("frozen", [False, True], ids=["full", "frozen"])
def test_on_a_dataset_it_is_better_on_objects_it_never_saw(
    parent: Parent, shifted: Dataset, tmp_path: Path, frozen: bool
) -> None:
    config = replace(DATA_CONFIG, epochs=4, frozen=frozen)
    tuned = finetune(parent, shifted, config, RunFolder(tmp_path / "run"))
    before, after = tuned.parent_metrics[-1], tuned.card.metrics[-1]
    assert before.split == after.split == "held-out objects"
    assert before.average_precision is not None and after.average_precision is not None
    assert after.average_precision > before.average_precision + 0.1
    assert tuned.card.parent == parent.digest
    assert [source.name for source in tuned.card.mesh_sources] == [
        "Dex-Net 2.0 layout, slippery",
        "Dex-Net 2.0 layout, bars (parent)",
    ]
    kept = parent.network.state_dict()
    for name, value in load_network(tmp_path / "run" / "model.safetensors").state_dict().items():
        if frozen and not name.startswith(HEAD):
            assert torch.equal(value, kept[name]), name


def test_on_a_dataset_a_resumed_run_ends_as_an_uninterrupted_one(
    parent: Parent, shifted: Dataset, tmp_path: Path
) -> None:
    class Interrupted(Exception):
        pass

    def stop_in_the_second(step: Step) -> None:
        if step.epoch == 2:
            raise Interrupted

    whole = finetune(parent, shifted, DATA_CONFIG, RunFolder(tmp_path / "whole"))
    folder = RunFolder(tmp_path / "broken")
    with pytest.raises(Interrupted):
        finetune(parent, shifted, DATA_CONFIG, folder, watcher=Watcher(on_step=stop_in_the_second))
    resumed = finetune(parent, shifted, DATA_CONFIG, folder, resume=True)
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name


def test_a_parent_without_a_card_is_enough(attempts: Attempts, tmp_path: Path) -> None:
    network = CompactNetwork(CompactArchitecture())
    save_network(tmp_path / "bare.safetensors", network)
    bare = Parent.load(tmp_path / "bare.safetensors")
    config = replace(CONFIG, epochs=1, folds=2)
    card = finetune_on_attempts(bare, attempts, None, config, RunFolder(tmp_path / "run")).card
    assert (card.gripper, card.jaw_width) == ("not stated", 0.0)
    assert card.mesh_sources[1].name == "the parent, which has no card"


def test_a_network_of_many_angles_is_no_parent(tmp_path: Path) -> None:
    from pinch_core.networks.architecture import FC_GQCNN_4_PJ

    save_network(tmp_path / "many.safetensors", build_network(FC_GQCNN_4_PJ))
    with pytest.raises(NetworkError, match="16 angles"):
        Parent.load(tmp_path / "many.safetensors")


@given(st.integers(1, 5000), st.integers(2, 512))
def test_few_examples_still_make_several_steps(examples: int, most: int) -> None:
    batch = FinetuneConfig(batch=most).batch_for(examples)
    assert min(most, SMALLEST_BATCH) <= batch <= most
    assert batch <= SMALLEST_BATCH or examples // batch >= 16


@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(1, 4))
def test_folds_hold_out_every_example_once_and_tear_no_object(seed: int, count: int, size: int) -> None:
    """``size``: attempts on each object."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(60), size)
    successes = rng.random(len(groups)) < 0.4
    folds = deal(successes, groups, count, seed)
    assert sorted(np.concatenate([fold.held for fold in folds])) == list(range(len(groups)))
    for rest, held in folds:
        assert not set(groups[rest]) & set(groups[held])
        assert len(rest) + len(held) == len(groups)


def test_an_example_does_not_help_to_calibrate_itself() -> None:
    rng = np.random.default_rng(0)
    log_odds, successes = rng.normal(size=60).astype(np.float32), rng.random(60) < 0.5
    folds = deal(successes, np.arange(60), 3, 0)
    calibrated = calibrated_by_the_rest(log_odds, successes, folds)
    held = folds[0].held
    flipped = successes.copy()
    flipped[held] = ~flipped[held]
    again = calibrated_by_the_rest(log_odds, flipped, folds)
    np.testing.assert_array_equal(again[held], calibrated[held])
    assert not np.allclose(np.delete(again, held), np.delete(calibrated, held))
