# SPDX-License-Identifier: Apache-2.0
"""What :class:`Dataset` needs to know of a layout on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pinch_datagen.dataset.groups import SplitUnit

Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]


class ExampleSource(Protocol):
    """Examples in parts, one file or shard each; N is the sum of ``counts``."""

    path: Path
    counts: Int64  # examples of each part
    crop_sizes: tuple[int, ...]
    metrics: tuple[str, ...]
    open_limit: int  # parts whose crops may be held at the same time

    def labels(self) -> Bool: ...

    def depths(self) -> Float32: ...

    def metric(self, name: str) -> Float32: ...

    def group_ids(self, unit: SplitUnit) -> Int64: ...

    def crops(self, part: int, size: int) -> NDArray[Any]:
        """[counts[part], size, size] [m], relative to the grasps, NaN = no return; kept by the caller."""
