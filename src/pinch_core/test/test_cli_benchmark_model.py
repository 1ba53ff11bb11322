# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from pinch_core.cli import benchmark_model
from pinch_core.cli.__main__ import BAD_INPUT
from pinch_core.cli.__main__ import main as pinch
from pinch_core.cli.benchmark_model import REFERENCE, main
from pinch_core.networks.compact import CompactNetwork
from pinch_core.networks.compact_architecture import CompactArchitecture
from pinch_core.networks.weights import save_network


@pytest.fixture(autouse=True)
def one_call_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark_model, "SECONDS_IN_A_ROW", 0.0)


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    path = tmp_path / "mine.safetensors"
    save_network(path, CompactNetwork(CompactArchitecture(crop_size=24, channels=(2, 2, 2), features=2)))
    return path


def test_every_network_meets_every_engine_in_one_run(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["--batches", "2", "5", "--rounds", "2", "--threads", "1"]
    assert main(["--models", str(trained), "--json", *small]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["threads"] == 1
    assert [batch["crops"] for batch in document["batches"]] == [2, 5]
    engines = {"torch", "onnx_runtime"} | ({"cuda"} if torch.cuda.is_available() else set())
    for batch in document["batches"]:
        met = [(result["network"], result["engine"]) for result in batch["results"]]
        assert sorted(met) == sorted(
            (network, engine) for network in (str(trained), REFERENCE, "compact") for engine in engines
        )
        for result in batch["results"]:
            ratio = result["ratio_to_reference"]
            assert result["ms"] > 0 and ratio > 0
            assert result["network"] != REFERENCE or ratio == 1


def test_the_table_names_what_was_timed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--batches", "3", "--rounds", "1", "--threads", "2"]) == 0
    out = capsys.readouterr().out
    assert "3 crops, 2 threads" in out
    assert all(name in out for name in (REFERENCE, "compact", "torch", "onnx_runtime"))


def test_a_missing_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert pinch(["benchmark", "model", "--models", "missing.safetensors"]) == BAD_INPUT
    assert "missing.safetensors cannot be read" in capsys.readouterr().err
