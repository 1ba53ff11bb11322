# SPDX-License-Identifier: Apache-2.0
"""Heaps as bytes: whole ones in the cache, and what a shard of a heap holds beside its tables."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_core.bin import Bin
from pinch_core.geometry.transform import Transform
from pinch_datagen.cache import kept_arrays
from pinch_datagen.heaps.heap import Heap, HeapObject
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.parallel_jaw.heap_labels import HeapLabels
from pinch_datagen.scene.placed_object import PlacedObject

OBJECTS_FILE = "heap_objects.npz"
GRASPS_FILE = "heap_grasps.npz"


def heap_bytes(heap: Heap) -> bytes:
    """All of a heap, so that it can be labelled without its objects being made again."""
    arrays = _facts(heap)
    for number, item in enumerate(heap.scene):
        arrays[f"vertices_{number}"], arrays[f"faces_{number}"] = item.model.vertices, item.model.faces
    arrays["center_of_mass"] = np.array([item.model.center_of_mass for item in heap.scene]).reshape(-1, 3)
    return _packed(arrays)


def read_heap(path: Path) -> Heap:
    """A heap of the cache.

    Raises:
        DamagedFileError: it cannot be read.
    """
    return _heap_of(kept_arrays(path))


def shard_files(heap: Heap, labels: HeapLabels, opening: NDArray[np.float64]) -> dict[str, bytes]:
    """What a shard says of a heap: of each object where it lies, what it weighs and which faces of the
    shard's mesh are its (walls come last); of each grasp its opening, the object that it touches (negative:
    none) and whether it touches that one alone.
    """
    faces = np.cumsum([0] + [len(item.model.faces) for item in heap.scene])
    return {
        OBJECTS_FILE: _packed({**_facts(heap), "first_face": faces.astype(np.int64)}),
        GRASPS_FILE: _packed(
            {
                "opening": opening.astype(np.float32),
                "target": labels.target,
                "exactly_one": labels.exactly_one,
            }
        ),
    }


@dataclass(frozen=True, eq=False)
class HeapGrasps:
    """Columns of a shard's grasps, see :func:`shard_files`."""

    opening: NDArray[np.float32]
    target: NDArray[np.int32]
    exactly_one: NDArray[np.bool_]


def is_heap(folder: Path) -> bool:
    """Whether a shard is that of a heap."""
    return (folder / GRASPS_FILE).exists()


def read_heap_grasps(folder: Path) -> HeapGrasps | None:
    """Of the shard of a heap; None of that of an object.

    Raises:
        DamagedFileError: it cannot be read.
    """
    return HeapGrasps(**kept_arrays(folder / GRASPS_FILE)) if is_heap(folder) else None


def _facts(heap: Heap) -> dict[str, NDArray[Any]]:
    return {
        "names": np.array([item.model.name for item in heap.scene], dtype=np.str_),
        "sources": np.array([item.model.source for item in heap.scene], dtype=np.str_),
        "T_table_obj": np.array([item.T_table_obj.matrix for item in heap.scene]).reshape(-1, 4, 4),
        "friction": np.array([item.friction for item in heap.objects]),
        "mass": np.array([item.mass for item in heap.objects]),
        "bin": np.array([] if heap.bin is None else dataclasses.astuple(heap.bin), np.float64),
        "lost": np.array([heap.redropped, heap.removed], np.int64),
    }


def _heap_of(stored: Mapping[str, NDArray[Any]]) -> Heap:
    objects = []
    for number, (name, source) in enumerate(zip(stored["names"], stored["sources"], strict=True)):
        mass = float(stored["mass"][number])
        model = ObjectModel(
            str(name),
            str(source),
            stored[f"vertices_{number}"],
            stored[f"faces_{number}"],
            mass,
            stored["center_of_mass"][number],
        )
        placed = PlacedObject(model, Transform.from_matrix(stored["T_table_obj"][number]))
        objects.append(HeapObject(placed, float(stored["friction"][number]), mass))
    redropped, removed = map(int, stored["lost"])
    bin = Bin(*map(float, stored["bin"])) if len(stored["bin"]) else None
    return Heap(tuple(objects), bin, redropped, removed)


def _packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    buffer = io.BytesIO()  # np.savez dates its entries 1980: the bytes depend on the content alone
    content: dict[str, Any] = dict(arrays)
    np.savez(buffer, **content)
    return buffer.getvalue()
