# SPDX-License-Identifier: Apache-2.0
"""Network files come back as they were written, or are refused with a sentence."""

from __future__ import annotations

import dataclasses
import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open

from pinch_core.errors import DamagedFileError, OutputError, PinchError
from pinch_core.networks import weights
from pinch_core.networks.architecture import Convolution, GqcnnArchitecture, to_json
from pinch_core.networks.compact_architecture import CompactArchitecture
from pinch_core.networks.errors import DamagedWeightsError, NetworkError
from pinch_core.networks.model_card import MeshSource, ModelCard, SplitMetrics, card_to_json
from pinch_core.networks.network import Normalization
from pinch_core.networks.weights import (
    Architecture,
    Network,
    build_network,
    load_network,
    read_card,
    save_network,
    weights_digest,
)

SMALL = GqcnnArchitecture(12, (Convolution(3, 3, pool=2),), 5, 2, 4)
COMPACT = CompactArchitecture(crop_size=24, channels=(2, 2, 2), features=3)

CARD = ModelCard(
    data_config="seed: 7\n",
    data_command="pinch datagen --config config.yaml --out data",
    mesh_sources=(MeshSource("shapes of pinch", "Apache-2.0", 12),),
    gripper="panda",
    jaw_width=0.08,
    trained_depth_range=(0.55, 0.75),
    train_config="seed: 0\nepochs: 10\n",
    objects=12,
    examples=3456,
    metrics=(SplitMetrics("held-out objects", 345, base_rate=0.2, average_precision=0.9),),
    seconds=61.5,
    machine="2 cores",
    pinch_version="0.1.0",
    date="2026-01-31",
)


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
    known["sha256"] = weights._digest(known, tensors)
    path.write_bytes(safetensors.torch.save(tensors, known))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    save_network(path, new(SMALL), card=CARD)
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
    assert same(loaded, load_network(saved)) and read_card(broken) == CARD


@given(data=st.data())
def test_a_truncated_file_is_damaged(saved: Path, data: st.DataObject) -> None:
    content = saved.read_bytes()
    broken = saved.with_name("truncated.safetensors")
    broken.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(DamagedFileError, match=r"truncated\.safetensors is not a whole safetensors file"):
        load_network(broken)


class Trap:
    """Unpickling it makes a file."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.place,)


@pytest.mark.parametrize("name", ["weights.pt", "weights.pth", "renamed.safetensors"])
@pytest.mark.parametrize("zipped", [True, False])
def test_pickles_are_refused_unread(tmp_path: Path, name: str, zipped: bool) -> None:
    path, sprung = tmp_path / name, tmp_path / "sprung"
    torch.save({"weights": Trap(sprung)}, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(NetworkError, match=f"{name} is a pickled PyTorch file"):
        load_network(path)
    assert not sprung.exists()
    torch.load(io.BytesIO(path.read_bytes()), weights_only=False)
    assert sprung.exists(), "the trap works"


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
        ({"architecture": "{}"}, DamagedWeightsError, "lacks the keys 'crop_size'"),
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


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file/network\.safetensors cannot be written"):
        save_network(tmp_path / "file" / "network.safetensors", new(SMALL))


def test_files_of_the_time_before_cards_still_load(tmp_path: Path) -> None:
    network, path = new(SMALL), tmp_path / "old.safetensors"
    tensors, architecture = network.state_dict(), to_json(SMALL)
    digest = hashlib.sha256(b"gqcnn" + architecture.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} torch.float32 {tuple(tensor.shape)}".encode() + tensor.numpy().tobytes())
    metadata = {
        "format": "pinch-network",
        "version": "1",
        "kind": "gqcnn",
        "architecture": architecture,
        "sha256": digest.hexdigest(),
    }
    path.write_bytes(safetensors.torch.save(tensors, metadata))
    assert same(load_network(path), network)
    assert read_card(path) is None
    assert weights_digest(path) == digest.hexdigest()


@pytest.mark.parametrize("half", [False, True])
def test_a_card_comes_back_with_its_network(tmp_path: Path, half: bool) -> None:
    path = tmp_path / "network.safetensors"
    save_network(path, new(SMALL), half, card=CARD)
    assert read_card(path) == CARD
    load_network(path, SMALL)


def test_the_digest_tells_weights_and_cards_apart(tmp_path: Path) -> None:
    other = new(SMALL)
    other.initialize(torch.Generator().manual_seed(1))
    digests = []
    for network, card in ((new(SMALL), None), (new(SMALL), CARD), (other, None), (new(SMALL), None)):
        save_network(tmp_path / "network.safetensors", network, card=card)
        digests.append(weights_digest(tmp_path / "network.safetensors"))
    assert digests[3] == digests[0] and len(set(digests)) == 3


def test_a_card_that_was_edited_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "network.safetensors"
    save_network(path, new(SMALL), card=CARD)
    path.write_bytes(path.read_bytes().replace(b"Apache-2.0", b"Apache-1.1"))
    for read in (load_network, read_card, weights_digest):
        with pytest.raises(DamagedWeightsError, match="does not match its own checksum"):
            read(path)


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("{}", "the model card in .* lacks the keys 'data_config'"),
        ("nonsense", "the model card in .* not valid JSON"),
        (card_to_json(CARD).replace("machine", "steam engine"), "unknown key 'steam engine'"),
    ],
)
def test_a_card_that_cannot_be_read_leaves_its_network_usable(
    card: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "forged.safetensors"
    forge(path, new(SMALL).state_dict(), card=card)
    assert same(load_network(path), new(SMALL))
    with pytest.raises(DamagedWeightsError, match=message):
        read_card(path)


def test_the_file_says_what_it_holds(saved: Path) -> None:
    with safe_open(str(saved), framework="np") as file:
        metadata = file.metadata()
    assert metadata["format"] == "pinch-network" and metadata["architecture"] == to_json(SMALL)


def test_a_whole_file_of_another_kind_is_named(tmp_path):
    path = tmp_path / "depth.npy"
    np.save(path, np.zeros((3, 4), np.float32))
    with pytest.raises(NetworkError, match=r"depth\.npy is a NumPy .*; give a trained network"):
        load_network(path)
