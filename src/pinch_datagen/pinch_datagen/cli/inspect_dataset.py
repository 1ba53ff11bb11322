# SPDX-License-Identifier: Apache-2.0
"""Look into a dataset: its figures, contact sheets of its examples, and its objects with their grasps."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from pinch_core.cli.__main__ import DONE
from pinch_core.cli.places import split_places
from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting

PROGRAM = "pinch datagen inspect DIR"
REPORT_FOLDER = "inspect"


@configclass
class InspectOptions:
    """What to show, and where."""

    out: Path | None = setting(default=None, help=f"folder for the report, by default DIR/{REPORT_FOLDER}")
    object: str | None = setting(
        default=None,
        help="name of the object to draw with its grasps, by default the three with most positives",
    )
    seed: int = setting(default=0, help="seed of the choice of examples", lower=0, upper=2**63 - 1)
    json: bool = setting(default=False, help="print one JSON document instead of a table")


def main(argv: Sequence[str]) -> int:
    """``pinch datagen inspect``: figures to stdout, the names of the files written to stderr."""
    (directory,), rest = split_places(argv, 1, PROGRAM, "the dataset's folder")
    options = parse(InspectOptions, rest, PROGRAM, (__doc__ or "").strip())
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
