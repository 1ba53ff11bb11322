# SPDX-License-Identifier: Apache-2.0
"""Success rate against the position error of the gripper, for each method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from pinch_benchmark.report.summary import MethodSummary
from pinch_core.atomic_file import write_file

SummariesByError = Mapping[float, Sequence[MethodSummary]]


def print_gripper_errors(console: Console, title: str, summaries: SummariesByError) -> None:
    """A line a method, a column an error."""
    table = Table(
        title=title,
        caption="success with its 95 % Wilson interval, by the standard deviation of the gripper's position "
        "along each axis; it turns by 5 mrad for each millimetre",
    )
    table.add_column("method", no_wrap=True)
    for error in summaries:
        table.add_column(f"{1e3 * error:g} mm", justify="right")
    for rows in zip(*summaries.values(), strict=True):
        table.add_row(rows[0].method, *(_cell(row) for row in rows))
    console.print(table)


def _cell(row: MethodSummary) -> str:
    low, high = row.success.interval
    return f"{100 * row.success.value:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"


def plot_gripper_errors(summaries: SummariesByError, path: Path) -> None:
    """A PNG, a line a method, with Wilson intervals; lines lie beside each other to be told apart."""
    from pinch_core.report.palette import line_styles
    from pinch_core.report.plots import add_legend, one_plot, png

    figure, axis = one_plot(
        "standard deviation of the gripper's position along each axis [mm]",
        "success rate in physics",
        width=7.0,
        height=4.5,
    )
    errors = 1e3 * np.array(list(summaries))
    apart = 0.012 * np.ptp(errors)
    by_method = list(zip(*summaries.values(), strict=True))
    styles = line_styles(rows[0].method for rows in by_method)
    for number, rows in enumerate(by_method):
        method = rows[0].method
        value = np.array([row.success.value for row in rows])
        low, high = np.array([row.success.interval for row in rows]).T
        beside = errors + apart * (number - len(rows) / 2)
        axis.errorbar(
            beside, value, [value - low, high - value], marker="o", capsize=3, label=method, **styles[method]
        )
    axis.set(ylim=(0, 1.03))
    add_legend(axis, loc="lower left")
    write_file(path, png(figure, dpi=110))
