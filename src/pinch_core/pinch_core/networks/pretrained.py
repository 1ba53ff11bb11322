# SPDX-License-Identifier: Apache-2.0
"""The networks that pinch ships, by name."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from pinch_core.networks.errors import NetworkError

SUFFIX = ".safetensors"


def pretrained_networks() -> dict[str, Path]:
    """Names and files of the networks that were trained for users; each file holds its model card."""
    folder = Path(str(resources.files("pinch_core") / "pretrained"))
    return {path.stem: path for path in sorted(folder.glob(f"*{SUFFIX}"))}


def find_network(name_or_path: str | Path) -> Path:
    """The file of a shipped network, by name, or the file at that path.

    Raises:
        NetworkError: neither a name nor a file.
    """
    known = pretrained_networks()
    if str(name_or_path) in known:
        return known[str(name_or_path)]
    path = Path(name_or_path)
    if not path.is_file():
        raise NetworkError(
            f"'{name_or_path}' is neither a file nor a network that pinch ships; those are "
            f"{', '.join(known) or 'none'}."
        )
    return path
