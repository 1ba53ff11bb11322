# SPDX-License-Identifier: Apache-2.0
"""What lies in a dataset's folder for one object: a shard, or the reason why it was skipped."""

from __future__ import annotations

from pathlib import Path

from pinch_core.atomic_file import write_file
from pinch_datagen.dataset import canonical_json
from pinch_datagen.dataset.manifest import OBJECTS_FOLDER, ShardRecord, Skipped
from pinch_datagen.dataset.shard import read_shard, verify
from pinch_datagen.errors import DamagedDatasetError
from pinch_datagen.object_ref import ObjectRef

SKIPPED_FOLDER = "skipped"


def shard_folder(directory: Path, name: str) -> Path:
    """Where the shard of an object lies."""
    return directory / OBJECTS_FOLDER / name


def store_skip(directory: Path, ref: ObjectRef, reason: str) -> None:
    """Note why an object has no shard.

    Raises:
        OutputError: the note cannot be written.
    """
    source = "procedural" if ref.path is None else str(ref.path)
    note = {"name": ref.name, "source": source, "reason": reason}
    write_file(_skip_file(directory, ref.name), canonical_json.encode(note))


def stored_object(directory: Path, name: str) -> ShardRecord | Skipped:
    """The shard or the note.

    Raises:
        DamagedDatasetError: there is neither, or it is damaged; of a shard only the files' sizes are checked.
    """
    try:
        note = canonical_json.read(_skip_file(directory, name))
    except FileNotFoundError:
        return ShardRecord.of(read_shard(shard_folder(directory, name)))
    except OSError as error:
        raise DamagedDatasetError(
            f"{_skip_file(directory, name)} cannot be read ({error.strerror}); make it readable."
        ) from error
    return Skipped(name, str(note.get("reason")))


def is_stored(directory: Path, name: str, checksums: bool) -> bool:
    """Whether an object is done. ``checksums``: compare every byte of its shard, not only files' sizes."""
    try:
        found = stored_object(directory, name)
        if checksums and isinstance(found, ShardRecord):
            verify(shard_folder(directory, name))
    except DamagedDatasetError:
        return False
    return True


def _skip_file(directory: Path, name: str) -> Path:
    return directory / SKIPPED_FOLDER / f"{name}.json"
