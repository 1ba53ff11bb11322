# SPDX-License-Identifier: Apache-2.0
"""The crops of a split in memory, ready to be drawn in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pinch_datagen.dataset.dataset import Dataset

Int64 = NDArray[np.int64]

# Crops that are read from disk at once.
CHUNK = 8192


@dataclass(frozen=True, eq=False)
class CropData:
    """``relative`` Float16[N, S, S]: depth minus the grasp's [m]; ``depths`` Float32[N] [m]; ``labels``
    Int64[N].
    """

    relative: Tensor
    depths: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    @classmethod
    def load(cls, dataset: Dataset, size: int, indices: Int64) -> CropData:
        """The examples of these numbers; crops without return count as far as the farthest of their crop."""
        relative = np.empty((len(indices), size, size), dtype=np.float16)
        depths = dataset.depths()[indices].astype(np.float32)
        for start in range(0, len(indices), CHUNK):
            part = slice(start, start + CHUNK)
            images = dataset.images(size, indices[part]) - depths[part, None, None]
            if np.isnan(images).any():
                farthest = np.nanmax(images, axis=(1, 2), keepdims=True)
                images = np.where(np.isnan(images), farthest, images)
            relative[part] = images
        labels = dataset.labels()[indices].astype(np.int64)
        return cls(torch.from_numpy(relative), torch.from_numpy(depths), torch.from_numpy(labels))

    def batch(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Absolute crops Float32[N, 1, S, S], depths Float32[N, 1], labels Int64[N]."""
        depths = self.depths[rows]
        images = self.relative[rows].float() + depths[:, None, None]
        return images[:, None], depths[:, None], self.labels[rows]

    def shuffled(self, size: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Batches of ``size`` in a random order; what does not fill the last one is left out."""
        order = torch.randperm(len(self), generator=generator)
        for start in range(0, len(self) - size + 1, size):
            yield self.batch(order[start : start + size])

    def in_order(self, size: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """All examples, in batches of up to ``size``."""
        for start in range(0, len(self), size):
            yield self.batch(torch.arange(start, min(start + size, len(self))))
