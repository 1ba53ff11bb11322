# SPDX-License-Identifier: Apache-2.0
"""Which planner forgives a hand that misses: success against the error of the hand's pose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from pinch_benchmark.report.summary import MethodSummary

SummariesByError = Mapping[float, Sequence[MethodSummary]]


def print_hand_errors(console: Console, title: str, summaries: SummariesByError) -> None:
    """A line a method, a column an error."""
    table = Table(
        title=title,
        caption="success with its 95 % Wilson interval, by the standard deviation of the hand's place along "
        "each axis; it turns by 5 mrad for each millimetre",
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


def plot_hand_errors(summaries: SummariesByError, path: Path) -> None:
    """A PNG, a line a method, with Wilson intervals; lines lie beside each other to be told apart."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axis = figure.add_subplot()
    errors = 1e3 * np.array(list(summaries))
    apart = 0.012 * np.ptp(errors)
    for number, rows in enumerate(zip(*summaries.values(), strict=True)):
        value = np.array([row.success.value for row in rows])
        low, high = np.array([row.success.interval for row in rows]).T
        beside = errors + apart * (number - len(rows) / 2)
        axis.errorbar(beside, value, [value - low, high - value], marker="o", capsize=3, label=rows[0].method)
    axis.set(
        xlabel="standard deviation of the hand's place along each axis [mm]",
        ylabel="held in physics",
        ylim=(0, 1.03),
    )
    axis.grid(alpha=0.3)
    axis.legend(loc="lower left")
    figure.savefig(path, dpi=110)
