# SPDX-License-Identifier: Apache-2.0
"""The worst mistakes of a model side by side."""

from __future__ import annotations

from pinch_core.report.crop_sheet import CropSheet
from pinch_training.evaluation.mistakes import Mistakes


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
