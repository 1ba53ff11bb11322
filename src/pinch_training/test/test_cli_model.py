# SPDX-License-Identifier: Apache-2.0
"""``pinch model``: what it says of a network, and how it asks for what is missing."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from pinch_core.cli.__main__ import BAD_INPUT, DAMAGED_DATA, DONE, FELL_SHORT
from pinch_core.cli.__main__ import main as pinch
from pinch_core.config import from_mapping
from pinch_core.networks.compact import CompactNetwork
from pinch_core.networks.compact_architecture import CompactArchitecture
from pinch_core.networks.model_card import MeshSource, ModelCard, SplitMetrics
from pinch_core.networks.onnx_scoring import OnnxQualityModel
from pinch_core.networks.torch_scoring import TorchQualityModel
from pinch_core.networks.weights import load_network, save_network, weights_digest
from pinch_training.cli import model

CARD = ModelCard(
    data_config="gripper: panda\nseed: 7\n",
    data_command="pinch datagen --config config.yaml --out data",
    mesh_sources=(
        MeshSource("shapes made by pinch", "Apache-2.0", 1200),
        MeshSource("a museum's scans", "CC-BY-4.0", 34),
    ),
    gripper="panda",
    jaw_width=0.085,
    trained_depth_range=(0.5512, 0.7389),
    trained_focal_range=(501.0, 618.0),
    trained_tilt_range=(0.0, 0.43633),
    train_config="network: compact\nepochs: 10\n",
    objects=1234,
    examples=567890,
    metrics=(
        SplitMetrics("held-out objects", 4321, 0.1234, 0.9871, 0.9912, 0.9613, 0.9514, 0.9415, 0.0116),
        SplitMetrics("one class", 17, base_rate=0.0),
    ),
    seconds=7325.0,
    machine="2 cores of a test",
    pinch_version="0.1.0",
    date="2026-01-31",
    parent="ab" * 32,
)


def network() -> CompactNetwork:
    made = CompactNetwork(CompactArchitecture(crop_size=24, channels=(4, 4, 4), features=8)).eval()
    made.initialize(torch.Generator().manual_seed(0))
    return made


@pytest.fixture
def carded(tmp_path: Path) -> Path:
    save_network(tmp_path / "carded.safetensors", network(), card=CARD)
    return tmp_path / "carded.safetensors"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    save_network(tmp_path / "bare.safetensors", network())
    return tmp_path / "bare.safetensors"


def test_the_card_tells_every_fact(carded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert model.main(["card", str(carded)]) == DONE
    text = capsys.readouterr().out
    facts = [
        "# carded.safetensors",
        "CompactNetwork",
        "crops of 24 px",
        weights_digest(carded),
        "panda",
        "85 mm",
        "0.551 m to 0.739 m",
        "501 to 618 px",
        "0 to 25 degrees",
        "567,890 examples of 1,234 objects",
        "2:02:05 h on 2 cores of a test, by pinch 0.1.0, on 2026-01-31",
        "ab" * 32,
        "    pinch datagen --config config.yaml --out data\n",
        "```yaml\ngripper: panda\nseed: 7\n```",
        "```yaml\nnetwork: compact\nepochs: 10\n```",
    ]
    assert [fact for fact in facts if fact not in text] == []
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if "|" in line]
    assert ["shapes made by pinch", "Apache-2.0", "1,200"] in rows
    assert ["a museum's scans", "CC-BY-4.0", "34"] in rows
    header, _, measured, one_class = rows[rows.index(next(row for row in rows if row[0] == "split")) :][:4]
    assert dict(zip(header, measured, strict=True)) == {
        "split": "held-out objects",
        "examples": "4,321",
        "positive": "12.3%",
        "AP": "0.9871",
        "ROC AUC": "0.9912",
        "accuracy": "0.9613",
        "balanced accuracy": "0.9514",
        "precision at q > 0.5": "0.9415",
        "ECE": "0.0116",
    }
    assert one_class == ["one class", "17", "0.0%", *["unknown"] * 6]


def test_a_network_without_parent_or_metrics_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "young.safetensors"
    save_network(path, network(), card=dataclasses.replace(CARD, parent="", metrics=(), mesh_sources=()))
    assert model.main(["card", str(path)]) == DONE
    text = capsys.readouterr().out
    assert "Trained from scratch." in text and "never measured" in text


def test_the_card_as_json_is_the_card(carded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert model.main(["card", str(carded), "--json"]) == DONE
    document = json.loads(capsys.readouterr().out)
    assert from_mapping(ModelCard, document["card"], "the document") == CARD
    assert document["sha256"] == weights_digest(carded)
    assert from_mapping(CompactArchitecture, document["architecture"], "x") == network().architecture


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_network_without_card_falls_short(
    bare: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    assert pinch(["model", "card", str(bare), *options]) == FELL_SHORT
    text = capsys.readouterr().out
    assert json.loads(text)["card"] is None if options else "has no model card" in text


def test_damaged_files_have_no_card(carded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = bytearray(carded.read_bytes())
    content[-1] ^= 1
    carded.write_bytes(content)
    assert pinch(["model", "card", str(carded)]) == DAMAGED_DATA
    assert "does not match its own checksum" in capsys.readouterr().err


def test_the_exported_model_answers_as_the_network(bare: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "model.onnx"
    assert model.main(["export", str(bare), "--out", str(out)]) == DONE
    rng = np.random.default_rng(0)
    images = rng.normal(0.0, 0.05, (7, 24, 24)).astype(np.float32)
    depths = rng.uniform(0.6, 0.8, 7).astype(np.float32)
    np.testing.assert_allclose(
        OnnxQualityModel(out.read_bytes(), 1).predict(images, depths),
        TorchQualityModel(load_network(bare)).predict(images, depths),
        atol=1e-5,
    )


@pytest.mark.parametrize("action", [[], ["import"], ["export"], ["card"]])
def test_help_is_no_error(action: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = model.main([*action, "--help"])
    except SystemExit as ended:
        code = ended.code  # type: ignore[assignment]
    assert code in (0, None)
    assert f"usage: pinch model {action[0] if action else 'import'}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "the action of pinch model is missing; name one of import, export, card"),
        (["convert"], "'convert' is no action of pinch model"),
        (["card"], "what to read is missing; name it before any option: pinch model card FILE"),
        (["export", "--out", "x"], "what to read is missing"),
        (["card", "missing.safetensors"], "missing.safetensors' is neither a file nor a network"),
    ],
)
def test_what_is_missing_is_named(argv: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert pinch(["model", *argv]) == BAD_INPUT
    assert message in capsys.readouterr().err
