# SPDX-License-Identifier: Apache-2.0
"""Look into a dataset: its figures, contact sheets of its examples, and its objects with their grasps."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pinch_core.cli.__main__ import DONE
from pinch_core.cli.settings import parse
from pinch_core.config import setting, validate
from pinch_datagen.errors import DatagenError

PROGRAM = "pinch datagen inspect DIR"
REPORT_FOLDER = "inspect"


@dataclass(frozen=True)
class InspectOptions:
    """What to show, and where."""

    out: Path | None = setting(None, help=f"folder for the pictures, by default DIR/{REPORT_FOLDER}")
    object: str | None = setting(
        None, help="name of the object to draw with its grasps, by default the three with most positives"
    )
    seed: int = setting(0, help="seed of the choice of examples", lower=0, upper=2**63 - 1)
    json: bool = setting(False, help="print one JSON document instead of a table")

    def __post_init__(self) -> None:
        validate(self)


def main(argv: Sequence[str]) -> int:
    """``pinch datagen inspect``: figures to stdout, the names of the files written to stderr."""
    directory, options = _arguments(argv)
    import numpy as np

    from pinch_datagen.dataset import canonical_json
    from pinch_datagen.inspect.report import chosen_shards, open_subject, write_report
    from pinch_datagen.inspect.statistics import compute_statistics
    from pinch_datagen.inspect.statistics_table import printable, statistics_table

    subject = open_subject(directory)
    for warning in subject.warnings:
        print(f"warning: {printable(warning)}", file=sys.stderr)
    shards = chosen_shards(subject, options.object)
    population = subject.population()
    figures = compute_statistics(subject, population)
    if options.json:
        print(canonical_json.encode(dataclasses.asdict(figures)).decode(), end="")
    else:
        print(statistics_table(figures))
    folder = directory / REPORT_FOLDER if options.out is None else options.out
    rng = np.random.default_rng(options.seed)
    for path in write_report(folder, subject, figures, population, shards, rng):
        print(f"written: {printable(str(path))}", file=sys.stderr)
    return DONE


def _arguments(argv: Sequence[str]) -> tuple[Path, InspectOptions]:
    named = bool(argv) and not argv[0].startswith("-")
    if not named and not {"-h", "--help"} & set(argv):
        raise DatagenError(f"the dataset's folder is missing; name it before any option: {PROGRAM}.")
    options = parse(InspectOptions, argv[named:], PROGRAM, (__doc__ or "").strip())
    return Path(argv[0]), options
