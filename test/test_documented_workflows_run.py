# SPDX-License-Identifier: Apache-2.0
"""The documented commands that make data, networks, recordings and reports are run, each on less of it.

They find what the commands before them on the page would have left. What is not run says on its line what it
needs, or that it takes minutes.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import trimesh
from source_tree import ROOT
from test_documented_commands import Command, commands
from test_documented_commands_run import SHORT

from pinch_core.cli import __main__ as cli

NOT_RUN = re.compile(r"#.*\b(needs \w+|takes minutes)\b")
# What makes a command short; what stands on the page already is replaced.
LESS: dict[str, dict[str, str]] = {
    "datagen inspect": {"--object": "procedural_00000004"},
    "datagen": {"--procedural": "10"},
    "train": {"--epochs": "1", "--train.max-examples": "256", "--train.max-held-out": "256"},
    "finetune --from compact_50mm --data": {"--epochs": "1", "--finetune.max-examples": "256"},
    "finetune": {"--epochs": "1", "--finetune.folds": "2"},
    "evaluate": {},
    "check": {},
    "bag synth": {"--scenes": "2", "--pool": "8"},
    "bag info": {},
    "bag evaluate": {"--policy": "rank", "--every": "16", "--judged": "1"},
    "bag extract": {},
    "benchmark grasp": {"--trials": "1", "--generated": "3", "--workers": "1"},
    "benchmark clutter": {"--rounds": "1", "--generated": "3", "--workers": "1"},
    "benchmark policies": {"--scenes": "2", "--pool": "8"},
    "benchmark datagen": {"--objects": "2", "--profiled": "1"},
    "benchmark bag": {"--frames": "10"},
}
# Another way to say the same.
ALIASES = {"--epochs": ("--train.epochs", "--finetune.epochs")}


def family(command: Command) -> str:
    words = " ".join(command.words[1:])
    return next((name for name in LESS if words.startswith(name)), "")


def shortened(command: Command) -> list[str]:
    """The words after ./pinch, with less to do."""
    words = [word.strip("[]") for word in command.words[1:] if word != "...]"]
    for option, value in LESS[family(command)].items():
        said = next((name for name in (option, *ALIASES.get(option, ())) if name in words), None)
        if said is None:
            words += [option, value]
        elif (option, words[words.index(said) + 1]) != ("--procedural", "0"):
            words[words.index(said) + 1] = value
    return words


def shape(command: Command) -> tuple[str, ...]:
    """The command by its options: what differs in names of files only is run once."""
    words = command.words[1:]
    config = words[words.index("--config") + 1] if "--config" in words else ""
    return (family(command), config, *sorted(word for word in words if word.startswith("--")))


UNLIKE = {
    shape(command): command
    for command in commands()
    if command.words[0] == "./pinch" and not command.text.startswith(SHORT)
    if not NOT_RUN.search(command.text)
}


def test_what_is_not_run_says_why() -> None:
    assert [command.text for command in UNLIKE.values() if not family(command)] == []


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What the pages speak of: datasets, networks, recordings, frames, a gripper's file, a data file."""
    folder, before = tmp_path_factory.mktemp("world"), Path.cwd()
    os.chdir(folder)
    try:
        shutil.copy(ROOT / "config/grippers/panda.yaml", "my_gripper.yaml")
        shutil.copytree(ROOT / "config/grippers", "config/grippers")
        shutil.copy(ROOT / "config/datagen/pinch.yaml", "my_data.yaml")
        for place in ("FOLDER", "meshes"):
            Path(place).mkdir()
            for number, size in enumerate(((0.03, 0.04, 0.05), (0.02, 0.06, 0.04))):
                trimesh.creation.box(size).export(f"{place}/box{number}.obj")
        make("datagen --config pinch --out data/pinch --procedural 10")
        make("datagen --config dexnet2 --out DIR --procedural 10")
        few = " ".join(" ".join(pair) for pair in LESS["train"].items())
        make(f"train --data data/pinch --out runs/one {few}")
        shutil.copy("runs/one/model.safetensors", "my_network.safetensors")
        make("bag synth run.mcap --scenes 8 --frames 4 --attempts 8 --pool 8")
        make("bag synth recording --scenes 8 --frames 4 --attempts 8 --pool 8")
        shutil.copy("run.mcap", "simulated.mcap")
        make("bag extract run.mcap frames")
        for name in (".", "recorded"):
            shutil.copytree("frames", name, dirs_exist_ok=True)
        for name in ("data/mine", "data/small", "data/other"):
            shutil.copytree("data/pinch", name)
        for name in ("runs/mine", "runs/small"):
            shutil.copytree("runs/one", name)
        yield folder
    finally:
        os.chdir(before)


def make(text: str) -> None:
    assert cli.main(text.split()) == 0, text


@pytest.mark.parametrize("command", UNLIKE.values(), ids=str)
def test_a_command_does_what_it_says(
    command: Command, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = shortened(command)
    shutil.copytree(world, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    out = made_by(words)
    if out is not None and "--resume" not in words:
        shutil.rmtree(out, ignore_errors=True)
        out.unlink(missing_ok=True)
    assert cli.main(words) == 0
    assert out is None or out.exists()


def made_by(words: list[str]) -> Path | None:
    match words:
        case ["bag", "synth", out, *_] | ["bag", "extract", _, out, *_]:
            return Path(out)
        case _:
            return Path(words[words.index("--out") + 1]) if "--out" in words else None
