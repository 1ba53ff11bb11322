# SPDX-License-Identifier: Apache-2.0
"""Which objects a dataset is made from: names that are cheap to list, to send and to sort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pinch_datagen.errors import NoObjectsError


@dataclass(frozen=True)
class ObjectRef:
    """A mesh file (``path``) or the procedural object of number ``index``; one of the two is None.

    ``name`` is unique in a dataset, names the object's folder there and seeds all that is random in it.
    """

    name: str
    path: Path | None = None
    index: int | None = None

    @property
    def procedural_index(self) -> int:
        """``index`` of an object that is known to have no ``path``."""
        if self.index is None:
            raise ValueError(f"'{self.name}' is a mesh file, not a procedural object")
        return self.index


@dataclass(frozen=True)
class Copy:
    """A mesh file whose shape another object, ``same_as``, has already."""

    ref: ObjectRef
    same_as: str


def list_objects(procedural_count: int, folders: Sequence[Path]) -> list[ObjectRef]:
    """Procedural objects 0 .. count - 1 and every mesh in the folders, by name; mesh paths are absolute.

    Raises:
        NoObjectsError: there is none, or two would have the same name.
    """
    from pinch_datagen.objects.mesh_folder import find_meshes, object_name

    refs = [ObjectRef(procedural_name(index), index=index) for index in range(procedural_count)]
    if folders:
        refs += [ObjectRef(object_name(path, folders), path.absolute()) for path in find_meshes(folders)]
    if not refs:
        places = f" in {', '.join(map(str, folders))}" if folders else ""
        raise NoObjectsError(
            f"there is no object to generate from{places}; name a folder of meshes "
            "or ask for procedural objects."
        )
    refs.sort(key=lambda ref: ref.name)
    for first, second in pairwise(refs):
        if first.name == second.name:
            raise NoObjectsError(
                f"{first.path} and {second.path} would both be the object '{first.name}'; rename one, "
                "and name no folder twice."
            )
    return refs


def procedural_name(index: int) -> str:
    """Sorts as the numbers do."""
    return f"procedural_{index:08d}"
