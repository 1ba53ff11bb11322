# SPDX-License-Identifier: Apache-2.0
"""What an experiment came to, and the files that say it: figures, a table of all trials, a plot."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pinch_benchmark.report.document import report_document
from pinch_benchmark.report.plots import plot_success_against_quality
from pinch_benchmark.report.summary import (
    LabelAgreement,
    MethodSummary,
    RecognitionSummary,
    recognition,
    summarize,
)
from pinch_benchmark.run.experiment import Experiment
from pinch_benchmark.run.trial import TrialRecord


@dataclass(frozen=True)
class RunReport:
    """Figures of all methods; ``document``: the same for programs."""

    summaries: list[MethodSummary]
    recognized: list[RecognitionSummary]
    agreement: LabelAgreement
    document: dict[str, object]

    @classmethod
    def of(cls, experiment: Experiment, records: Sequence[TrialRecord]) -> RunReport:
        """Of the experiment's records."""
        summaries = summarize(records, experiment.rows)
        recognized = recognition(records, experiment.methods)
        agreement = LabelAgreement.of(records, experiment.config.quality.min_robust_epsilon)
        document = report_document(experiment, summaries, recognized, agreement)
        return cls(summaries, recognized, agreement, document)


def write_report(experiment: Experiment, records: Sequence[TrialRecord], folder: Path) -> RunReport:
    """Write ``summary.json``, ``trials.csv`` and ``success_against_quality.png``."""
    report = RunReport.of(experiment, records)
    (folder / "summary.json").write_text(json.dumps(report.document, indent=2) + "\n")
    _write_csv(folder / "trials.csv", records)
    plot_success_against_quality(records, folder / "success_against_quality.png")
    return report


def _write_csv(path: Path, records: Sequence[TrialRecord]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [each.name for each in dataclasses.fields(TrialRecord)])
        writer.writeheader()
        writer.writerows(dataclasses.asdict(record) for record in records)
