# SPDX-License-Identifier: Apache-2.0
"""What is looked into, whichever layout it lies in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pinch_core.perception.crop import CROP_96
from pinch_datagen.dataset.manifest import Skipped
from pinch_datagen.inspect.measure import Measure

Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]
UInt8 = NDArray[np.uint8]


@dataclass(frozen=True)
class InspectedObject:
    """``rows``: those of its grasps in the :class:`GraspPopulation`."""

    name: str
    source: str
    rows: slice


@dataclass(frozen=True, eq=False)
class GraspPopulation:
    """Columns over all grasps of a dataset; None where the layout does not say.

    ``examples`` and ``positives`` Int64[N]: images of the grasp. ``reason``: the Reason of its negatives.
    ``kind``: GraspKind. ``width`` [m]: between the contacts, NaN without both. ``height`` [m]: of the centre
    above the table.
    """

    examples: Int64
    positives: Int64
    metrics: dict[str, Float32]
    reason: UInt8
    kind: UInt8 | None = None
    collision_free: Bool | None = None
    width: Float32 | None = None
    height: Float32 | None = None
    objects: tuple[InspectedObject, ...] = ()

    def __len__(self) -> int:
        return len(self.examples)


@dataclass(frozen=True, eq=False)
class SampledExamples:
    """Some of ``total`` examples.

    ``crops``: per size Float32[N, size, size], depth minus the grasp's [m], NaN = no return or outside the
    image. ``width_px``: the opened jaws, in pixels of the image. ``quality``: Float32[N], called
    ``quality_name``. ``reason``: UInt8[N], a Reason.
    """

    total: int
    crops: dict[int, Float32]
    width_px: Float32
    quality: Float32
    reason: UInt8
    quality_name: str = Measure.EPSILON.title

    def __len__(self) -> int:
        return len(self.width_px)

    def opening(self, size: int) -> Float32:
        """Float32[N]: the opened jaws in pixels of the crop; crops of all sizes show the same field."""
        return np.asarray(self.width_px * np.float32(size / CROP_96.size))

    def rows(self, order: Int64) -> SampledExamples:
        crops = {size: crops[order] for size, crops in self.crops.items()}
        return SampledExamples(
            self.total,
            crops,
            self.width_px[order],
            self.quality[order],
            self.reason[order],
            self.quality_name,
        )


class Subject(Protocol):
    """A dataset to look into. ``warnings``: sentences on what is not whole."""

    path: Path
    threshold: float
    measure: Measure
    torque_scale: float | None
    fingerprint: str | None
    poses: int | None
    views: int | None
    skipped: tuple[Skipped, ...]
    warnings: tuple[str, ...]

    def population(self) -> GraspPopulation: ...

    def sample(self, label: bool, count: int, rng: np.random.Generator) -> SampledExamples:
        """Up to ``count`` random examples with that label, without repetition."""
