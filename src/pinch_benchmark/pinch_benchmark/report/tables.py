# SPDX-License-Identifier: Apache-2.0
"""Tables for people: methods beside the paper's, failures, the label against physics."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from pinch_benchmark.physics.grasp_trial import Outcome
from pinch_benchmark.report.paper import PAPER_ROWS
from pinch_benchmark.report.summary import LabelAgreement, MethodSummary, RecognitionSummary
from pinch_core.share import Share

# Where the output is no terminal, which has a width of its own.
FILE_WIDTH = 130
FAILURES = [outcome.value for outcome in Outcome if outcome is not Outcome.HELD]


def make_console() -> Console:
    """As wide as the terminal, or as the tables need in a file."""
    console = Console()
    return console if console.is_terminal else Console(width=FILE_WIDTH)


def print_tables(
    console: Console,
    title: str,
    summaries: Sequence[MethodSummary],
    recognized: Sequence[RecognitionSummary],
    agreement: LabelAgreement,
) -> None:
    """One line a method, the paper's below."""
    table = Table(
        title=title,
        caption="success with its 95 % Wilson interval; precision and robust rate: q > 0.5; "
        "planning and trial (with physics): median seconds",
    )
    table.add_column("method", no_wrap=True)
    for name in ("success", "precision", "robust rate", "planning", "trial", *FAILURES):
        table.add_column(name.replace("_", " "), justify="right")
    for summary in summaries:
        low, high = summary.success.interval
        table.add_row(
            summary.method,
            f"{_percent(summary.success)} [{100 * low:.0f}, {100 * high:.0f}]",
            _counted(summary.precision),
            _percent(summary.robust),
            f"{summary.planning_s:.2f} s",
            f"{summary.trial_s:.2f} s",
            *(str(summary.outcomes[name]) for name in FAILURES),
        )
    console.print(table)
    for each in recognized:
        console.print(
            f"{each.method} recognized {_counted(each.recognized)}; median errors of those: surface "
            f"{1e3 * each.surface:.1f} mm, place {1e3 * each.translation:.1f} mm, turn "
            f"{math.degrees(each.rotation):.1f} degrees (symmetries taken into account)"
        )
    console.print(_of_the_paper())
    console.print(
        f"label against physics, {agreement.grasps} grasps without collision: "
        f"rank correlation {_correlation(agreement.rank_correlation)}; held if the label is good "
        f"{_counted(agreement.held_if_good)}, if bad {_counted(agreement.held_if_bad)}"
    )


def _correlation(value: float) -> str:
    return "unknown, because all trials had the same outcome" if math.isnan(value) else f"{value:.2f}"


def _of_the_paper() -> Table:
    table = Table(title="Mahler et al. 2017, on a robot")
    for name in ("objects", "method", "success", "precision", "robust rate", "planning"):
        table.add_column(name, justify="left" if name in ("objects", "method") else "right")
    for row in PAPER_ROWS:
        table.add_row(
            row.objects,
            row.method,
            f"{row.success:g} %",
            _given(row.precision, " %"),
            _given(row.robust, " %"),
            _given(row.planning_s, " s"),
        )
    return table


def _percent(share: Share) -> str:
    return "-" if math.isnan(share.value) else f"{100 * share.value:.1f} %"


def _counted(share: Share) -> str:
    return f"{_percent(share)} ({share.count}/{share.total})" if share.total else "-"


def _given(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:g}{unit}"
