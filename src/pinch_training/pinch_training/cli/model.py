# SPDX-License-Identifier: Apache-2.0
"""Read published gqcnn models, export networks to ONNX (pinch model import DIR, pinch model export FILE)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pinch_core.cli.settings import parse
from pinch_core.config import setting, validate
from pinch_core.errors import UnknownNameError
from pinch_training.errors import TrainingError

USAGE = "usage: pinch model import DIR --out FILE | pinch model export FILE --out FILE"


@dataclass(frozen=True)
class ImportOptions:
    """What becomes of a published model."""

    out: Path = setting(help="file of the network, .safetensors")
    half: bool = setting(False, help="store 16-bit weights")

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True)
class ExportOptions:
    """What becomes of a network."""

    out: Path = setting(help="file of the exported network, .onnx")

    def __post_init__(self) -> None:
        validate(self)


def main(argv: Sequence[str]) -> int:
    """``pinch model import DIR --out FILE`` and ``pinch model export FILE --out FILE``."""
    actions = {"import": _import, "export": _export}
    if not argv or argv[0] not in actions:
        print(
            "usage: pinch model import DIR --out FILE | pinch model export FILE --out FILE", file=sys.stderr
        )
        if list(argv) in (["-h"], ["--help"]):
            return 0
        given = f"'{argv[0]}' is no action of pinch model" if argv else "the action of pinch model is missing"
        raise UnknownNameError(f"{given}; name one of {', '.join(actions)}.")
    return actions[argv[0]](argv[1:])


def _import(argv: Sequence[str]) -> int:
    folder = _place(argv, "pinch model import DIR")
    options = parse(ImportOptions, argv[1:], "pinch model import DIR", "Read a published gqcnn model folder.")
    from pinch_core.networks.weights import save_network
    from pinch_training.model_import.model_folder import read_published_model
    from pinch_training.model_import.torch_model import to_gqcnn

    network = to_gqcnn(read_published_model(folder))
    save_network(options.out, network, options.half)
    count = sum(parameter.numel() for parameter in network.parameters())
    print(f"{options.out}: {count:,} parameters, crops of {network.crop_size} px")
    return 0


def _export(argv: Sequence[str]) -> int:
    path = _place(argv, "pinch model export FILE")
    options = parse(ExportOptions, argv[1:], "pinch model export FILE", "Export a network to ONNX.")
    from pinch_core.networks.onnx_scoring import export_onnx
    from pinch_core.networks.weights import load_network
    from pinch_datagen.dataset.atomic import write_file

    content = export_onnx(load_network(path))
    write_file(options.out, content)
    print(f"{options.out}: {len(content) / 1e6:.1f} MB")
    return 0


def _place(argv: Sequence[str], program: str) -> Path:
    if not argv or (argv[0].startswith("-") and argv[0] not in ("-h", "--help")):
        raise TrainingError(f"what to read is missing; name it before any option: {program} --out FILE.")
    return Path(argv[0])
