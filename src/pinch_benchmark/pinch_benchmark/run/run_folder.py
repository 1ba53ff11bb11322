# SPDX-License-Identifier: Apache-2.0
"""The folder of a run: whose it is, and its records, with which an interrupted run goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from pinch_benchmark.errors import BenchmarkError
from pinch_benchmark.run.trial import TrialRecord
from pinch_core.atomic_file import append_line, write_file
from pinch_core.plain_text import parse_json

CONFIG = "config.json"
RECORDS = "trials.jsonl"


def claim(folder: Path, mine: Mapping[str, object]) -> None:
    """Make the folder that of the run that ``mine`` describes: records of other scenes must not be mixed with
    its own.

    Raises:
        BenchmarkError: the folder holds another run, or does not say which.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / CONFIG
    if path.exists():
        try:
            theirs = parse_json(path.read_bytes())
        except ValueError as error:
            raise BenchmarkError(
                f"{path} does not say what run the folder holds ({error}); name another --out."
            ) from error
        if theirs != dict(mine):
            raise BenchmarkError(
                f"{folder} holds a run of {theirs}, not of {dict(mine)}; name another --out."
            )
    write_file(path, (json.dumps(dict(mine), indent=2) + "\n").encode())


def append_records(folder: Path, records: Sequence[TrialRecord]) -> None:
    """Add lines to the folder's records; each is whole or not there."""
    for record in records:
        append_line(folder / RECORDS, json.dumps(asdict(record)).encode())


def read_records(folder: Path) -> list[TrialRecord]:
    """Records of an earlier run, none where there was none; without a last line that was torn off.

    Raises:
        BenchmarkError: a whole line is no record.
    """
    path = folder / RECORDS
    if not path.exists():
        return []
    *whole, _ = path.read_text(encoding="utf-8").split("\n")
    records = []
    for number, line in enumerate(whole, 1):
        try:
            records.append(TrialRecord(**parse_json(line)))
        except (ValueError, TypeError) as error:
            raise BenchmarkError(
                f"{path}:{number} is no record of a trial ({error}); delete the line or the file."
            ) from error
    return records
