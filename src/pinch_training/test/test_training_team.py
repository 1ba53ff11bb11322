# SPDX-License-Identifier: Apache-2.0
"""Two processes that torchrun starts are one training."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bar_data import dexnet_folder
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from team_process import CONFIG, learned

from pinch_core.networks.compact import CompactNetwork
from pinch_core.networks.compact_architecture import CompactArchitecture
from pinch_core.networks.weights import load_network
from pinch_training.errors import TrainingDataError, TrainingError
from pinch_training.training.fit import begin_learning
from pinch_training.training.randomness import Stream, seed_of
from pinch_training.training.team import Team, joined_team

SCRIPT = Path(__file__).with_name("team_process.py")
ONLY_LOOPBACK = {"MASTER_ADDR": "127.0.0.1", "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where two processes left what they did."""
    folder = tmp_path_factory.mktemp("team")
    dexnet_folder(folder / "data", count=360)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*command, str(SCRIPT), str(folder / "data"), str(folder)],
        env={**os.environ, **ONLY_LOOPBACK},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return folder


def told(out: Path, rank: int) -> dict[str, Any]:
    return dict(json.loads((out / f"told_{rank}.json").read_text()))


def test_two_processes_learn_what_one_does_from_the_same_batches(out: Path) -> None:
    alone, log_odds = learned(Team())
    for rank in (0, 1):
        together = load_file(out / f"weights_{rank}.safetensors")
        assert together.keys() == alone.keys()
        for name, value in alone.items():
            torch.testing.assert_close(together[name], value, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(told(out, rank)["log_odds"], log_odds, rtol=1e-4, atol=1e-5)


def test_both_processes_score_by_the_same_running_statistics(out: Path) -> None:
    one, two = (load_file(out / f"normalized_{rank}.safetensors") for rank in (0, 1))
    assert any("running_mean" in name for name in one)
    for name, value in one.items():
        assert torch.equal(value, two[name]), name


def test_both_processes_know_the_same(out: Path) -> None:
    assert told(out, 0) == told(out, 1)
    assert told(out, 0)["size"] == 2


def test_a_resumed_run_of_two_ends_as_an_uninterrupted_one(out: Path) -> None:
    assert told(out, 0)["losses"] == told(out, 0)["resumed_losses"]
    whole, broken = (load_network(out / run / "model.safetensors") for run in ("whole", "broken"))
    for name, value in whole.state_dict().items():
        assert torch.equal(value, broken.state_dict()[name]), name


def test_the_run_of_two_is_written_once(out: Path) -> None:
    assert sorted(path.name for path in (out / "whole").iterdir()) == [
        "checkpoint.safetensors",
        "config.yaml",
        "curves.png",
        "metrics.csv",
        "model.safetensors",
        "tensorboard",
    ]
    assert len(list((out / "whole" / "tensorboard").iterdir())) == 1


@given(st.integers(0, 10_000), st.integers(1, 9))
def test_the_parts_of_a_team_are_a_partition_in_order(count: int, size: int) -> None:
    parts = [Team(rank=rank, size=size).part(count) for rank in range(size)]
    assert [row for part in parts for row in part] == list(range(count))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@given(st.integers(0, 2**63 - 1))
def test_no_two_streams_of_a_run_are_the_same(seed: int) -> None:
    seeds = [seed_of(seed, s, epoch, rank) for s in Stream for epoch in (1, 2) for rank in (0, 1)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= one < 2**63 for one in seeds)


def test_a_batch_that_cannot_be_dealt_evenly_is_refused() -> None:
    network = CompactNetwork(CompactArchitecture())
    with pytest.raises(TrainingDataError, match="batch of 64 examples cannot be dealt to 3 processes"):
        begin_learning(network, replace(CONFIG, batch=64), Team(size=3), 1000)


def test_a_process_without_a_gpu_of_its_own_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with joined_team("auto") as team:
        assert (team.device.type, team.leads) == ("cpu", True)
    with pytest.raises(TrainingError, match="finds no CUDA device"), joined_team("cuda"):
        pass
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(TrainingError, match=r"process 2 .* --nproc-per-node 2"), joined_team("cuda"):
        pass
