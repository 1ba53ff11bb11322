# SPDX-License-Identifier: Apache-2.0
"""Distributions of the figures of a dataset, as one image."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from pinch_core.report.palette import BLUE, GREY, INK, ORANGE, VERMILION
from pinch_core.report.plots import add_legend, png, tidy
from pinch_datagen.dataset.tables import GraspKind
from pinch_datagen.inspect.measure import Measure
from pinch_datagen.inspect.statistics import PAPER_POSITIVE_SHARE, Statistics
from pinch_datagen.inspect.subject import Bool, GraspPopulation

COLUMNS = 3
BINS = 40
DPI = 130

# Logarithmic axes reach this many decades down; what is smaller counts as the smallest.
DECADES = 4


def draw_histograms(figures: Statistics, population: GraspPopulation) -> bytes:
    """A PNG: metrics with the threshold, widths, heights, and the share of positives of each object."""
    threshold, measure = figures.threshold, Measure[figures.measure]
    logarithmic = {
        "robust epsilon": population.metrics.get("robust_epsilon"),
        "epsilon": population.metrics.get("epsilon"),
        "robust wrench resistance": population.metrics.get("robust_wrench_resistance"),
    }
    linear = {
        "object width between the contacts [mm]": population.width,
        "height of the grasp centre above the table [mm]": population.height,
    }
    panels = [(title, column, True) for title, column in logarithmic.items() if column is not None]
    panels += [(title, 1000 * column, False) for title, column in linear.items() if column is not None]
    count = len(panels) + bool(figures.objects)
    columns, rows = min(COLUMNS, count), -(-count // COLUMNS)
    figure = Figure(figsize=(4.7 * columns, 0.9 + 3.7 * rows), layout="constrained", dpi=DPI)
    figure.suptitle(_title(figures), parse_math=False, color=INK)
    axes = figure.subplots(rows, columns, squeeze=False).flat
    groups = _groups(population)
    for axis, (title, column, is_logarithmic) in zip(axes, panels, strict=False):
        (_logarithmic if is_logarithmic else _linear)(axis, column, groups)
        axis.set(xlabel=title, ylabel="grasps")
        if title == measure.column.replace("_", " ") or (title == "epsilon" and measure is Measure.EPSILON):
            axis.axvline(threshold, color=VERMILION, label=f"threshold {threshold:g}")
    named = next((axis for axis in axes[:count] if len(axis.lines)), axes[0])  # with the threshold
    figure.legend(*named.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    if figures.objects:
        _object_shares(axes[len(panels)], figures)
    for axis in axes[count:]:
        axis.set_axis_off()
    for axis in axes[:count]:
        tidy(axis)
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    return png(figure)


def _title(figures: Statistics) -> str:
    objects = f" of {len(figures.objects):,} objects" if figures.objects else ""
    return (
        f"{figures.grasps:,} grasps{objects} in {figures.examples:,} examples, "
        f"{figures.positive_share:.1%} of them positive"
    )


def _groups(population: GraspPopulation) -> dict[str, tuple[str, Bool]]:
    """Label -> colour and members; every grasp is in one group."""
    everything = np.ones(len(population), np.bool_)
    free = everything if population.collision_free is None else population.collision_free
    beside = ~everything if population.kind is None else population.kind == GraspKind.BESIDE
    groups = {
        "nothing is hit": (BLUE, free & ~beside),
        "in collision": (GREY, ~free & ~beside),
        "beside the object": (ORANGE, beside),
    }
    return {label: (color, members) for label, (color, members) in groups.items() if members.any()}


def _logarithmic(axis: Any, column: NDArray[Any], groups: dict[str, tuple[str, Bool]]) -> None:
    top = max(float(np.nanmax(column, initial=0.0)), 1e-9)
    bottom = top / 10**DECADES
    positive = column > 0
    axis.set_xscale("log")
    _stack(axis, np.maximum(column, bottom), positive, np.geomspace(bottom, top, BINS + 1), groups)
    zeros = 1 - positive.mean()
    if zeros >= 0.0005:
        axis.set_title(f"not shown: {zeros:.1%} that are 0", fontsize="medium", color=INK, loc="left")


def _linear(axis: Any, column: NDArray[Any], groups: dict[str, tuple[str, Bool]]) -> None:
    finite = np.isfinite(column)
    top = max(float(column[finite].max(initial=0.0)), 1e-9)
    _stack(axis, column, finite, np.linspace(0, top, BINS + 1), groups)
    if not finite.all():
        share = 1 - finite.mean()
        axis.set_title(
            f"not shown: {share:.1%} without both contacts", fontsize="medium", color=INK, loc="left"
        )


def _stack(
    axis: Any, column: NDArray[Any], shown: Bool, bins: NDArray[Any], groups: dict[str, tuple[str, Bool]]
) -> None:
    axis.hist(
        [column[shown & members] for _, members in groups.values()],
        bins,
        stacked=True,
        color=[color for color, _ in groups.values()],
        label=list(groups),
    )


def _object_shares(axis: Any, figures: Statistics) -> None:
    shares = np.array([entry.positive_share for entry in figures.objects])
    axis.hist(100 * shares, np.linspace(0, max(100 * shares.max(), 30.0), BINS // 2 + 1), color=BLUE)
    axis.axvline(
        100 * PAPER_POSITIVE_SHARE,
        color=INK,
        linestyle="--",
        label=f"all of Dex-Net 2.0: {PAPER_POSITIVE_SHARE:.1%}",
    )
    axis.axvline(
        100 * figures.positive_share,
        color=VERMILION,
        label=f"all of this dataset: {figures.positive_share:.1%}",
    )
    axis.set(xlabel="positive examples of an object [%]", ylabel="objects")
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    add_legend(axis)
