# SPDX-License-Identifier: Apache-2.0
"""Settled heaps on disk, under names made from all that decides them: labels are cheap to make anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinch_core.atomic_file import write_file
from pinch_core.config import to_mapping
from pinch_datagen.cache import cache_folder
from pinch_datagen.dataset import canonical_json
from pinch_datagen.dataset.checksums import sha256_of_file
from pinch_datagen.heaps.heap import Heap
from pinch_datagen.heaps.heap_config import HeapConfig
from pinch_datagen.heaps.heap_files import heap_bytes, read_heap
from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.physics.convex_parts import DecompositionConfig
from pinch_datagen.run.inputs import heap_versions

# A change of how heaps are made must not find those made before.
VERSION = 1


@dataclass(frozen=True)
class HeapCache:
    """``folder``: created when the first heap is kept."""

    folder: Path

    @classmethod
    def default(cls) -> HeapCache:
        return cls(cache_folder("heaps"))

    def get(self, key: str, make: Callable[[], Heap]) -> Heap:
        """The heap of that key, made now if it is not kept yet. Either way it is what the file holds.

        Raises:
            DamagedFileError: the file is damaged.
        """
        path = self.folder / f"{key}.npz"
        if not path.is_file():
            write_file(path, heap_bytes(make()))
        return read_heap(path)


def heap_key(
    heap: HeapConfig,
    decomposition: DecompositionConfig,
    pool: tuple[ObjectRef, ...],
    loading: dict[str, Any],
    seed: int,
    name: str,
) -> str:
    """Digest of all that decides a heap.

    Args:
        loading: settings by which objects are made and prepared, as plain data.
    """
    content = {
        "version": VERSION,
        "versions": heap_versions(),
        "heap": to_mapping(heap),
        "decomposition": to_mapping(decomposition),
        "objects": [
            [ref.name, str(ref.index) if ref.path is None else sha256_of_file(ref.path)] for ref in pool
        ],
        "loading": loading,
        "seed": seed,
        "name": name,
    }
    return canonical_json.sha256(canonical_json.encode(content))[:32]
