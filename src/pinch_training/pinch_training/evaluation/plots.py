# SPDX-License-Identifier: Apache-2.0
"""Several models on one split in one picture: what they rank right, and whether their q is a probability."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve, roc_curve

from pinch_core.pictures.palette import BLUE, GREY, INK, ORANGE
from pinch_datagen.dataset.groups import SplitUnit
from pinch_training.evaluation.binary_metrics import ROBUST
from pinch_training.evaluation.calibration import equal_width_curve
from pinch_training.evaluation.colors import model_styles
from pinch_training.evaluation.evaluation import SplitEvaluation
from pinch_training.evaluation.predictions import Bool, Float64, Int64

PANEL_INCHES = 4.6
HISTOGRAM_INCHES = 2.4
HISTOGRAM_COLUMNS = 4
HISTOGRAM_BINS = 50
DPI = 130

# Curves of more points look the same and take their time.
CURVE_POINTS = 2000


def draw_evaluation(title: str, split: SplitEvaluation, unit: SplitUnit) -> bytes:
    """A PNG: ROC, precision over recall, reliability diagram, and a histogram of q for each model.

    ``unit``: what the groups of the split are, for its title.
    """
    columns = min(HISTOGRAM_COLUMNS, max(len(split.q), 3))
    rows = -(-len(split.q) // columns)
    heights = [PANEL_INCHES + 0.5, HISTOGRAM_INCHES * rows]
    figure = Figure(figsize=(3 * PANEL_INCHES, sum(heights) + 0.4), layout="constrained", dpi=DPI)
    figure.suptitle(_title(title, split, unit), parse_math=False, color=INK)
    above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=heights).flat
    _draw_curves(above, split)
    _draw_histograms(below.subplots(rows, columns, squeeze=False, sharey=True).flat, split)
    file = BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _title(title: str, split: SplitEvaluation, unit: SplitUnit) -> str:
    return (
        f"{title}: {len(split.labels):,} examples of {split.groups:,} {unit.value}s, "
        f"{split.labels.mean():.1%} of them positive"
    )


def _draw_curves(figure: Any, split: SplitEvaluation) -> None:
    roc, precision, reliability = figure.subplots(1, 3)
    styles = model_styles(split.q)
    both = 0 < split.labels.sum() < len(split.labels)
    for model, q in split.q.items():
        scores, style = split.scores[model], styles[model]
        if both:
            _draw_roc(roc, split.labels, q, _label(model, scores.metrics.roc_auc), style)
            _draw_precision(
                precision, split.labels, q, _label(model, scores.metrics.average_precision), style
            )
        _draw_reliability(reliability, split.labels, q, _label(model, scores.ece), style)
    precision.axhline(split.labels.mean(), color=GREY, linewidth=0.8, linestyle=":")
    for axis in (roc, reliability):
        axis.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=":", zorder=1)
    roc.set(xlabel="false positives among the negatives", ylabel="recall")
    precision.set(xlabel=f"recall  (dots: q > {ROBUST:g})", ylabel="precision")
    reliability.set(xlabel="mean q of a bin  (dots: larger for more examples)", ylabel="share that succeeds")
    titles = ("ROC, area under it", "precision over recall, average precision", "reliability, ECE")
    for axis, title in zip((roc, precision, reliability), titles, strict=True):
        axis.set(xlim=(0, 1.01), ylim=(0, 1.01), aspect="equal")
        axis.set_title(title, loc="left", fontsize="medium", color=INK)
        axis.spines[["top", "right"]].set_visible(False)
        if axis.get_legend_handles_labels()[0]:
            axis.legend(frameon=True, edgecolor="none", framealpha=0.8)
        else:
            axis.text(0.5, 0.5, "needs both classes", ha="center", va="center", color=GREY)


def _label(model: str, value: float) -> str:
    return f"{model}  {value:.3f}"


def _draw_roc(axis: Any, labels: Bool, q: Float64, label: str, style: dict[str, str]) -> None:
    false_positives, recall, _ = roc_curve(labels, q)
    keep = _thinned(len(recall))
    axis.plot(false_positives[keep], recall[keep], label=label, **style)


def _draw_precision(axis: Any, labels: Bool, q: Float64, label: str, style: dict[str, str]) -> None:
    precision, recall, _ = precision_recall_curve(labels, q)
    keep = _thinned(len(recall))
    axis.plot(recall[keep], precision[keep], drawstyle="steps-pre", label=label, **style)
    called = q > ROBUST
    if called.any():
        at = (np.sum(labels & called) / labels.sum(), labels[called].mean())
        axis.plot(*at, marker="o", markersize=8, color=style["color"], markeredgecolor="white", zorder=3)


def _draw_reliability(axis: Any, labels: Bool, q: Float64, label: str, style: dict[str, str]) -> None:
    curve = equal_width_curve(labels, q)
    axis.plot(curve.q, curve.positive_share, label=label, **style)
    area = 110 * np.sqrt(curve.count / curve.count.max()) + 8
    axis.scatter(
        curve.q, curve.positive_share, area, color=style["color"], edgecolors="white", zorder=3, clip_on=False
    )


def _draw_histograms(axes: Any, split: SplitEvaluation) -> None:
    bins = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    for axis, (model, q) in zip(axes, split.q.items(), strict=False):
        for members, color, name in ((~split.labels, ORANGE, "fail"), (split.labels, BLUE, "succeed")):
            # As shares of their class, or the few positives would be lost among the negatives.
            count = int(members.sum())
            weights = np.full(count, 100 / max(count, 1))
            axis.hist(q[members], bins, weights=weights, color=color, alpha=0.35)
            axis.hist(q[members], bins, weights=weights, color=color, histtype="step", label=name)
        axis.axvline(ROBUST, color=GREY, linewidth=0.8, linestyle=":")
        axis.set(xlim=(0, 1), xlabel=f"q of {model}", yscale="log")
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("of the class [%]")
    axes[0].legend(frameon=False, loc="upper center")
    for axis in axes[len(split.q) :]:
        axis.set_axis_off()


def _thinned(count: int) -> Int64:
    return np.unique(np.linspace(0, count - 1, CURVE_POINTS).astype(np.int64))
