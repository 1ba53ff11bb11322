# SPDX-License-Identifier: Apache-2.0
"""Tables for people: a table a scene, a line a method, what others published below."""

from __future__ import annotations

import math

from rich.table import Table

from pinch_benchmark.clutter.clutter_experiment import ClutterExperiment
from pinch_benchmark.clutter.clutter_report import ClutterReport
from pinch_benchmark.clutter.clutter_summary import TRANSFER_S, ClutterSummary
from pinch_benchmark.clutter.judge import ClutterOutcome
from pinch_benchmark.clutter.protocol import PROTOCOLS
from pinch_benchmark.clutter.published import PUBLISHED, PublishedRow
from pinch_benchmark.report.tables import make_console
from pinch_core.share import Share

FAILURES = [each.value for each in ClutterOutcome if each is not ClutterOutcome.HELD]


def print_clutter(experiment: ClutterExperiment, report: ClutterReport) -> None:
    """All of a run."""
    console = make_console()
    for scene in experiment.scenes:
        rows = [each for each in report.summaries if each.scene == scene]
        if not rows:
            continue
        title = f"{scene}, {experiment.view} view, {experiment.name}: {rows[0].rounds} rounds"
        console.print(_bin_table(title, rows) if PROTOCOLS[scene].one_at_a_time else _heap_table(title, rows))
        console.print(_failure_table(f"{scene}: attempts by the strict rule", rows))
        published = [row for row in PUBLISHED if scene in row.scenes]
        if published:
            console.print(_published_table(f"{scene}: published", published))
    for each in report.ratios:
        console.print(
            f"{each.scene}, {each.method}: plan p50 {1e3 * each.heap_s:.0f} ms in the heap, "
            f"{1e3 * each.single_s:.0f} ms on one object of it, {each.ratio:.2f} times ({each.plans} each)"
        )


def _heap_table(title: str, rows: list[ClutterSummary]) -> Table:
    table = Table(
        title=title,
        caption="with 95 % Wilson intervals. GSR: attempts after which something was between the fingers; "
        "DR: objects taken; liftable: without objects that no grasp lifts; strict: no contact above 15 N, no "
        "push above 10 mm, exactly one object, held through a shake",
    )
    table.add_column("method", no_wrap=True)
    for name in ("GSR", "DR", "GSR liftable", "DR liftable", "strict", "refused", "fell out", "plan p50"):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(
            row.method,
            *(_interval(s) for s in (row.grasped, row.cleared, row.grasped_liftable, row.cleared_liftable)),
            _interval(row.strict),
            str(row.refused),
            str(row.fell_out.count),
            f"{row.planning_s[0]:.2f} s",
        )
    return table


def _bin_table(title: str, rows: list[ClutterSummary]) -> Table:
    table = Table(
        title=title,
        caption="with 95 % Wilson intervals. reliability: attempts with exactly one object, held through a "
        "shake, not stopped by 15 N; several: more than one came up; last 5: median attempts of rounds that "
        f"were cleared; picks/h: planning here, simulated motion and {TRANSFER_S:g} s of transfer an attempt",
    )
    table.add_column("method", no_wrap=True)
    for name in (
        "reliability", "AP", "cleared", "strict", "several", "wall", "pushed", "refused", "pushes",
        "fell out", "last 5", "picks/h", "plan p50",
    ):  # fmt: skip
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(
            row.method,
            _interval(row.picked),
            _number(100 * row.average_precision, 1),
            _interval(row.cleared),
            _percent(row.strict),
            str(row.several.count),
            str(row.wall.count),
            str(row.pushed.count),
            str(row.refused),
            str(row.pushes),
            str(row.fell_out.count),
            _number(row.last, 1),
            _number(row.picks_per_hour, 0),
            f"{row.planning_s[0]:.2f} s",
        )
    return table


def _failure_table(title: str, rows: list[ClutterSummary]) -> Table:
    table = Table(title=title)
    table.add_column("method", no_wrap=True)
    for name in FAILURES:
        table.add_column(name.replace("_", " "), justify="right")
    table.add_column("rounds end")
    for row in rows:
        ends = ", ".join(f"{name} {count}" for name, count in row.ends.items() if count)
        table.add_row(row.method, *(str(row.outcomes[name]) for name in FAILURES), ends.replace("_", " "))
    return table


def _published_table(title: str, rows: list[PublishedRow]) -> Table:
    table = Table(title=title)
    for name in ("method", "success", "cleared", "source"):
        table.add_column(name, justify="right" if name in ("success", "cleared") else "left")
    for row in rows:
        table.add_row(row.method, f"{row.success:g} %", _number(row.cleared, 1, " %"), row.source)
    return table


def _interval(share: Share) -> str:
    if not share.total:
        return "-"
    low, high = share.interval
    return f"{100 * share.value:.1f} [{100 * low:.0f}, {100 * high:.0f}]"


def _percent(share: Share) -> str:
    return f"{100 * share.value:.1f}" if share.total else "-"


def _number(value: float, digits: int, unit: str = "") -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}{unit}"
