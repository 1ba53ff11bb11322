# SPDX-License-Identifier: Apache-2.0
"""The figures of the report, as SVG to stand inside the page. Free of ROS."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from pinch_core.pictures.palette import GREY, INK
from pinch_training.evaluation.colors import model_styles

_STYLE: Any = {"svg.fonttype": "none", "font.size": 9, "font.family": "sans-serif", "svg.hashsalt": "pinch"}
# More points than pixels across say nothing more.
_MAX_POINTS = 1500
# Where the axis of distances begins: nearer is the same place.
_SMALLEST = 0.1


def quality_histogram(q: dict[str, list[float]]) -> str:
    """Distribution of the best q of each frame."""
    figure, axis = _axes("best quality of a frame", "frames")
    for name, values in q.items():
        axis.hist(
            values,
            bins=np.linspace(0, 1, 26).tolist(),
            histtype="step",
            linewidth=1.6,
            label=name,
            **_style(q, name),
        )
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    return _svg(figure, axis, legend=True)


def over_frames(
    numbers: Sequence[int], series: dict[str, list[float | None]], label: str, changes: Sequence[int]
) -> str:
    """A value of each frame, scene changes as vertical lines."""
    figure, axis = _axes("frame", label, width=9.0)
    step = max(1, len(numbers) // _MAX_POINTS)
    for change in changes if len(changes) <= 100 else ():
        axis.axvline(change - 0.5, color=GREY, linewidth=0.6, alpha=0.6)
    for name, values in series.items():
        y = [np.nan if value is None else value for value in values[::step]]
        axis.plot(
            numbers[::step], y, linewidth=1.1, marker=".", markersize=3, label=name, **_style(series, name)
        )
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_ylim(bottom=0.0)
    return _svg(figure, axis, legend=len(series) > 1)


def cumulative(values: dict[str, list[float]], label: str) -> str:
    """Share of the values up to each value, which may lie far apart."""
    figure, axis = _axes(label, "share of the pairs")
    for name, found in values.items():
        ordered = np.maximum(np.sort(found), _SMALLEST)
        if len(ordered):
            share = np.arange(1, len(ordered) + 1) / len(ordered)
            axis.step(ordered, share, where="post", linewidth=1.6, label=name, **_style(values, name))
    axis.set(ylim=(0, 1.02), xscale="log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())
    return _svg(figure, axis, legend=True)


def rejections(counts: dict[str, dict[str, int]], frames: dict[str, int]) -> str:
    """Grasps per frame that each filter rejected."""
    reasons = sorted({reason for found in counts.values() for reason, count in found.items() if count})
    figure, axis = _axes("rejected grasps of a frame", "", height=0.8 + 0.28 * max(1, len(reasons)))
    width = 0.8 / max(1, len(counts))
    for index, (name, found) in enumerate(counts.items()):
        places = np.arange(len(reasons)) + (index - (len(counts) - 1) / 2) * width
        values = [found.get(reason, 0) / max(1, frames[name]) for reason in reasons]
        axis.barh(places, values, width, label=name, color=_style(counts, name)["color"])
    axis.set_yticks(range(len(reasons)), [reason.replace("_", " ") for reason in reasons])
    axis.invert_yaxis()
    return _svg(figure, axis, legend=len(counts) > 1)


def reliability(curves: dict[str, list[list[float]]], label: str) -> str:
    """Share of grasps that succeed against the quality that was promised."""
    figure, axis = _axes("quality of the grasps", label)
    axis.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1.0)
    for name, points in curves.items():
        if points:
            q, share, count = np.array(points).T
            style = _style(curves, name)
            axis.plot(q, share, linewidth=1.4, label=name, **style)
            axis.scatter(q, share, s=8 + 40 * count / count.max(), color=style["color"], zorder=3)
    axis.set(xlim=(0, 1), ylim=(-0.02, 1.02))
    return _svg(figure, axis, legend=True)


def _axes(x: str, y: str, *, width: float = 4.4, height: float = 3.0) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axis = figure.add_subplot()
    axis.set(xlabel=x, ylabel=y)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(alpha=0.25)
    for label in (axis.xaxis.label, axis.yaxis.label):
        label.set_color(INK)
    return figure, axis


def _style(names: dict[str, Any], name: str) -> dict[str, Any]:
    return model_styles(names)[name]


def _svg(figure: Figure, axis: Axes, *, legend: bool) -> str:
    if legend and axis.get_legend_handles_labels()[0]:
        axis.legend(frameon=False, fontsize=8)
    file = StringIO()
    with rc_context(_STYLE):
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    return text[text.index("<svg") :]
