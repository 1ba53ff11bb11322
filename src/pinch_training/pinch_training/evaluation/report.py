# SPDX-License-Identifier: Apache-2.0
"""The files that an evaluation leaves behind: a page that needs nothing else, and numbers for machines."""

from __future__ import annotations

import base64
import csv
import dataclasses
import html
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinch_core.atomic_file import new_folder
from pinch_datagen.dataset import canonical_json
from pinch_training.evaluation.errors import EvaluationError
from pinch_training.evaluation.evaluation import COLUMNS, Column, Evaluation, Scores

REPORT_FILE, JSON_FILE, CSV_FILE = "report.html", "metrics.json", "metrics.csv"
FILES = frozenset({REPORT_FILE, JSON_FILE, CSV_FILE})

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222;
       max-width: 1480px; margin: 2em auto; padding: 0 1.5em }
h1 { font-size: 1.6em } h2 { font-size: 1.2em; margin-top: 2.4em; border-bottom: 1px solid #ddd }
.wide { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .3em .6em; text-align: right; vertical-align: top }
th { font-weight: 600; font-size: .85em; vertical-align: bottom }
th:first-child, td:first-child { text-align: left; white-space: nowrap }
thead th { border-bottom: 2px solid #222 } tbody tr { border-bottom: 1px solid #eee }
.split td { font-weight: 600; text-align: left; padding-top: 1.2em; color: #0072B2 }
.best { font-weight: 700 } .interval { display: block; font-size: .75em; color: #8c8c8c; white-space: nowrap }
figure { margin: 1.2em 0 } img { max-width: 100%; height: auto } .note { color: #666; font-size: .9em }
"""


@dataclass(frozen=True)
class Picture:
    """``png``: the file's bytes."""

    title: str
    png: bytes


def check_folder(out: Path) -> None:
    """Refuse, before any work is done, a folder that must not be replaced.

    Raises:
        EvaluationError: it is a file or holds something else than an earlier report.
    """
    if out.exists() and not (out.is_dir() and {path.name for path in out.iterdir()} <= FILES):
        raise EvaluationError(f"{out} holds something else than a report; give a new or an empty folder.")


def write_report(out: Path, evaluation: Evaluation, pictures: Iterable[Picture]) -> None:
    """Write all files; the folder appears, or takes the place of an earlier report, when they are complete.

    Raises:
        EvaluationError: as :func:`check_folder`.
        OutputError: the folder cannot be written.
    """
    check_folder(out)
    with new_folder(out.absolute()) as folder:
        (folder / REPORT_FILE).write_text(report_html(evaluation, pictures), encoding="utf-8")
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


def report_html(evaluation: Evaluation, pictures: Iterable[Picture]) -> str:
    """A page of its own: no script, no network, pictures inside."""
    title = f"Evaluation on {evaluation.dataset.name}"
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>',
            f"<style>{STYLE}</style></head><body>",
            f"<h1>{html.escape(title)}</h1>",
            *_table(evaluation),
            *(line for picture in pictures for line in _figure(picture)),
            "</body></html>",
        ]
    )


def _table(evaluation: Evaluation) -> Iterator[str]:
    heads = "".join(f"<th>{html.escape(column.title)}</th>" for column in COLUMNS)
    yield f'<div class="wide"><table><thead><tr><th>model</th>{heads}</tr></thead><tbody>'
    for name, split in evaluation.splits.items():
        counts = (
            f"{len(split.labels):,} examples of {split.groups:,} {evaluation.unit.value}s, "
            f"{split.labels.mean():.1%} positive"
        )
        cell = f'<td colspan="{len(COLUMNS) + 1}">{html.escape(name)} <span class="note">{counts}</span></td>'
        yield f'<tr class="split">{cell}</tr>'
        best = [_best(column, list(split.scores.values())) for column in COLUMNS]
        for model, scores in split.scores.items():
            cells = "".join(_cell(column, scores, top) for column, top in zip(COLUMNS, best, strict=True))
            yield f"<tr><td>{html.escape(model)}</td>{cells}</tr>"
    yield "</tbody></table></div>"
    yield (
        '<p class="note">Bold: the best of a split. '
        f"Small: 95 % intervals over other {evaluation.unit.value}s. "
        "&ndash;: undefined, for want of one class or of a q above the threshold.</p>"
    )


def _cell(column: Column, scores: Scores, best: float) -> str:
    value = column.value(scores)
    if math.isnan(value):
        return "<td>&ndash;</td>"
    text = f'<span class="best">{value:.3f}</span>' if f"{value:.3f}" == f"{best:.3f}" else f"{value:.3f}"
    interval = column.interval(scores) if column.interval else None
    if interval is not None and not math.isnan(interval.lower):
        text += f'<span class="interval">{interval.lower:.3f} &ndash; {interval.upper:.3f}</span>'
    return f"<td>{text}</td>"


def _best(column: Column, scores: Sequence[Scores]) -> float:
    """NaN where no model is better than another."""
    values = [value for value in map(column.value, scores) if not math.isnan(value)]
    return column.best(values) if column.best and values and len(scores) > 1 else math.nan


def _figure(picture: Picture) -> Iterator[str]:
    title = html.escape(picture.title)
    data = base64.b64encode(picture.png).decode("ascii")
    yield f"<h2>{title}</h2>"
    yield f'<figure><img alt="{title}" src="data:image/png;base64,{data}"></figure>'


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value
