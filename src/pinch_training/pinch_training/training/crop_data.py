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
    """``relative`` Float16[N, S, S]: depth minus the grasp's [m]; ``depths`` Float32[N] [m]; ``labels``
    Int64[N].
    """

    relative: Tensor
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
        relative = np.empty((len(indices), size, size), dtype=np.float16)
        depths = dataset.depths()[indices]
        for start in range(0, len(indices), CHUNK):
            part = slice(start, start + CHUNK)
            relative[part] = _relative(dataset.images(size, indices[part]), depths[part])
            on_read(len(indices[part]))
        return cls._of(relative, depths, dataset.labels()[indices])

    @classmethod
    def of(cls, images: Float32, depths: Float32, labels: Bool) -> CropData:
        """Crops Float32[N, S, S] [m] with NaN for no return, the grasps' depths Float32[N] [m]."""
        return cls._of(_relative(images, depths).astype(np.float16), depths, labels)

    @classmethod
    def _of(cls, relative: NDArray[Any], depths: NDArray[Any], labels: Bool) -> CropData:
        return cls(
            torch.from_numpy(relative),
            torch.from_numpy(depths.astype(np.float32)),
            torch.from_numpy(labels.astype(np.int64)),
        )

    def rows(self, rows: Int64) -> CropData:
        """Some of the examples."""
        chosen = torch.from_numpy(rows)
        return CropData(self.relative[chosen], self.depths[chosen], self.labels[chosen])

    def batch(
        self, rows: Tensor | slice, device: torch.device | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Absolute crops Float32[N, 1, S, S], depths Float32[N, 1], labels Int64[N], on a device."""
        depths = self.depths[rows].to(device)
        images = self.relative[rows].to(device).float() + depths[:, None, None]
        return images[:, None], depths[:, None], self.labels[rows].to(device)

    @property
    def successes(self) -> Bool:
        """Bool[N]."""
        return self.labels.numpy().astype(np.bool_)


def _relative(images: Float32, depths: Float32) -> Float32:
    """From the grasp's depth on, without gaps."""
    return fill_gaps(images - depths[:, None, None])
