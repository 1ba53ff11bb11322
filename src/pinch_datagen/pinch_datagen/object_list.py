# SPDX-License-Identifier: Apache-2.0
"""The objects of a run: every shape once, with what was found in the folders beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from pinch_datagen.errors import BadMeshError
from pinch_datagen.object_ref import Copy, ObjectRef, list_objects
from pinch_datagen.objects.length_unit import unit_sentence
from pinch_datagen.objects.mesh_file import load_raw_mesh
from pinch_datagen.objects.mesh_folder import LeftOut, left_out
from pinch_datagen.objects.object_model import Float64
from pinch_datagen.objects.preparation import PreparationConfig
from pinch_datagen.objects.shape import SAME, Shape, alike_groups, alike_pairs, groups_of
from pinch_datagen.run.process_map import ProcessMap

# Of mesh files in all [bytes]: fewer are read sooner than processes start.
WORTH_PROCESSES = 20_000_000


@dataclass(frozen=True)
class ObjectList:
    """``refs``: every shape once, by name. ``copies``: further mesh files of these shapes.

    ``alike``: names of objects of nearly one shape. ``left_out``: other files of the folders. ``odd_units``:
    sentences on meshes whose size says another unit than the config, where objects are scaled to the jaws.
    """

    refs: tuple[ObjectRef, ...]
    copies: tuple[Copy, ...] = ()
    alike: tuple[tuple[str, ...], ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    odd_units: tuple[str, ...] = ()

    @property
    def remarks(self) -> list[str]:
        """Lines for the user, before anything is made from the objects."""
        lines = [f"left out: {one.files}: {one.reason}" for one in self.left_out]
        lines += [f"warning: {sentence}; its size is fitted to the jaws" for sentence in self.odd_units]
        lines += [f"nearly one shape, kept in one split: {', '.join(group)}" for group in self.alike]
        if self.copies:
            kept = len({copy.same_as for copy in self.copies})
            lines.append(f"merged: {len(self.copies)} mesh files have the shape of {kept} others")
        return lines


@dataclass(frozen=True, eq=False)
class _Look:
    """What is kept of a mesh: ``features`` and ``size`` of its :class:`Shape`, its longest ``extent``."""

    name: str
    features: Float64
    size: float
    extent: float


def survey_objects(
    procedural_count: int, folders: Sequence[Path], preparation: PreparationConfig, workers: int = 1
) -> ObjectList:
    """Procedural objects 0 .. count - 1, and each shape among the meshes in the folders once: as the first of
    its files by name. Meshes that cannot be read stay in the list: who loads them says why.

    Args:
        preparation: with ``fit_to_jaw``, copies of other sizes are copies too.
        workers: processes that read the files.

    Raises:
        NoObjectsError: see :func:`list_objects`.
        DeadWorkerError: a process died.
    """
    refs = list_objects(procedural_count, folders)
    meshes = {ref.name: ref for ref in refs if ref.path is not None}
    looks = {look.name: look for look in _looks(list(meshes.values()), workers)}
    looks = {name: looks[name] for name in meshes if name in looks}
    same_as = {
        name: group[0]
        for group in groups_of(_copies(looks, meshes, preparation.fit_to_jaw))
        for name in group[1:]
    }
    alike = alike_groups({name: look.features for name, look in looks.items()})
    kept = (tuple(name for name in group if name not in same_as) for group in alike)
    return ObjectList(
        tuple(ref for ref in refs if ref.name not in same_as),
        tuple(Copy(meshes[name], first) for name, first in sorted(same_as.items())),
        tuple(group for group in kept if len(group) > 1),
        tuple(left_out(folders)),
        tuple(_odd_units(looks, meshes, preparation)),
    )


def _looks(refs: Sequence[ObjectRef], workers: int) -> Iterator[_Look]:
    paths = [ref.path for ref in refs if ref.path is not None]
    if workers > 1 and sum(path.stat().st_size for path in paths if path.exists()) > WORTH_PROCESSES:
        remedy = "the file may be too large: simplify it, or run with fewer --workers."
        looks = ProcessMap(workers, _look, _name, remedy).map_unordered(refs)
        yield from (look for look in looks if look is not None)
    else:
        yield from (look for look in map(_look, refs) if look is not None)


def _look(ref: ObjectRef) -> _Look | None:
    """None of a mesh that cannot be read."""
    shape_and_extent = _shape(ref)
    if shape_and_extent is None:
        return None
    shape, extent = shape_and_extent
    return _Look(ref.name, shape.features, shape.size, extent)


def _shape(ref: ObjectRef) -> tuple[Shape, float] | None:
    if ref.path is None:
        return None
    try:
        raw = load_raw_mesh(ref.path, ref.name)
    except BadMeshError:
        return None
    shape = Shape.of(raw.vertices, raw.faces)
    return None if shape is None else (shape, float(np.ptp(raw.vertices, axis=0).max()))


def _copies(
    looks: dict[str, _Look], meshes: dict[str, ObjectRef], any_size: bool
) -> Iterator[tuple[str, str]]:
    """Pairs whose surfaces were laid on each other; files are read again only where they may fit."""
    shape_of = lru_cache(maxsize=8)(lambda name: _shape(meshes[name]))
    names = list(looks)
    for i, j in alike_pairs([look.features for look in looks.values()]):
        first, second = looks[names[i]], looks[names[j]]
        if np.abs(first.features - second.features).max() > SAME:
            continue
        found = shape_of(first.name), shape_of(second.name)
        if found[0] is not None and found[1] is not None and found[0][0].is_copy(found[1][0], any_size):
            yield first.name, second.name


def _odd_units(
    looks: dict[str, _Look], meshes: dict[str, ObjectRef], preparation: PreparationConfig
) -> Iterator[str]:
    """Else than with ``fit_to_jaw`` such meshes are refused one by one, with the same clause."""
    if preparation.fit_to_jaw:
        for name, look in looks.items():
            clause = unit_sentence(look.extent, preparation.unit)
            if clause is not None:
                yield f"{meshes[name].path} {clause}"


def _name(ref: ObjectRef) -> str:
    return f"mesh file {ref.path}"
