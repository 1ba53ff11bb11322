# SPDX-License-Identifier: Apache-2.0
"""What a dataset is made from, noted in its folder so that a resumed run goes on with the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pinch_core.atomic_file import write_file
from pinch_core.config import dump_yaml, load_yaml, to_mapping
from pinch_core.errors import ConfigError, OutputError
from pinch_core.gripper import Gripper
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.dataset import canonical_json
from pinch_datagen.dataset.checksums import sha256_of_file
from pinch_datagen.errors import DamagedDatasetError
from pinch_datagen.object_ref import ObjectRef

CONFIG_FILE = "config.yaml"
INPUTS_FILE = "inputs.json"

# What decides the bytes of a dataset, beside OpenCV.
LIBRARIES = ("pinch_datagen", "numpy", "scipy", "trimesh", "manifold3d", "embreex", "coal")
# And, beside these, of one of heaps.
HEAP_LIBRARIES = ("mujoco", "coacd")


@dataclass(frozen=True)
class Inputs:
    """``gripper``: its dimensions. ``meshes``: object, or copy of one -> SHA-256 of its file.

    ``versions``: of libraries.
    """

    config: DatagenConfig
    gripper: dict[str, Any]
    meshes: dict[str, str]
    versions: dict[str, str]

    @staticmethod
    def of(config: DatagenConfig, gripper: Gripper, refs: Sequence[ObjectRef]) -> Inputs:
        """Reads every mesh file. ``refs``: the objects, and the copies that are merged into them."""
        meshes = {ref.name: _checksum(ref.path) for ref in refs if ref.path is not None}
        found = versions() if config.heaps is None else heap_versions()
        return Inputs(config, to_mapping(gripper), meshes, found)

    def write(self, directory: Path) -> None:
        """The config last: it says that all is noted.

        Raises:
            OutputError: the folder cannot be written.
        """
        write_file(directory / INPUTS_FILE, canonical_json.encode(self._beside_config()))
        write_file(directory / CONFIG_FILE, dump_yaml(self.config).encode())

    def check_same(self, directory: Path) -> None:
        """Refuse to mix two datasets.

        Raises:
            OutputError: the folder's dataset is made from something else; names the first difference.
            DamagedDatasetError: its notes are damaged.
        """
        try:
            noted = canonical_json.read(directory / INPUTS_FILE)
            config = to_mapping(load_yaml(DatagenConfig, directory / CONFIG_FILE))
        except (OSError, ConfigError) as error:
            raise DamagedDatasetError(
                f"{directory} cannot be resumed ({' '.join(str(error).split())}); generate into a new folder."
            ) from error
        difference = first_difference(
            {**noted, "config": config}, {**self._beside_config(), "config": to_mapping(self.config)}
        )
        if difference is not None:
            raise OutputError(
                f"{directory} was begun with another {difference}; resume with what it was begun with, or "
                "choose a new folder."
            )

    def _beside_config(self) -> dict[str, Any]:
        return {"gripper": self.gripper, "meshes": self.meshes, "versions": self.versions}


def first_difference(noted: Any, present: Any, key: str = "") -> str | None:
    """Where plain mappings differ first, e.g. ``config.grasps.per_object (50, now 100)``; None: nowhere."""
    if isinstance(noted, dict) and isinstance(present, dict):
        for name in sorted({*noted, *present}):
            place = f"{key}.{name}" if key else name
            found = first_difference(noted.get(name), present.get(name), place)
            if found is not None:
                return found
        return None
    return None if noted == present else f"{key} ({noted}, now {present})"


def _checksum(path: Path) -> str:
    try:
        return sha256_of_file(path)
    except OSError as error:  # its worker reports it and skips it
        return f"unreadable ({error.strerror})"


def versions() -> dict[str, str]:
    """Library -> version, "unknown" for one that runs without being installed."""
    import cv2

    return {**{name: _version(name) for name in LIBRARIES}, "opencv": cv2.__version__}


def heap_versions() -> dict[str, str]:
    """The same for datasets of heaps."""
    return {**versions(), **{name: _version(name) for name in HEAP_LIBRARIES}}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
