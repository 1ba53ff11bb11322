# SPDX-License-Identifier: Apache-2.0
"""Plots over matplotlib that look alike in all reports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pinch_core.report.palette import GREY, INK, line_styles

Float64 = NDArray[np.float64]

# Text stays text, and equal plots give equal bytes.
_SVG_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "pinch",
    "font.size": 9,
    "font.family": "sans-serif",
}
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))


@dataclass(frozen=True, eq=False)
class ReliabilityCurve:
    """Float64[B] each: mean quality of a bin, success rate in it, and how many grasps it holds."""

    quality: Float64
    success: Float64
    count: Float64


def one_plot(x: str, y: str, *, width: float = 4.4, height: float = 3.0) -> tuple[Figure, Any]:
    """A figure of one plot and its axes.

    Args:
        x, y: what the axes show. width, height: of the figure [inch].
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    axis = figure.add_subplot()
    axis.set(xlabel=x, ylabel=y)
    axis.grid(alpha=0.25)
    tidy(axis)
    return figure, axis


def tidy(axis: Any) -> None:
    """No frame above and to the right, labels in ink, the grid behind the data."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.set_axisbelow(True)
    for label in (axis.xaxis.label, axis.yaxis.label):
        label.set_color(INK)


def add_legend(axis: Any, **place: Any) -> None:
    """A legend without a frame, where anything has a label."""
    if axis.get_legend_handles_labels()[0]:
        axis.legend(edgecolor="none", framealpha=0.8, fontsize=8, **place)


def diagonal(axis: Any) -> None:
    """The line on which a quality is the success rate, or a ranking no better than chance."""
    axis.plot([0, 1], [0, 1], color=GREY, linewidth=0.9, linestyle="--", zorder=1)


def reliability_plot(
    curves: Mapping[str, ReliabilityCurve], x: str, y: str, labels: Mapping[str, str] | None = None
) -> Figure:
    """Success rate against the quality that was promised; larger dots stand for more grasps.

    Args:
        labels: of the curves, by default their names.
    """
    figure, axis = one_plot(x, y)
    diagonal(axis)
    for name, style in line_styles(curves).items():
        curve = curves[name]
        if len(curve.count):
            axis.plot(
                curve.quality, curve.success, linewidth=1.4, label=(labels or {}).get(name, name), **style
            )
            area = 8 + 60 * np.sqrt(curve.count / curve.count.max())
            axis.scatter(
                curve.quality, curve.success, area, color=style["color"], edgecolors="white", zorder=3,
                clip_on=False,
            )  # fmt: skip
    axis.set(xlim=(0, 1.01), ylim=(0, 1.02))
    add_legend(axis)
    return figure


def epsilon_colors(threshold: float) -> ScalarMappable:
    """Robust epsilon from 0 to twice the threshold; the same colours in all pictures of a dataset."""
    darker = LinearSegmentedColormap.from_list(
        "viridis without its end, which is lost on white", mpl.colormaps["viridis"](np.linspace(0, 0.93, 256))
    )
    return ScalarMappable(Normalize(0.0, 2 * threshold, clip=True), darker)


def svg(figure: Figure) -> str:
    """The figure as an element that stands inside an HTML page."""
    file = StringIO()
    with mpl.rc_context(_SVG_STYLE):
        figure.savefig(file, format="svg", metadata=_NO_METADATA)
    text = file.getvalue()
    # HTML needs no names of namespaces, which look like addresses.
    return re.sub(r' xmlns(:\w+)?="[^"]*"', "", text[text.index("<svg") :])


def png(figure: Figure, dpi: float | None = None) -> bytes:
    """The figure as a PNG file, by default at its own resolution."""
    file = BytesIO()
    figure.savefig(file, format="png", dpi="figure" if dpi is None else dpi)
    return file.getvalue()
