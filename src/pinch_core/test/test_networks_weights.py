# SPDX-License-Identifier: Apache-2.0
"""Network files come back as they were written, or are refused with a sentence."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open

from pinch_core.errors import DamagedFileError, PinchError
from pinch_core.networks import weights
from pinch_core.networks.architecture import Convolution, GqcnnArchitecture, to_json
from pinch_core.networks.compact import CompactArchitecture
from pinch_core.networks.errors import DamagedWeightsError, NetworkError
from pinch_core.networks.network import Normalization
from pinch_core.networks.weights import Architecture, Network, build_network, load_network, save_network

SMALL = GqcnnArchitecture(12, (Convolution(3, 3, pool=2),), 5, 2, 4)
COMPACT = CompactArchitecture(crop_size=8, channels=(2, 2, 2), features=3)


def new(architecture: Architecture) -> Network:
    network = build_network(architecture).eval()
    network.initialize(torch.Generator().manual_seed(0))
    network.normalize_by(Normalization(0.7, 0.04, (0.65,), (0.03,)))
    return network


def same(one: Network, other: Network) -> bool:
    a, b = one.state_dict(), other.state_dict()
    return one.architecture == other.architecture and all(torch.equal(a[name], b[name]) for name in a)


def forge(path: Path, tensors: dict[str, torch.Tensor], **metadata: str) -> None:
    """A file whose checksum is right, whatever it holds."""
    known = {
        "format": weights.FORMAT,
        "version": weights.VERSION,
        "kind": "gqcnn",
        "architecture": to_json(SMALL),
    }
    known |= metadata
    known["sha256"] = weights._digest(known["kind"] + known["architecture"], tensors)
    path.write_bytes(safetensors.torch.save(tensors, known))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    save_network(path, new(SMALL))
    return path


@pytest.mark.parametrize("architecture", [SMALL, COMPACT])
def test_a_network_comes_back_as_it_was_saved(architecture: Architecture, tmp_path: Path) -> None:
    network, path = new(architecture), tmp_path / "network.safetensors"
    save_network(path, network)
    loaded = load_network(path, architecture)
    assert same(loaded, network) and loaded.normalization == network.normalization
    assert not loaded.training and all(weight.requires_grad for weight in loaded.parameters())
    assert list(tmp_path.iterdir()) == [path]


def test_half_precision_rounds_the_weights_only(tmp_path: Path) -> None:
    network, full, half = new(SMALL), tmp_path / "full.safetensors", tmp_path / "half.safetensors"
    save_network(full, network)
    save_network(half, network, half=True)
    loaded = load_network(half)
    assert half.stat().st_size < full.stat().st_size
    assert loaded.normalization == network.normalization
    for name, tensor in loaded.state_dict().items():
        assert tensor.dtype == torch.float32
        np.testing.assert_allclose(tensor, network.state_dict()[name], rtol=1e-3)


@settings(max_examples=200)
@given(data=st.data())
def test_a_flipped_bit_never_changes_a_network_silently(saved: Path, data: st.DataObject) -> None:
    content = bytearray(saved.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    broken = saved.with_name("flipped.safetensors")
    broken.write_bytes(content)
    try:
        loaded = load_network(broken)
    except PinchError:
        return
    assert same(loaded, load_network(saved))


@given(data=st.data())
def test_a_truncated_file_is_damaged(saved: Path, data: st.DataObject) -> None:
    content = saved.read_bytes()
    broken = saved.with_name("truncated.safetensors")
    broken.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(DamagedFileError, match=r"truncated\.safetensors is not a whole safetensors file"):
        load_network(broken)


def test_pickles_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    torch.save({"weights": torch.zeros(3)}, path)
    with pytest.raises(DamagedWeightsError, match="not a whole safetensors file"):
        load_network(path)


@pytest.mark.parametrize("name", ["missing.safetensors", "."])
def test_what_is_no_file_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="cannot be read"):
        load_network(tmp_path / name)


def test_other_programs_safetensors_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "foreign.safetensors"
    path.write_bytes(safetensors.torch.save({"weight": torch.zeros(3)}))
    with pytest.raises(NetworkError, match="not one of pinch's networks"):
        load_network(path)


def test_another_architecture_is_refused(saved: Path) -> None:
    with pytest.raises(NetworkError, match=r"not .*\"merge_features\": 9"):
        load_network(saved, dataclasses.replace(SMALL, merge_features=9))
    with pytest.raises(NetworkError, match="holds a network of the architecture"):
        load_network(saved, COMPACT)


@pytest.mark.parametrize(
    ("metadata", "error", "message"),
    [
        ({"version": "2"}, NetworkError, "version 2 of the network format"),
        ({"kind": "oracle"}, NetworkError, "kind 'oracle'"),
        ({"architecture": "{}"}, DamagedWeightsError, "lacks the key 'crop_size'"),
        ({"architecture": "nonsense"}, DamagedWeightsError, "not valid JSON"),
        (
            {"architecture": to_json(dataclasses.replace(SMALL, merge_features=9))},
            DamagedWeightsError,
            r"'merge_fc.bias' .* has the shape \(4,\), its architecture needs \(9,\)",
        ),
    ],
)
def test_metadata_that_do_not_fit_are_refused(
    metadata: dict[str, str], error: type[PinchError], message: str, tmp_path: Path
) -> None:
    forge(tmp_path / "forged.safetensors", new(SMALL).state_dict(), **metadata)
    with pytest.raises(error, match=message):
        load_network(tmp_path / "forged.safetensors")


def test_missing_and_surplus_weights_are_refused(tmp_path: Path) -> None:
    tensors, path = dict(new(SMALL).state_dict()), tmp_path / "forged.safetensors"
    forge(path, tensors | {"zeal.weight": torch.zeros(2)})
    with pytest.raises(DamagedWeightsError, match="needs no such weight"):
        load_network(path)
    del tensors["image_fc.bias"]
    forge(path, tensors)
    with pytest.raises(DamagedWeightsError, match="shape of no weight"):
        load_network(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_neither_loaded_nor_saved(value: float, tmp_path: Path) -> None:
    network, path = new(SMALL), tmp_path / "network.safetensors"
    save_network(path, network)
    before = path.read_bytes()
    with torch.no_grad():
        network.image_fc.weight[1, 2] = value  # type: ignore[index, union-attr, operator]
    with pytest.raises(NetworkError, match=r"'image_fc.weight' .* not finite"):
        save_network(path, network)
    assert path.read_bytes() == before
    forge(path, network.state_dict())
    with pytest.raises(DamagedWeightsError, match=r"'image_fc.weight' .* not finite"):
        load_network(path)


def test_weights_too_large_for_half_precision_are_not_saved(tmp_path: Path) -> None:
    network = new(SMALL)
    with torch.no_grad():
        next(network.parameters()).mul_(1e6)
    with pytest.raises(NetworkError, match="not finite"):
        save_network(tmp_path / "half.safetensors", network, half=True)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"nowhere/network\.safetensors cannot be written"):
        save_network(tmp_path / "nowhere" / "network.safetensors", new(SMALL))


def test_the_file_says_what_it_holds(saved: Path) -> None:
    with safe_open(str(saved), framework="np") as file:
        metadata = file.metadata()
    assert metadata["format"] == "pinch-network" and metadata["architecture"] == to_json(SMALL)
