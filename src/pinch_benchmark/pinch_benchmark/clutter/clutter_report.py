# SPDX-License-Identifier: Apache-2.0
"""What a run of the clutter benchmark came to, and the files that say it."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pinch_benchmark.clutter.clutter_experiment import ClutterExperiment
from pinch_benchmark.clutter.clutter_summary import TRANSFER_S, ClutterSummary, summarize_rounds
from pinch_benchmark.clutter.plan_ratio import PlanRatio
from pinch_benchmark.clutter.records import AttemptRecord, RoundRecord, scenes_of
from pinch_benchmark.report.document import finite, share_document
from pinch_core.atomic_file import write_file
from pinch_core.machine_facts import machine_facts
from pinch_core.share import Share

# In attempts.csv objects stand by name; where they were, rounds.jsonl has.
_COLUMNS = [each.name for each in dataclasses.fields(AttemptRecord) if each.name not in ("before", "grasp")]
_BY_NUMBER = ("target", "pushed_object", "lifted", "held", "taken", "fell_out")


@dataclass(frozen=True)
class ClutterReport:
    """Figures of all methods on all scenes; ``document``: the same for programs."""

    summaries: list[ClutterSummary]
    ratios: Sequence[PlanRatio]
    document: dict[str, object]


def write_clutter_report(
    experiment: ClutterExperiment, records: Sequence[RoundRecord], ratios: Sequence[PlanRatio], folder: Path
) -> ClutterReport:
    """Write ``summary.json``, ``attempts.csv`` and a success curve of each scene."""
    summaries = summarize_rounds(records)
    document = _document(experiment, summaries, ratios)
    (folder / "summary.json").write_text(json.dumps(document, indent=2) + "\n")
    _write_csv(folder / "attempts.csv", records)
    for scene in scenes_of(records):
        _plot_curves([each for each in summaries if each.scene == scene], folder / f"cleared_{scene}.png")
    return ClutterReport(summaries, ratios, document)


def _document(
    experiment: ClutterExperiment, summaries: Sequence[ClutterSummary], ratios: Sequence[PlanRatio]
) -> dict[str, object]:
    return {
        "benchmark": "clutter",
        "world": "MuJoCo, a gripper without an arm",
        "run": experiment.identity,
        "transfer_s": TRANSFER_S,
        "results": [_summary(summary) for summary in summaries],
        "plan_ratios": [{**dataclasses.asdict(each), "ratio": finite(each.ratio)} for each in ratios],
        "machine": machine_facts(),
    }


def _summary(summary: ClutterSummary) -> dict[str, object]:
    found: dict[str, object] = {}
    for each in dataclasses.fields(summary):
        value = getattr(summary, each.name)
        if isinstance(value, Share):
            found[each.name] = share_document(value)
        elif isinstance(value, float):
            found[each.name] = finite(value)
        else:
            found[each.name] = value
    found["planning_s"] = {
        "p50": finite(summary.planning_s[0]),
        "p99": finite(summary.planning_s[1]),
    }
    found["curve"] = [round(float(value), 4) for value in summary.curve]
    found["picks_per_simulated_hour"] = found.pop("picks_per_hour")
    return found


def _write_csv(path: Path, records: Sequence[RoundRecord]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["scene", "method", "number", "attempt", *_COLUMNS])
        for record in records:
            for number, attempt in enumerate(record.attempts):
                row = [_cell(record, name, getattr(attempt, name)) for name in _COLUMNS]
                writer.writerow([record.scene, record.method, record.number, number, *row])


def _cell(record: RoundRecord, column: str, value: object) -> object:
    if column not in _BY_NUMBER:
        return value
    numbers = value if isinstance(value, tuple) else (value,)
    return " ".join(record.objects[k] for k in numbers if k >= 0)


def _plot_curves(summaries: Sequence[ClutterSummary], path: Path) -> None:
    """A PNG: share of the objects taken after each attempt, a line a method."""
    from pinch_core.report.palette import line_styles
    from pinch_core.report.plots import add_legend, one_plot, png

    figure, axis = one_plot("attempts", "share of the objects taken", width=6.5, height=4.5)
    styles = line_styles(summary.method for summary in summaries)
    for summary in summaries:
        axis.plot(range(len(summary.curve)), summary.curve, label=summary.method, **styles[summary.method])
    axis.set(ylim=(0, 1.03))
    add_legend(axis, loc="lower right")
    write_file(path, png(figure, dpi=110))
