# SPDX-License-Identifier: Apache-2.0
"""The most confident errors of a model, and a sheet that shows them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pinch_core.perception.crop import CROP_96
from pinch_core.report.crop_sheet import CropSheet
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.groups import SplitUnit
from pinch_datagen.dataset.manifest import MANIFEST_FILE
from pinch_datagen.dataset.shard_source import ShardSource
from pinch_training.evaluation.binary_metrics import ROBUST
from pinch_training.evaluation.predictions import Bool, Float32, Float64, Int64, checked

SHOWN = 40

# Where a crop reaches out of the image, its depth is 0 from the camera, up to rounding [m].
OUTSIDE_M = 1e-3


@dataclass(frozen=True, eq=False)
class Mistakes:
    """M of the ``total`` examples of a kind that a model is wrong about, the worst first.

    ``succeeds``: whether these grasps succeed, so that they are false negatives. ``crops`` Float32[M, size,
    size]: depth minus the grasp's [m], NaN = no return or outside the image. ``opening`` Float32[M]: the
    opened jaws in pixels of the crop, and ``robust_epsilon`` Float32[M]; None where the dataset does not say.
    """

    model: str
    succeeds: bool
    total: int
    q: Float64
    crops: Float32
    opening: Float32 | None
    robust_epsilon: Float32 | None


def mistaken(labels: Bool, q: Float64, succeeds: bool) -> Bool:
    """Bool[N]: the false negatives where ``succeeds``, else the false positives."""
    return np.asarray(labels & (q <= ROBUST) if succeeds else ~labels & (q > ROBUST))


def worst_mistakes(labels: Bool, q: Float64, succeeds: bool, groups: Int64, count: int = SHOWN) -> Int64:
    """Rows of up to ``count`` false negatives where ``succeeds``, else false positives, the worst first.

    Of examples of equal ``groups`` Int64[N] only the worst is among them, or one hard grasp would fill a
    sheet.

    Raises:
        EvaluationError: as :func:`checked`.
    """
    labels, q = checked(labels, q)
    order = np.argsort(q if succeeds else -q, kind="stable")
    order = order[mistaken(labels, q, succeeds)[order]]
    _, firsts = np.unique(groups[order], return_index=True)
    return np.asarray(order[np.sort(firsts)[:count]])


@dataclass(frozen=True, eq=False)
class Showcase:
    """Columns of a dataset that its mistakes are shown with."""

    dataset: Dataset
    image_ids: Int64
    depths: Float32
    width_px: Float32 | None
    robust_epsilon: Float32 | None

    @staticmethod
    def of(dataset: Dataset) -> Showcase:
        known = "robust_epsilon" in dataset.metrics
        return Showcase(
            dataset,
            dataset.group_ids(SplitUnit.IMAGE),
            dataset.depths(),
            _jaw_widths(dataset),
            dataset.metric("robust_epsilon") if known else None,
        )

    def worst(
        self, model: str, size: int, indices: Int64, labels: Bool, q: Float64, succeeds: bool
    ) -> Mistakes:
        """Those among the examples ``indices`` Int64[N] with Bool[N] labels and predictions Float64[N]."""
        rows = worst_mistakes(labels, q, succeeds, self.image_ids[indices])
        shown = indices[rows]
        crops = self.dataset.crops(size, shown)
        crops[np.abs(crops + self.depths[shown][:, None, None]) < OUTSIDE_M] = np.nan
        return Mistakes(
            model,
            succeeds,
            int(mistaken(labels, q, succeeds).sum()),
            q[rows],
            crops,
            # Crops of all sizes show the same field.
            None if self.width_px is None else self.width_px[shown] * np.float32(size / CROP_96.size),
            None if self.robust_epsilon is None else self.robust_epsilon[shown],
        )


def _jaw_widths(dataset: Dataset) -> Float32 | None:
    """Float32[N]: the opened jaws in pixels of the image; None for the published layout."""
    if not (dataset.path / MANIFEST_FILE).exists():
        return None
    shards = ShardSource(dataset.path).shards
    return np.concatenate([shard.examples["width_px"] for shard in shards])


def draw_sheet(mistakes: Mistakes) -> bytes:
    """A PNG with one tile an example; the closing axis is the middle row, the jaws are opened."""
    kind = "false negatives" if mistakes.succeeds else "false positives"
    count = len(mistakes.q)
    shown = f"the worst {count} of {mistakes.total:,} {kind}" if count else f"no {kind}"
    parts = ["they succeed" if mistakes.succeeds else "they fail, those of a high ε by collision"]
    parts += ["at most one an image", "violet is no return"]
    if mistakes.opening is not None:
        parts.append("orange are the opened jaws")
    if mistakes.robust_epsilon is not None:
        parts.append("ε is robust epsilon")
    return CropSheet(
        mistakes.crops, captions(mistakes), mistakes.opening, f"{mistakes.model}: {shown}", ", ".join(parts)
    ).png()


def captions(mistakes: Mistakes) -> list[str]:
    """The prediction and, where known, the robust epsilon."""
    if mistakes.robust_epsilon is None:
        return [f"q {q:.3f}" for q in mistakes.q]
    return [f"q {q:.3f}   ε {e:.4f}" for q, e in zip(mistakes.q, mistakes.robust_epsilon, strict=True)]
