# SPDX-License-Identifier: Apache-2.0
"""Networks on disk: one self-describing safetensors file each.

Loading executes nothing from the file. The metadata hold the format's version, the kind of network, its
architecture and its card (if it has one) as JSON, and a digest of it all; normalisation constants are tensors
like the weights.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from pinch_core.atomic_file import write_file
from pinch_core.errors import ConfigError
from pinch_core.file_kinds import HEAD_BYTES, Wanted, foreign_sentence
from pinch_core.networks.architecture import GqcnnArchitecture, from_json, to_json
from pinch_core.networks.compact import CompactNetwork
from pinch_core.networks.compact_architecture import CompactArchitecture
from pinch_core.networks.errors import DamagedWeightsError, NetworkError
from pinch_core.networks.gqcnn import GQCNN
from pinch_core.networks.model_card import ModelCard, card_from_json, card_to_json

Architecture = GqcnnArchitecture | CompactArchitecture
Network = GQCNN | CompactNetwork

FORMAT = "pinch-network"
VERSION = "1"
_GQCNN, _COMPACT = "gqcnn", "compact"
# How files of torch.save begin: zip archives of pickles, and the older form.
_PICKLED = (b"PK\x03\x04", b"\x80\x02\x8a\x0a")


def build_network(architecture: Architecture, dropout: float = 0.0) -> Network:
    """The network of an architecture, freshly initialised."""
    if isinstance(architecture, GqcnnArchitecture):
        return GQCNN(architecture, dropout)
    return CompactNetwork(architecture, dropout)


def save_network(path: Path, network: Network, half: bool = False, card: ModelCard | None = None) -> None:
    """Write a network; a file of that name is replaced at once or not at all.

    Args:
        half: store parameters as float16 (normalisation constants stay float32).
        card: how the network came about.

    Raises:
        NetworkError: a weight is not finite (in float16).
        OutputError: the file cannot be written.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    if half:
        tensors |= {name: tensors[name].half() for name, _ in network.named_parameters()}
    if name := _not_finite(tensors):
        raise NetworkError(
            f"weight '{name}' of the network for {path} is not finite; training diverged, so lower the "
            "learning rate."
        )
    metadata = {
        "format": FORMAT,
        "version": VERSION,
        "kind": _GQCNN if isinstance(network, GQCNN) else _COMPACT,
        "architecture": to_json(network.architecture),
    }
    if card is not None:
        metadata["card"] = card_to_json(card)
    metadata["sha256"] = _digest(metadata, tensors)
    write_file(path, safetensors.torch.save(tensors, metadata))


def load_network(path: Path, expected: Architecture | None = None) -> Network:
    """The network of a file, on the CPU in float32, in evaluation mode.

    Args:
        expected: the only architecture that will do.

    Raises:
        NetworkError: missing, pickled, not one of pinch's networks, of a later version or another
            architecture.
        DamagedWeightsError: truncated, corrupt, or weights that are not finite or do not fit.
    """
    content = _checked(path, expected)
    with torch.device("meta"):
        network = build_network(content.architecture)
    _check_fit(network, content.tensors, path)
    if name := _not_finite(content.tensors):
        raise DamagedWeightsError(f"weight '{name}' in {path} is not finite; train the network again.", path)
    full = {name: t.float() if t.is_floating_point() else t for name, t in content.tensors.items()}
    network.load_state_dict(full, assign=True)
    return network.eval()


def read_card(path: Path) -> ModelCard | None:
    """The model card of a file, None if it has none.

    Raises:
        NetworkError, DamagedWeightsError: as :func:`load_network`, or the card is of another version.
    """
    text = _checked(path).metadata.get("card")
    try:
        return None if text is None else card_from_json(text, f"the model card in {path}")
    except ConfigError as error:
        raise DamagedWeightsError(str(error)) from error


def weights_digest(path: Path) -> str:
    """sha256 of what a file holds (its architecture, card and weights, after checking that they match it):
    the name by which a model card calls its parent.

    Raises:
        NetworkError, DamagedWeightsError: as :func:`load_network`.
    """
    return _checked(path).metadata["sha256"]


class _Content(NamedTuple):
    metadata: Mapping[str, str]
    architecture: Architecture
    tensors: Mapping[str, Tensor]


def _checked(path: Path, expected: Architecture | None = None) -> _Content:
    """The content of one of pinch's files, after its checksum was verified."""
    metadata, tensors = _read(path)
    architecture = _architecture(metadata, path)
    if expected is not None and architecture != expected:
        raise NetworkError(
            f"{path} holds a network of the architecture {to_json(architecture)}, not "
            f"{to_json(expected)}; give the file of such a network or set its architecture."
        )
    if metadata.get("sha256") != _digest(metadata, tensors):
        raise DamagedWeightsError(f"{path} does not match its own checksum; copy or train it again.", path)
    return _Content(metadata, architecture, tensors)


def _read(path: Path) -> tuple[Mapping[str, str], dict[str, Tensor]]:
    try:
        with safe_open(str(path), framework="pt") as file:
            return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except OSError as error:
        raise NetworkError(
            f"{path} cannot be read ({error}); give a .safetensors file of pinch's."
        ) from error
    except SafetensorError as error:
        head = _head(path)
        if head.startswith(_PICKLED):
            raise NetworkError(
                f"{path} is a pickled PyTorch file, which can run any code when it is read; give a "
                ".safetensors file of pinch's."
            ) from error
        if foreign := foreign_sentence(head, path, Wanted.NETWORK, ()):
            raise NetworkError(foreign) from error
        raise DamagedWeightsError(
            f"{path} is not a whole safetensors file ({error}); copy or train it again.", path
        ) from error


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _architecture(metadata: Mapping[str, str], path: Path) -> Architecture:
    if metadata.get("format") != FORMAT or "architecture" not in metadata:
        raise NetworkError(
            f"{path} is a safetensors file, but not one of pinch's networks; give one that pinch trained or "
            "imported."
        )
    if metadata.get("version") != VERSION:
        raise NetworkError(
            f"{path} has version {metadata.get('version')} of the network format, but this pinch reads "
            f"{VERSION}; use the pinch that wrote it."
        )
    kind = metadata.get("kind")
    cls: type[Architecture]
    if kind == _GQCNN:
        cls = GqcnnArchitecture
    elif kind == _COMPACT:
        cls = CompactArchitecture
    else:
        raise NetworkError(
            f"{path} holds a network of the kind '{kind}', known are {_GQCNN} and {_COMPACT}; use the pinch "
            "that wrote it."
        )
    try:
        return from_json(cls, metadata["architecture"], f"the architecture in {path}")
    except ConfigError as error:
        raise DamagedWeightsError(str(error)) from error


def _check_fit(network: Network, tensors: Mapping[str, Tensor], path: Path) -> None:
    wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    held = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    for name in sorted(wanted.keys() | held.keys()):
        if wanted.get(name) != held.get(name):
            raise DamagedWeightsError(
                f"weight '{name}' in {path} has the shape {held.get(name, 'of no weight')}, its architecture "
                f"needs {wanted.get(name, 'no such weight')}; copy or train it again.",
                path,
            )


def _not_finite(tensors: Mapping[str, Tensor]) -> str | None:
    return next((name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()), None)


def _digest(metadata: Mapping[str, str], tensors: Mapping[str, Tensor]) -> str:
    described = (metadata["kind"], metadata["architecture"], metadata.get("card", ""))
    digest = hashlib.sha256("".join(described).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
