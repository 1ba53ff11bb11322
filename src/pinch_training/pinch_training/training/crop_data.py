# SPDX-License-Identifier: Apache-2.0
"""The crops of a split in memory, ready to be drawn in batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pinch_core.perception.crop import fill_gaps
from pinch_datagen.dataset.dataset import Dataset

Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

# Crops that are read from disk at once: beside what is kept, some 100 MB.
CHUNK = 8192


@dataclass(frozen=True, eq=False)
class CropData:
    """``crops`` Float16[N, S, S] [m], relative to the grasps, without gaps; ``depths`` Float32[N] [m];
    ``labels`` Int64[N].
    """

    crops: Tensor
    depths: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    @classmethod
    def load(
        cls,
        dataset: Dataset,
        size: int,
        indices: Int64,
        on_read: Callable[[int], None] = lambda count: None,
    ) -> CropData:
        """The examples of these numbers.

        Args:
            on_read: told how many examples each read brought.
        """
        crops = np.empty((len(indices), size, size), dtype=np.float16)
        for start in range(0, len(indices), CHUNK):
            part = slice(start, start + CHUNK)
            crops[part] = fill_gaps(dataset.crops(size, indices[part]))
            on_read(len(indices[part]))
        return cls._of(crops, dataset.depths()[indices], dataset.labels()[indices])

    @classmethod
    def of(cls, crops: Float32, depths: Float32, labels: Bool) -> CropData:
        """Crops Float32[N, S, S] [m] with NaN for no return, the grasps' depths Float32[N] [m]."""
        return cls._of(fill_gaps(crops).astype(np.float16), depths, labels)

    @classmethod
    def _of(cls, crops: NDArray[Any], depths: NDArray[Any], labels: Bool) -> CropData:
        return cls(
            torch.from_numpy(crops),
            torch.from_numpy(depths.astype(np.float32)),
            torch.from_numpy(labels.astype(np.int64)),
        )

    def rows(self, rows: Int64) -> CropData:
        """Some of the examples."""
        chosen = torch.from_numpy(rows)
        return CropData(self.crops[chosen], self.depths[chosen], self.labels[chosen])

    def batch(
        self, rows: Tensor | slice, device: torch.device | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Crops Float32[N, 1, S, S], depths Float32[N, 1], labels Int64[N], on a device."""
        crops = self.crops[rows].to(device).float()
        return crops[:, None], self.depths[rows].to(device)[:, None], self.labels[rows].to(device)

    @property
    def successes(self) -> Bool:
        """Bool[N]."""
        return self.labels.numpy().astype(np.bool_)
