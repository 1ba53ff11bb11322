# SPDX-License-Identifier: Apache-2.0
"""Several models on one split: what they rank right, and whether their q is a probability."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve, roc_curve

from pinch_core.report.page import Chart
from pinch_core.report.palette import BLUE, GREY, ORANGE, line_styles
from pinch_core.report.plots import (
    ReliabilityCurve,
    add_legend,
    diagonal,
    one_plot,
    reliability_plot,
    svg,
)
from pinch_training.evaluation.binary_metrics import ROBUST
from pinch_training.evaluation.calibration import equal_width_curve
from pinch_training.evaluation.evaluation import SplitEvaluation
from pinch_training.evaluation.predictions import Bool, Float64, Int64

HISTOGRAM_BINS = 50

# Curves of more points look the same and make the page large.
CURVE_POINTS = 600


def draw_evaluation(split: SplitEvaluation) -> Iterator[Chart]:
    """ROC, precision over recall, reliability diagram, and a histogram of q for each model."""
    yield Chart("ROC and the area under it", svg(_roc(split)))
    yield Chart("Precision over recall, and AP", svg(_precision(split)))
    yield Chart("Reliability, and ECE", svg(_reliability(split)))
    for model, q in split.q.items():
        yield Chart(f"q of {model}", svg(_histogram(split.labels, q)))


def _roc(split: SplitEvaluation) -> Figure:
    figure, axis = one_plot("false positives among the negatives", "recall", width=4.0, height=3.6)
    diagonal(axis)
    for model, style in _drawn(axis, split):
        false_positives, recall, _ = roc_curve(split.labels, split.q[model])
        keep = _thinned(len(recall))
        label = _label(model, split.scores[model].metrics.roc_auc)
        axis.plot(false_positives[keep], recall[keep], label=label, **style)
    _unit_square(axis)
    add_legend(axis, loc="lower right")
    return figure


def _precision(split: SplitEvaluation) -> Figure:
    figure, axis = one_plot(f"recall  (dots: q > {ROBUST:g})", "precision", width=4.0, height=3.6)
    axis.axhline(split.labels.mean(), color=GREY, linewidth=0.8, linestyle=":")
    for model, style in _drawn(axis, split):
        labels, q = split.labels, split.q[model]
        precision, recall, _ = precision_recall_curve(labels, q)
        keep = _thinned(len(recall))
        label = _label(model, split.scores[model].metrics.average_precision)
        axis.plot(recall[keep], precision[keep], drawstyle="steps-pre", label=label, **style)
        called = q > ROBUST
        if called.any():
            at = (np.sum(labels & called) / labels.sum(), labels[called].mean())
            axis.plot(*at, marker="o", markersize=7, color=style["color"], markeredgecolor="white", zorder=3)
    _unit_square(axis)
    add_legend(axis, loc="best")
    return figure


def _reliability(split: SplitEvaluation) -> Figure:
    curves, labels = {}, {}
    for model, q in split.q.items():
        curve = equal_width_curve(split.labels, q)
        curves[model] = ReliabilityCurve(curve.q, curve.positive_share, curve.count.astype(np.float64))
        labels[model] = _label(model, split.scores[model].ece)
    figure = reliability_plot(
        curves, "mean q of a bin  (dots: larger for more examples)", "success rate", labels
    )
    figure.set_size_inches(4.0, 3.6)
    return figure


def _histogram(labels: Bool, q: Float64) -> Figure:
    bins = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    figure, axis = one_plot("q", "of the class [%]", height=2.6)
    for members, color, name in ((~labels, ORANGE, "fail"), (labels, BLUE, "succeed")):
        # In per cent of their class, or the few positives would be lost among the negatives.
        count = int(members.sum())
        weights = np.full(count, 100 / max(count, 1))
        axis.hist(q[members], bins, weights=weights, color=color, alpha=0.35)
        axis.hist(q[members], bins, weights=weights, color=color, histtype="step", label=name)
    axis.axvline(ROBUST, color=GREY, linewidth=0.8, linestyle=":")
    axis.set(xlim=(0, 1), ylim=(1e-3, 110), yscale="log")
    add_legend(axis, loc="upper center")
    return figure


def _drawn(axis: Any, split: SplitEvaluation) -> Iterator[tuple[str, dict[str, str]]]:
    """The models with their styles; none where all examples are of one class, which is said instead."""
    if 0 < split.labels.sum() < len(split.labels):
        yield from line_styles(split.q).items()
    else:
        axis.text(0.5, 0.5, "needs both classes", ha="center", va="center", color=GREY)


def _unit_square(axis: Any) -> None:
    axis.set(xlim=(0, 1.01), ylim=(0, 1.01), aspect="equal")


def _label(model: str, value: float) -> str:
    return f"{model}  {value:.3f}"


def _thinned(count: int) -> Int64:
    return np.unique(np.linspace(0, count - 1, CURVE_POINTS).astype(np.int64))
