# SPDX-License-Identifier: Apache-2.0
"""Import a published gqcnn model, export a network to ONNX, print what a network was trained on."""

from __future__ import annotations

import inspect
import json
from collections.abc import Sequence
from pathlib import Path

from pinch_core.cli.__main__ import DONE, FELL_SHORT
from pinch_core.cli.actions import run_action
from pinch_core.cli.places import split_places
from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting, to_mapping

USAGE = """\
usage: pinch model import FOLDER --out FILE   read a published gqcnn model, without TensorFlow
       pinch model export FILE --out FILE     write a network as ONNX
       pinch model card FILE_OR_NAME          print what a network was trained on, and how well it does
       pinch model <action> --help            say what can be set"""

PLACE = "what to read"
NO_CARD = "This network has no model card: what it was trained on is unknown."


@configclass
class ImportOptions:
    """What becomes of a published model."""

    out: Path = setting(help="file of the network, .safetensors")
    half: bool = setting(default=False, help="store 16-bit weights")


@configclass
class ExportOptions:
    """What becomes of a network."""

    out: Path = setting(help="file of the exported network, .onnx")


@configclass
class CardOptions:
    """How a model card is printed."""

    json: bool = setting(default=False, help="print one JSON document instead of Markdown")


def main(argv: Sequence[str]) -> int:
    """``pinch model <action> PLACE``."""
    return run_action(argv, "pinch model", USAGE, {"import": _import, "export": _export, "card": _card})


def _import(argv: Sequence[str]) -> int:
    """Read the folder of a published gqcnn model: GQ-CNN 2.0 or 4.0, parallel-jaw or suction, or fully
    convolutional.
    """
    (place,), rest = split_places(argv, 1, "pinch model import FOLDER --out FILE", PLACE)
    options = parse(ImportOptions, rest, "pinch model import FOLDER", inspect.getdoc(_import) or "")
    from pinch_core.networks.weights import save_network
    from pinch_training.model_import.model_folder import read_published_model
    from pinch_training.model_import.torch_model import to_gqcnn

    network = to_gqcnn(read_published_model(place))
    save_network(options.out, network, options.half)
    count = sum(parameter.numel() for parameter in network.parameters())
    print(f"{options.out}: {count:,} parameters, crops of {network.crop_size} px")
    return DONE


def _export(argv: Sequence[str]) -> int:
    """Write a network as an ONNX model: crops and depths in metres in, probabilities out."""
    (place,), rest = split_places(argv, 1, "pinch model export FILE --out FILE", PLACE)
    options = parse(ExportOptions, rest, "pinch model export FILE", inspect.getdoc(_export) or "")
    from pinch_core.atomic_file import write_file
    from pinch_core.networks.onnx_export import export_onnx
    from pinch_core.networks.pretrained import find_network
    from pinch_core.networks.weights import load_network

    content = export_onnx(load_network(find_network(place)))
    write_file(options.out, content)
    print(f"{options.out}: {len(content) / 1e6:.1f} MB")
    return DONE


def _card(argv: Sequence[str]) -> int:
    """Print what a network was trained on, how well it does and how to make it again; exit code 1 where
    its file does not say.
    """
    (place,), rest = split_places(argv, 1, "pinch model card FILE", PLACE)
    options = parse(CardOptions, rest, "pinch model card FILE", inspect.getdoc(_card) or "")
    from pinch_core.networks.pretrained import find_network
    from pinch_core.networks.weights import load_network, read_card, weights_digest
    from pinch_training.cli.card_text import card_text

    place = find_network(place)
    network, card, digest = load_network(place), read_card(place), weights_digest(place)
    count = sum(parameter.numel() for parameter in network.parameters())
    if options.json:
        document = {
            "file": str(place),
            "sha256": digest,
            "network": type(network).__name__,
            "parameters": count,
            "architecture": to_mapping(network.architecture),
            "card": None if card is None else to_mapping(card),
        }
        print(json.dumps(document, indent=2))
    else:
        print(
            f"# {place.name}\n\n{type(network).__name__}, {count:,} parameters, crops of "
            f"{network.crop_size} px\n\nsha256 of its content: {digest}\n"
        )
        print(NO_CARD if card is None else card_text(card))
    return FELL_SHORT if card is None else DONE
