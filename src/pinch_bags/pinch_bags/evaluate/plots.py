# SPDX-License-Identifier: Apache-2.0
"""The figures of the report, as SVG to stand inside the page. Free of ROS."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from pinch_core.report.palette import GREY, line_styles
from pinch_core.report.plots import ReliabilityCurve, add_legend, one_plot, reliability_plot, svg

# More points than pixels across say nothing more.
_MAX_POINTS = 1500
# Where the axis of distances begins: nearer is the same place.
_SMALLEST = 0.1


def quality_histogram(q: dict[str, list[float]]) -> str:
    """Distribution of the best q of each frame."""
    figure, axis = one_plot("best quality of a frame", "frames")
    styles = line_styles(q)
    for name, values in q.items():
        axis.hist(
            values,
            bins=np.linspace(0, 1, 26).tolist(),
            histtype="step",
            linewidth=1.6,
            label=name,
            **styles[name],
        )
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    add_legend(axis)
    return svg(figure)


def over_frames(
    numbers: Sequence[int], series: dict[str, list[float | None]], label: str, changes: Sequence[int]
) -> str:
    """A value of each frame, scene changes as vertical lines."""
    figure, axis = one_plot("frame", label, width=9.0)
    step = max(1, len(numbers) // _MAX_POINTS)
    for change in changes if len(changes) <= 100 else ():
        axis.axvline(change - 0.5, color=GREY, linewidth=0.6, alpha=0.6)
    styles = line_styles(series)
    for name, values in series.items():
        y = [np.nan if value is None else value for value in values[::step]]
        axis.plot(numbers[::step], y, linewidth=1.1, marker=".", markersize=3, label=name, **styles[name])
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_ylim(bottom=0.0)
    if len(series) > 1:
        add_legend(axis)
    return svg(figure)


def cumulative(values: dict[str, list[float]], label: str) -> str:
    """Share of the values up to each value, which may lie far apart."""
    figure, axis = one_plot(label, "share of the pairs")
    styles = line_styles(values)
    for name, found in values.items():
        ordered = np.maximum(np.sort(found), _SMALLEST)
        if len(ordered):
            share = np.arange(1, len(ordered) + 1) / len(ordered)
            axis.step(ordered, share, where="post", linewidth=1.6, label=name, **styles[name])
    axis.set(ylim=(0, 1.02), xscale="log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())
    add_legend(axis)
    return svg(figure)


def rejections(counts: dict[str, dict[str, int]], frames: dict[str, int]) -> str:
    """Grasps per frame that each filter rejected."""
    reasons = sorted({reason for found in counts.values() for reason, count in found.items() if count})
    figure, axis = one_plot("rejected grasps of a frame", "", height=0.8 + 0.28 * max(1, len(reasons)))
    styles, width = line_styles(counts), 0.8 / max(1, len(counts))
    for index, (name, found) in enumerate(counts.items()):
        places = np.arange(len(reasons)) + (index - (len(counts) - 1) / 2) * width
        values = [found.get(reason, 0) / max(1, frames[name]) for reason in reasons]
        axis.barh(places, values, width, label=name, color=styles[name]["color"])
    axis.set_yticks(range(len(reasons)), [reason.replace("_", " ") for reason in reasons])
    axis.invert_yaxis()
    if len(counts) > 1:
        add_legend(axis)
    return svg(figure)


def reliability(curves: dict[str, list[list[float]]], label: str) -> str:
    """Rate of grasps that succeed against the quality that was promised."""
    points = {name: np.array(curve).reshape(-1, 3).T for name, curve in curves.items()}
    return svg(
        reliability_plot(
            {name: ReliabilityCurve(*columns) for name, columns in points.items()},
            "quality of the grasps",
            label,
        )
    )
