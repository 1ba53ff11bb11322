# SPDX-License-Identifier: Apache-2.0
"""A dataset as training and evaluation see it, whichever layout it lies in."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from pinch_core.errors import UnknownNameError
from pinch_datagen.dataset.dexnet_format import TENSORS_FOLDER
from pinch_datagen.dataset.dexnet_source import DexNetSource
from pinch_datagen.dataset.groups import SplitUnit
from pinch_datagen.dataset.manifest import MANIFEST_FILE, OBJECTS_FOLDER
from pinch_datagen.dataset.shard_source import ShardSource
from pinch_datagen.dataset.source import Bool, ExampleSource, Float32, Int64
from pinch_datagen.errors import DatagenError


class Dataset:
    """N examples in a fixed order. Columns are read on each call; crops only as asked for.

    All readers raise DamagedDatasetError for files that are missing or corrupt.
    """

    def __init__(self, source: ExampleSource) -> None:
        self._source = source
        self._ends = np.cumsum(source.counts)
        self._crops = lru_cache(maxsize=source.open_limit)(source.crops)

    @staticmethod
    def open(path: Path, verify: bool = False) -> Dataset:
        """Open a dataset of ours or a folder of the published Dex-Net 2.0.

        Args:
            path: the folder.
            verify: compare every byte with the checksums first.

        Raises:
            DatagenError: the folder does not exist or holds neither layout.
            DamagedDatasetError: the dataset is unfinished or damaged.
        """
        if not path.is_dir():
            raise DatagenError(f"{path} is not a folder; give the folder of a dataset.")
        if (path / MANIFEST_FILE).exists() or (path / OBJECTS_FOLDER).exists():
            return Dataset(ShardSource(path, checksums=verify))
        if (path / TENSORS_FOLDER).exists() or any(path.glob("*.npz")):
            return Dataset(DexNetSource(path, checksums=verify))
        raise DatagenError(
            f"{path} holds neither {MANIFEST_FILE} nor {TENSORS_FOLDER}/; give the folder of a dataset."
        )

    def __len__(self) -> int:
        return int(self._source.counts.sum())

    @property
    def path(self) -> Path:
        return self._source.path

    @property
    def crop_sizes(self) -> tuple[int, ...]:
        """Edge lengths of the crops [px]."""
        return self._source.crop_sizes

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names that :meth:`metric` takes."""
        return self._source.metrics

    def labels(self) -> Bool:
        """Bool[N], whether the grasp succeeds."""
        return self._source.labels()

    def depths(self) -> Float32:
        """Float32[N], z of the grasp centre in the optical frame [m]."""
        return self._source.depths()

    def metric(self, name: str) -> Float32:
        """Float32[N]; UnknownNameError for a name that is not among ``metrics``."""
        return self._source.metric(name)

    def group_ids(self, unit: SplitUnit) -> Int64:
        """Int64[N], equal for examples of the same image, stable pose or object.

        In our layout they come from names and so survive another order of the shards.

        Raises:
            DatagenError: a published folder does not say.
        """
        return self._source.group_ids(unit)

    def crops(self, size: int, indices: Int64) -> Float32:
        """Float32[len(indices), size, size], depth minus that of the grasp [m], NaN = no return.

        Any order, repetitions allowed; each part is visited once, its rows in ascending order.

        Raises:
            UnknownNameError: there are no crops of this size.
            IndexError: an index is outside [0, N).
        """
        if size not in self.crop_sizes:
            known = ", ".join(map(str, self.crop_sizes))
            raise UnknownNameError(f"{self.path} has no crops of {size} px; choose one of: {known}.")
        indices = np.asarray(indices, np.int64)
        if len(indices) and (indices.min() < 0 or indices.max() >= len(self)):
            raise IndexError(f"indices {indices.min()} to {indices.max()} are not all in [0, {len(self)})")
        crops = np.empty((len(indices), size, size), np.float32)
        order = np.argsort(indices, kind="stable")
        part_of = np.searchsorted(self._ends, indices[order], side="right")
        parts, firsts = np.unique(part_of, return_index=True)
        for part, chosen in zip(parts, np.split(order, firsts)[1:], strict=True):
            start = self._ends[part] - self._source.counts[part]
            crops[chosen] = self._crops(int(part), size)[indices[chosen] - start]
        return crops
