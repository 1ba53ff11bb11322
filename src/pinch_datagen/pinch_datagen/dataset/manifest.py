# SPDX-License-Identifier: Apache-2.0
"""The manifest: written last, it makes a folder of shards a dataset and says exactly what made it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinch_core.atomic_file import write_file
from pinch_core.config import from_mapping
from pinch_core.errors import ConfigError
from pinch_datagen.dataset import canonical_json
from pinch_datagen.dataset.shard import INFO_FILE, Counts, Shard
from pinch_datagen.errors import DamagedDatasetError, DatagenError

FORMAT_VERSION = 2
# Without merged and alike.
OLD_FORMAT_VERSION = 1
MANIFEST_FILE = "manifest.json"
OBJECTS_FOLDER = "objects"


@dataclass(frozen=True)
class Skipped:
    """An object that gave no shard, and why."""

    object: str
    reason: str


@dataclass(frozen=True)
class Merged:
    """A mesh file that gave no shard because ``same_as``, an object of the dataset, has its shape."""

    object: str
    source: str
    same_as: str


@dataclass(frozen=True)
class Alike:
    """Objects of nearly one shape, or heaps of the same objects, by name: in one split by object."""

    objects: tuple[str, ...]


@dataclass(frozen=True)
class ShardRecord:
    """A shard as the manifest knows it: ``folder`` under objects/, ``sha256`` of its shard.json."""

    folder: str
    name: str
    source: str
    counts: Counts
    sha256: str

    @staticmethod
    def of(shard: Shard) -> ShardRecord:
        return ShardRecord(
            shard.folder.name,
            shard.info.name,
            shard.info.source,
            shard.info.counts,
            canonical_json.sha256((shard.folder / INFO_FILE).read_bytes()),
        )


@dataclass(frozen=True)
class Manifest:
    """What a dataset is made of.

    ``config``: plain data, as in config.yaml. ``torque_scale`` and ``robust_epsilon_threshold`` are stated
    because the labels mean nothing without them. ``versions``: of pinch and the libraries that decide the
    bytes. ``shards``, ``skipped``, ``merged`` and ``alike`` come to lie sorted by name.
    """

    config: dict[str, Any]
    seed: int
    torque_scale: float
    robust_epsilon_threshold: float
    versions: dict[str, str]
    shards: tuple[ShardRecord, ...]
    skipped: tuple[Skipped, ...] = ()
    merged: tuple[Merged, ...] = ()
    alike: tuple[Alike, ...] = ()
    format_version: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        object.__setattr__(self, "shards", tuple(sorted(self.shards, key=lambda s: (s.name, s.folder))))
        object.__setattr__(self, "skipped", tuple(sorted(self.skipped, key=lambda s: (s.object, s.reason))))
        object.__setattr__(self, "merged", tuple(sorted(self.merged, key=lambda m: m.object)))
        groups = (Alike(tuple(sorted(group.objects))) for group in self.alike)
        object.__setattr__(self, "alike", tuple(sorted(groups, key=lambda group: group.objects)))

    @property
    def config_sha256(self) -> str:
        return config_sha256(self.config)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over everything here, and through the shards' checksums over every byte of the dataset."""
        return canonical_json.sha256(canonical_json.encode(self._content()))

    def _content(self) -> dict[str, Any]:
        content = {**dataclasses.asdict(self), "config_sha256": self.config_sha256}
        if self.format_version == OLD_FORMAT_VERSION:
            del content["merged"], content["alike"]
        return content

    def to_json(self) -> bytes:
        return canonical_json.encode({**self._content(), "fingerprint": self.fingerprint})


def config_sha256(config: dict[str, Any]) -> str:
    """Equal for equal settings, whatever the order of their keys; tuples count as lists."""
    return canonical_json.sha256(canonical_json.encode(config))


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Declare the dataset in ``directory`` finished.

    Raises:
        OutputError: the file cannot be written; an older manifest stays.
    """
    write_file(directory / MANIFEST_FILE, manifest.to_json())


def read_manifest(directory: Path) -> Manifest:
    """The manifest of a finished dataset.

    Raises:
        DatagenError: there is no such folder, or it was written by a pinch of another format version.
        DamagedDatasetError: the dataset is unfinished or the manifest corrupt.
    """
    path = directory / MANIFEST_FILE
    if not directory.is_dir():
        raise DatagenError(f"{directory} is not a folder; give the folder of a dataset.")
    try:
        values = canonical_json.read(path)
    except FileNotFoundError as error:
        raise DamagedDatasetError(
            f"{path} is missing: the dataset is unfinished; run its generation again with --resume.", path
        ) from error
    except OSError as error:
        raise DatagenError(f"{path} cannot be read ({error.strerror}); make it readable.") from error
    version = values.get("format_version")
    if version not in (OLD_FORMAT_VERSION, FORMAT_VERSION):
        raise DatagenError(
            f"{path} has format version {version}, this pinch reads {OLD_FORMAT_VERSION} and "
            f"{FORMAT_VERSION}; use the pinch that wrote it or generate the dataset again."
        )
    sums = {key: values.pop(key, None) for key in ("fingerprint", "config_sha256")}
    try:
        manifest = from_mapping(Manifest, values, str(path))
        found = {"fingerprint": manifest.fingerprint, "config_sha256": manifest.config_sha256}
    except (ConfigError, ValueError) as error:  # ValueError: a number in it is not finite
        reason = str(error).rstrip(".")
        raise DamagedDatasetError(
            f"{path} is damaged: {reason}; run the generation again with --resume.", path
        ) from error
    if sums != found:
        raise DamagedDatasetError(
            f"{path} differs from its own fingerprint: it was edited or is damaged; "
            "run the generation again with --resume.",
            path,
        )
    return manifest
