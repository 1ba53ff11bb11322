# SPDX-License-Identifier: Apache-2.0
"""Our own layout, read for :class:`Dataset`: a manifest and one shard an object."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_datagen.dataset.groups import SplitUnit, group_id
from pinch_datagen.dataset.manifest import (
    OBJECTS_FOLDER,
    OLD_FORMAT_VERSION,
    ShardRecord,
    read_manifest,
)
from pinch_datagen.dataset.shard import Shard, read_shard, verify
from pinch_datagen.dataset.source import Bool, Float32, Int64
from pinch_datagen.dataset.tables import METRICS
from pinch_datagen.errors import DamagedDatasetError, NoObjectsError
from pinch_datagen.objects.shape import Shape, alike_groups

# As procedural objects name where they come from.
PROCEDURAL_SOURCE = "procedural "


class ShardSource:
    """The shards that the manifest lists, in its order. ``checksums``: read and check every byte first.

    Raises:
        DatagenError: no such folder, another format version.
        DamagedDatasetError: the dataset is unfinished, or a shard is not the one that the manifest lists.
        NoObjectsError: the dataset is empty.
    """

    metrics: tuple[str, ...] = METRICS
    open_limit = 200  # each holds a file descriptor; the usual limit is 1,024

    def __init__(self, path: Path, checksums: bool = False) -> None:
        self.path = path
        self.manifest = read_manifest(path)
        self.shards = [_open(path / OBJECTS_FOLDER, record, checksums) for record in self.manifest.shards]
        if not self.shards:
            raise NoObjectsError(f"{path} holds no object: all were skipped; generate it from other meshes.")
        self.crop_sizes = self.shards[0].info.crop_sizes
        for shard in self.shards:
            if shard.info.crop_sizes != self.crop_sizes:
                raise DamagedDatasetError(
                    f"{shard.folder} has crops of {shard.info.crop_sizes} px, the others {self.crop_sizes}; "
                    "generate its object again with --resume."
                )
        self.counts = np.array([shard.info.counts.examples for shard in self.shards], np.int64)

    def labels(self) -> Bool:
        return self._joined(lambda shard: shard.examples["label"])

    def depths(self) -> Float32:
        return self._joined(lambda shard: shard.examples["depth"])

    def metric(self, name: str) -> Float32:
        return self._joined(lambda shard: shard.metric(name))

    def group_ids(self, unit: SplitUnit) -> Int64:
        if unit is SplitUnit.OBJECT:
            first = self._first_alike
            names = (first.get(shard.info.name, shard.info.name) for shard in self.shards)
            return np.repeat(np.array([group_id(name) for name in names], np.int64), self.counts)
        return self._joined(lambda shard: _group_ids(shard, unit))

    def crops(self, part: int, size: int) -> NDArray[Any]:
        return self.shards[part].crops(size)

    @cached_property
    def _first_alike(self) -> dict[str, str]:
        """Object -> the first by name of those with its shape, for all that are not the only one."""
        if self.manifest.format_version == OLD_FORMAT_VERSION:  # it does not say: look at the meshes
            meshes = [shard for shard in self.shards if not shard.info.source.startswith(PROCEDURAL_SOURCE)]
            groups: Iterable[tuple[str, ...]] = _groups_of_shapes(meshes)
        else:
            groups = (group.objects for group in self.manifest.alike)
        return {name: min(group) for group in groups for name in group}

    def _joined(self, column: Callable[[Shard], NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate([column(shard) for shard in self.shards])


def _open(objects: Path, record: ShardRecord, checksums: bool) -> Shard:
    shard = read_shard(objects / record.folder)
    if ShardRecord.of(shard) != record:
        raise DamagedDatasetError(
            f"{shard.folder} is not the shard that the manifest lists; "
            "run the generation again with --resume."
        )
    if checksums:
        verify(shard.folder)
    return shard


def _groups_of_shapes(shards: list[Shard]) -> list[tuple[str, ...]]:
    models = [shard.model for shard in shards]
    shapes = {model.name: Shape.of(model.vertices, model.faces) for model in models}
    return alike_groups({name: shape.features for name, shape in shapes.items() if shape is not None})


def _group_ids(shard: Shard, unit: SplitUnit) -> Int64:
    """Int64[N] from the object's name, so that a folder's number or the order of shards decides nothing."""
    name, counts = shard.info.name, shard.info.counts
    if unit is SplitUnit.STABLE_POSE:
        poses = shard.rows("views", "pose", "poses")
        rows, count = poses[shard.rows("examples", "view", "views")], counts.poses
    else:
        rows, count = shard.rows("examples", "view", "views"), counts.views
    ids = np.array([group_id(name, unit.value, k) for k in range(count)], np.int64)
    return np.asarray(ids[rows])
