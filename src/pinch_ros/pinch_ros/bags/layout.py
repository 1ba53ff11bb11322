# SPDX-License-Identifier: Apache-2.0
"""Which files a recording consists of, and what its metadata.yaml says that the files do not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pinch_core.errors import DamagedFileError
from pinch_core.file_kinds import HEAD_BYTES, MCAP, ROS1_BAG, SQLITE, Wanted, foreign_sentence
from pinch_core.natural_order import natural_order
from pinch_core.plain_text import parse_yaml
from pinch_ros.errors import NoRecordingError

METADATA = "metadata.yaml"
_ZSTD = ".zstd"
_STORAGE = (".mcap", ".db3", ".bag")
_SHOWN_FOLDERS = 5
_PART = re.compile(r"_\d+$")


@dataclass(frozen=True)
class Layout:
    """``files``: in the order of recording. ``counts``: messages of each topic as metadata.yaml has them, if
    it does; ``total``: of all topics, None where it does not say. ``notes``: what differs from metadata.yaml
    and loses nothing. ``fault``: what is missing.
    """

    path: Path
    files: list[Path]
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    fault: str = ""
    total: int | None = None


def find_layout(path: Path) -> Layout:
    """The recording at a path: its folder, its metadata.yaml, or a data file.

    Raises:
        NoRecordingError: there is none, or a file of another kind.
        DamagedFileError: a data file is empty.
    """
    if path.is_dir():
        return _checked(_folder_layout(path))
    if not path.exists():
        raise NoRecordingError(f"{path} does not exist; give {Wanted.BAG.value}.")
    if path.name == METADATA or path in _listed_in(path.parent):
        return _checked(_folder_layout(path.parent))
    return _checked(Layout(path, [path]))


def _folder_layout(folder: Path) -> Layout:
    found = _storage_files(folder)
    notes: list[str] = []
    information = _information(folder / METADATA, notes)
    if information is None:
        if not found:
            raise _nothing_in(folder)
        return Layout(folder, found, notes=notes)
    names = _listed(information)
    present = {name: _as_it_is(folder / name) for name in names}
    missing = [name for name, file in present.items() if file is None]
    files = [file for file in present.values() if file is not None]
    others = [file for file in found if file not in files]
    fault = ""
    if missing and len(others) == len(missing):
        notes.append(
            f"{folder / METADATA} names {', '.join(missing)}, which is not there; "
            f"{', '.join(file.name for file in others)} was read in its place, as if it had been renamed."
        )
        files = sorted([*files, *others], key=lambda file: natural_order(file.name))
    elif missing:
        fault = (
            f"{folder / METADATA} names {len(names)} files, of which {', '.join(missing)} is missing in the "
            "folder; copy it there, or make the rest a recording of its own with ros2 bag reindex."
        )
    elif others:
        stems = {_PART.sub("", file.name.partition(".")[0]) for file in files}
        parts = [file for file in others if _PART.sub("", file.name.partition(".")[0]) in stems]
        files += parts
        notes += [
            f"{file} is not named in {METADATA}; it was "
            + ("read, as its name continues those that are." if file in parts else "left out.")
            for file in others
        ]
    if not files:
        raise NoRecordingError(fault or f"{folder / METADATA} names no data files; run ros2 bag reindex.")
    if fault:
        return Layout(folder, files, notes=notes, fault=fault)
    return Layout(folder, files, _counts(information), notes, total=_total(information))


def _checked(layout: Layout) -> Layout:
    """Refuses files of other kinds."""
    for file in layout.files:
        with file.open("rb") as opened:
            head = opened.read(HEAD_BYTES)
        if not head:
            raise DamagedFileError(f"{file} is empty (0 bytes); record or copy it again.", file)
        packed = file.suffix == _ZSTD and head.startswith(b"\x28\xb5\x2f\xfd")
        if not packed and (
            sentence := foreign_sentence(head, file, Wanted.BAG, own=(MCAP, SQLITE, ROS1_BAG))
        ):
            raise NoRecordingError(sentence)
    return layout


def _storage_files(folder: Path) -> list[Path]:
    """Data files in natural order; of one that lies there packed and unpacked, the unpacked."""
    found = [
        file
        for file in folder.iterdir()
        if file.is_file() and file.name.removesuffix(_ZSTD).endswith(_STORAGE)
    ]
    names = {file.name for file in found}
    found = [file for file in found if file.suffix != _ZSTD or file.stem not in names]
    return sorted(found, key=lambda file: natural_order(file.name))


def _as_it_is(file: Path) -> Path | None:
    """A file of metadata.yaml, or what became of it when somebody packed or unpacked it."""
    other = file.with_name(file.name.removesuffix(_ZSTD) if file.suffix == _ZSTD else file.name + _ZSTD)
    return next((one for one in (file, other) if one.is_file()), None)


def _information(path: Path, notes: list[str]) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        values = parse_yaml(path.read_text(encoding="utf-8"))["rosbag2_bagfile_information"]
        if not isinstance(values["relative_file_paths"], list):
            raise TypeError("relative_file_paths is no list")
        return dict(values)
    except (OSError, KeyError, TypeError, ValueError) as error:
        notes.append(
            f"{path} is not valid ({' '.join(str(error).split()).rstrip('.')}); the data files were read "
            "without it: make it anew with ros2 bag reindex."
        )
    return None


def _listed(information: Mapping[str, Any]) -> list[str]:
    # Old releases put the folder in front.
    return [Path(str(name)).name for name in information["relative_file_paths"]]


def _listed_in(folder: Path) -> list[Path]:
    information = _information(folder / METADATA, [])
    files = [] if information is None else [_as_it_is(folder / name) for name in _listed(information)]
    return [file for file in files if file is not None]


def _counts(information: Mapping[str, Any]) -> dict[str, int]:
    try:
        return {
            str(topic["topic_metadata"]["name"]): int(topic["message_count"])
            for topic in information.get("topics_with_message_count", ())
        }
    except (KeyError, TypeError, ValueError):
        return {}


def _total(information: Mapping[str, Any]) -> int | None:
    try:
        return int(information["message_count"])
    except (KeyError, TypeError, ValueError):
        return None


def _nothing_in(folder: Path) -> NoRecordingError:
    bags = sorted(inner.name for inner in folder.iterdir() if inner.is_dir() and has_recording(inner))
    if bags:
        shown = ", ".join(bags[:_SHOWN_FOLDERS]) + (", ..." if len(bags) > _SHOWN_FOLDERS else "")
        return NoRecordingError(
            f"{folder} is a folder of {len(bags)} recordings ({shown}); name one of them."
        )
    return NoRecordingError(
        f"{folder} holds no recording: neither {METADATA} nor a file that ends in "
        f"{', '.join(_STORAGE)}; give {Wanted.BAG.value}."
    )


def has_recording(folder: Path) -> bool:
    """Whether a path is a folder with a recording in it."""
    try:
        return (folder / METADATA).is_file() or (folder.is_dir() and bool(_storage_files(folder)))
    except OSError:
        return False
