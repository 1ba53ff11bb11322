# SPDX-License-Identifier: Apache-2.0
"""The command fine-tunes on a table, a bag or a dataset, and says in one sentence what it cannot do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from bar_data import GRASP, bar_crops, dexnet_folder
from recorded_attempts import OUTCOME, scenes, write_bag, write_crops

from pinch_core.cli.__main__ import BAD_INPUT, DAMAGED_DATA
from pinch_core.cli.__main__ import main as pinch
from pinch_core.config import load_yaml
from pinch_core.errors import ConfigError
from pinch_core.networks.compact import CompactNetwork
from pinch_core.networks.compact_architecture import CompactArchitecture
from pinch_core.networks.weights import load_network, read_card, save_network, weights_digest
from pinch_training.cli import finetune as command
from pinch_training.cli.finetune import main
from pinch_training.training.finetune_config import FinetuneConfig

QUICK = ["--epochs", "1", "--finetune.folds", "2", "--threads", "1"]


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("parent") / "model.safetensors"
    torch.manual_seed(0)
    save_network(path, CompactNetwork(CompactArchitecture()))
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    good = np.arange(40) % 2 == 0
    return write_crops(tmp_path / "recorded", bar_crops(good), np.full(40, GRASP, np.float32), good)


def test_attempts_of_a_table(
    parent: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    arguments = ["--from", str(parent), "--attempts", str(table), "--out", str(out), "--gripper", "panda"]
    assert main([*arguments, "--frozen", *QUICK]) == 0
    printed = capsys.readouterr()
    assert f"{table}: 40 attempts, 50.0% succeeded" in printed.err
    lines = printed.out.splitlines()
    weights = out / "model.safetensors"
    assert lines[0] == f"{weights}: the parent with its odds calibrated, as no training was clearly better"
    assert "untrained: validation 0." in printed.err and "epoch 1: loss " in printed.err
    assert [line.partition(":")[0] for line in lines[1:]] == ["before", "after"]
    card = read_card(out / "model.safetensors")
    assert card is not None and (card.gripper, card.parent) == ("panda", weights_digest(parent))
    config = load_yaml(FinetuneConfig, out / "config.yaml")
    assert (config.frozen, config.epochs, config.folds) == (True, 1, 2)
    assert {path.name for path in out.iterdir()} == {
        "config.yaml",
        "curves.png",
        "metrics.csv",
        "model.safetensors",
        "tensorboard",
    }


def test_attempts_of_a_bag(parent: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bag = write_bag(tmp_path / "bag", scenes(12))
    arguments = [f"--from={parent}", "--attempts", str(bag), "--out", str(tmp_path / "run")]
    assert main([*arguments, "--topics.outcome", OUTCOME, *QUICK]) == 0
    assert "12 attempts, 33.3% succeeded" in capsys.readouterr().err
    load_network(tmp_path / "run" / "model.safetensors")


def test_a_dataset_and_going_on(parent: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dexnet_folder(tmp_path / "data", count=300)
    arguments = ["--parent", str(parent), "--data", str(tmp_path / "data"), "--out", str(tmp_path / "run")]
    arguments += ["--finetune.batch", "32", "--epochs", "2", "--threads", "1"]
    assert main(arguments) == 0
    assert "after: held-out objects: 30 examples" in capsys.readouterr().out
    assert main([*arguments, "--resume"]) == 0
    assert "model.safetensors: after " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "give exactly one"),
        (["--data", "d", "--attempts", "a.csv"], "give exactly one"),
        (["--attempts", "a.csv", "--resume"], "no checkpoints to --resume"),
        (["--data", "d", "--gripper", "panda"], "knows the gripper"),
    ],
)
def test_what_contradicts_itself_is_refused(arguments: list[str], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        main(["--from", "model.safetensors", "--out", "run", *arguments])


def test_it_is_one_of_the_commands_and_its_errors_are_exit_codes(
    parent: Path,
    table: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Entry:
        @staticmethod
        def load() -> object:
            return command.main

    monkeypatch.setattr("pinch_core.cli.__main__.find_entry_points", lambda group: {"finetune": Entry()})
    arguments = ["finetune", "--from", str(parent), "--out", str(tmp_path / "run"), "--attempts", str(table)]
    np.save(table.parent / "crop_3.npy", np.full((32, 32), np.nan, np.float32))
    assert pinch(arguments) == BAD_INPUT
    assert f"pinch: {table}, line 5: 1024 pixels of" in capsys.readouterr().err
    (table.parent / "crop_3.npy").write_bytes(b"\x93NUMPY")
    assert pinch(arguments) == DAMAGED_DATA
    assert f"pinch: {table}, line 5: " in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
