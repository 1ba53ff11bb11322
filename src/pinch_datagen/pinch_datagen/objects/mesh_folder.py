# SPDX-License-Identifier: Apache-2.0
"""Mesh files in folders: found, named, and what is left out there told."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pinch_datagen.errors import NoObjectsError
from pinch_datagen.objects.mesh_kinds import OTHER_SHAPES
from pinch_datagen.objects.mesh_kinds import READ as EXTENSIONS

# File systems allow 255; a name gets prefixes and endings.
MAX_NAME_LENGTH = 180
READS = f"pinch reads {', '.join(EXTENSIONS)}"


@dataclass(frozen=True)
class LeftOut:
    """Files of a folder that no object is made from, and why: ``files`` names one, or counts many."""

    files: str
    reason: str


def find_meshes(folders: Sequence[Path]) -> list[Path]:
    """All mesh files below the folders, in the folders' order, then by path; none twice.

    Raises:
        NoObjectsError: a folder does not exist, or none holds a mesh.
    """
    found: dict[Path, Path] = {}
    for path in _files(folders):
        if path.suffix.lower() in EXTENSIONS and path.is_file():
            found.setdefault(path.resolve(), path)
    if not found:
        places = ", ".join(map(str, folders)) or "an empty list of folders"
        others = "".join(f"; {one.files}: {one.reason}" for one in left_out(folders)[:3])
        raise NoObjectsError(f"{places} holds no mesh; {READS}{others}.")
    return list(found.values())


def left_out(folders: Sequence[Path]) -> list[LeftOut]:
    """What :func:`find_meshes` passes by: every file that holds a shape by its name, the others counted by
    their endings, links to nothing and meshes that are there twice.

    Raises:
        NoObjectsError: a folder does not exist.
    """
    found: list[LeftOut] = []
    others: dict[str, int] = {}
    seen: dict[Path, Path] = {}
    for path in _files(folders):
        ending = path.suffix.lower()
        if path.is_dir():
            continue
        if ending in EXTENSIONS:
            first = seen.setdefault(path.resolve(), path)
            if not path.exists():
                found.append(LeftOut(str(path), "a link to a file that is not there"))
            elif not path.is_file():
                found.append(LeftOut(str(path), "no regular file"))
            elif first != path:
                found.append(LeftOut(str(path), f"the same file as {first}"))
        elif ending in OTHER_SHAPES:
            found.append(LeftOut(str(path), f"{ending} is not read; {OTHER_SHAPES[ending]}"))
        else:
            others[ending or "no ending"] = others.get(ending or "no ending", 0) + 1
    if others:
        counts = ", ".join(f"{count} {ending}" for ending, count in sorted(others.items()))
        found.append(LeftOut(f"{sum(others.values())} other files", f"no meshes by their endings ({counts})"))
    return found


def object_name(path: Path, folders: Sequence[Path]) -> str:
    """A name for a mesh file, safe in file systems: its path below the first of the folders that holds it."""
    for number, folder in enumerate(folders):
        if path.is_relative_to(folder):
            relative = path.relative_to(folder)
            parts = "_".join((*relative.parts[:-1], relative.stem, relative.suffix[1:].lower()))
            name = re.sub(r"[^A-Za-z0-9._-]+", "_", parts).lstrip(".-")
            if len(name) > MAX_NAME_LENGTH:
                digest = hashlib.sha256(str(relative).encode(errors="surrogateescape")).hexdigest()[:12]
                name = f"{name[: MAX_NAME_LENGTH - 13]}-{digest}"
            return name if number == 0 else f"{name}_{number}"
    raise ValueError(f"{path} lies in none of {', '.join(map(str, folders))}")


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    """Everything below the folders, in their order, then by path."""
    for folder in folders:
        if not folder.is_dir():
            raise NoObjectsError(
                f"{folder} is no folder; give one that holds meshes ({', '.join(EXTENSIONS)})."
            )
        yield from sorted(folder.rglob("*"))
