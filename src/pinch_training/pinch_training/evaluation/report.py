# SPDX-License-Identifier: Apache-2.0
"""The files that an evaluation leaves behind: a page that needs nothing else, and numbers for machines."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinch_core.atomic_file import new_folder
from pinch_core.report.page import Chart, Picture, render_page
from pinch_datagen.dataset import canonical_json
from pinch_training.errors import EvaluationError
from pinch_training.evaluation.evaluation import COLUMNS, Column, Evaluation, Scores, SplitEvaluation

REPORT_FILE, JSON_FILE, CSV_FILE = "report.html", "metrics.json", "metrics.csv"
FILES = frozenset({REPORT_FILE, JSON_FILE, CSV_FILE})


@dataclass(frozen=True)
class SplitFigures:
    """``charts``: curves of all models on a split; ``sheets``: the worst mistakes of each."""

    charts: Sequence[Chart]
    sheets: Sequence[Picture]


@dataclass(frozen=True)
class Cell:
    """Of the table: no ``value`` where it is undefined; ``best`` of its split; ``interval``: lower, upper."""

    value: float | None
    best: bool = False
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Split:
    """What the page shows of a split; ``rows``: model and cells."""

    name: str
    counts: str
    rows: Sequence[tuple[str, Sequence[Cell]]]
    charts: Sequence[Chart]
    sheets: Sequence[Picture]


def check_folder(out: Path) -> None:
    """Refuse, before any work is done, a folder that must not be replaced.

    Raises:
        EvaluationError: it is a file or holds something else than an earlier report.
    """
    if out.exists() and not (out.is_dir() and {path.name for path in out.iterdir()} <= FILES):
        raise EvaluationError(f"{out} holds something else than a report; give a new or an empty folder.")


def write_report(out: Path, evaluation: Evaluation, figures: Mapping[str, SplitFigures]) -> None:
    """Write all files; the folder appears, or takes the place of an earlier report, when they are complete.

    Args:
        figures: of each split, by its name.

    Raises:
        EvaluationError: as :func:`check_folder`.
        OutputError: the folder cannot be written.
    """
    check_folder(out)
    with new_folder(out.absolute()) as folder:
        (folder / REPORT_FILE).write_text(report_html(evaluation, figures), encoding="utf-8")
        (folder / JSON_FILE).write_bytes(metrics_json(evaluation))
        (folder / CSV_FILE).write_text(metrics_csv(evaluation), encoding="utf-8")


def metrics_json(evaluation: Evaluation) -> bytes:
    """All scores by split and model; null where there is no number."""
    splits = {
        name: {model: _plain(dataclasses.asdict(scores)) for model, scores in split.scores.items()}
        for name, split in evaluation.splits.items()
    }
    return canonical_json.encode(
        {"unit": evaluation.unit.value, "dataset": str(evaluation.dataset), "splits": splits}
    )


def metrics_csv(evaluation: Evaluation) -> str:
    """A line for each model on each split; empty where there is no number."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["split", "model", "examples", "positives", *(column.key for column in COLUMNS)])
    for split, model, scores in evaluation.rows:
        values = [column.value(scores) for column in COLUMNS]
        counts = [scores.metrics.count, scores.metrics.positives]
        writer.writerow([split, model, *counts, *("" if math.isnan(v) else f"{v:.6g}" for v in values)])
    return file.getvalue()


def report_html(evaluation: Evaluation, figures: Mapping[str, SplitFigures]) -> str:
    """A page of its own: no script, no network, figures inside."""
    return render_page(
        "pinch_training.evaluation",
        "report.html.jinja",
        dataset=evaluation.dataset.name,
        unit=evaluation.unit.value,
        files=FILES - {REPORT_FILE},
        titles=[column.title for column in COLUMNS],
        splits=[
            Split(name, _counts(evaluation, split), _rows(split), figures[name].charts, figures[name].sheets)
            for name, split in evaluation.splits.items()
        ],
    )


def _counts(evaluation: Evaluation, split: SplitEvaluation) -> str:
    return (
        f"{len(split.labels):,} examples of {split.groups:,} {evaluation.unit.value}s, "
        f"{split.labels.mean():.1%} positive"
    )


def _rows(split: SplitEvaluation) -> list[tuple[str, list[Cell]]]:
    best = [_best(column, list(split.scores.values())) for column in COLUMNS]
    return [
        (model, [_cell(column, scores, top) for column, top in zip(COLUMNS, best, strict=True)])
        for model, scores in split.scores.items()
    ]


def _cell(column: Column, scores: Scores, best: float) -> Cell:
    value = column.value(scores)
    if math.isnan(value):
        return Cell(None)
    interval = column.interval(scores) if column.interval else None
    known = interval is not None and not math.isnan(interval.lower)
    return Cell(
        value,
        f"{value:.3f}" == f"{best:.3f}",
        (interval.lower, interval.upper) if interval is not None and known else None,
    )


def _best(column: Column, scores: Sequence[Scores]) -> float:
    """NaN where no model is better than another."""
    values = [value for value in map(column.value, scores) if not math.isnan(value)]
    return column.best(values) if column.best and values and len(scores) > 1 else math.nan


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value
