# SPDX-License-Identifier: Apache-2.0
"""Crops of random examples side by side."""

from __future__ import annotations

import numpy as np

from pinch_core.report.crop_sheet import CropSheet
from pinch_datagen.inspect.negative_reason import Reason
from pinch_datagen.inspect.subject import SampledExamples


def draw_contact_sheet(examples: SampledExamples, size: int, label: bool) -> bytes:
    """A PNG with one tile an example; the closing axis is the middle row, the jaws are opened."""
    name = "positives" if label else "negatives"
    order = "from the most robust" if label else "by reason, then from the most robust"
    return CropSheet(
        examples.crops[size],
        captions(examples, label),
        examples.opening(size),
        f"{len(examples)} of {examples.total:,} {name}, {size} x {size} pixels",
        f"{order}; the number is {examples.quality_name}, orange are the opened jaws, violet is no return",
    ).png()


def captions(examples: SampledExamples, label: bool) -> list[str]:
    """The quality that labels are made from, and why a negative is one."""
    values = [f"{value:.4f}" for value in examples.quality]
    if label:
        return values
    reasons = [Reason(reason).text for reason in examples.reason]
    return [f"{value}  {reason}" for value, reason in zip(values, reasons, strict=True)]


def sorted_for_reading(examples: SampledExamples, label: bool) -> SampledExamples:
    """Positives from robust to less so, negatives by reason."""
    falling = -examples.quality
    return examples.rows(np.lexsort((falling,) if label else (falling, examples.reason)))
