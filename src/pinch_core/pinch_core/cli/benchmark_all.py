# SPDX-License-Identifier: Apache-2.0
"""Every benchmark in short form: one table, one JSON file, beside the run before."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from pinch_core.atomic_file import write_file
from pinch_core.cli.__main__ import BENCHMARKS, DONE, FELL_SHORT, find_entry_points
from pinch_core.cli.settings import parse
from pinch_core.config import configclass, from_file, from_mapping, setting
from pinch_core.config_kinds import BENCHMARK_LIST
from pinch_core.errors import ConfigError
from pinch_core.machine_facts import machine_facts
from pinch_core.resources import find_config

# In an option: a folder that is new in every run, for benchmarks that else go on with what they have.
SCRATCH = "{scratch}"
# What a figure is not: what the benchmark was asked, and the machine.
_NOT_FIGURES = {"benchmark", "machine", "seed"}
# Fields that tell the entries of a list apart; where an entry has none of them its number does.
_NAMES = ("name", "what", "method", "network", "engine")
# A figure on these is comparable with another run's.
_SAME_MACHINE = ("machine", "processor", "cpus")


@dataclass(frozen=True)
class AllOptions:
    """How to run every benchmark."""

    settings: str = setting(default="short", help="name in config/benchmarks, or a YAML file")
    out: Path = setting(default=Path("results/bench"), help="folder of the JSON files, one for each run")
    json: bool = setting(default=False, help="print the JSON document instead of a table")


@configclass
class ShortRun:
    """Settings of one benchmark."""

    options: tuple[str, ...] = setting(default=(), help="options of the benchmark")
    figures: tuple[str, ...] = setting(default=("*",), help="patterns of the figures that the table shows")


class Comparison(NamedTuple):
    """A figure beside that of the run before; None if that run has no such figure."""

    benchmark: str
    figure: str
    now: float
    before: float | None


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark all``: 0, or 1 if a benchmark failed."""
    options = parse(AllOptions, argv, "pinch benchmark all", (__doc__ or "").strip())
    runs = load_settings(find_config("benchmarks", options.settings))
    before = previous_run(options.out)
    document: dict[str, Any] = {
        "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": machine_facts(),
        "benchmarks": {},
    }
    for name in find_entry_points(BENCHMARKS):
        print(f"benchmark {name}", file=sys.stderr)
        document["benchmarks"][name] = _run(name, runs.get(name, ShortRun()))
    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")
    path = options.out / f"{stamp}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, (json.dumps(document, indent=2) + "\n").encode())
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        _print_table(document, before, runs)
        print(f"written to {path}")
    failed = [name for name, entry in document["benchmarks"].items() if "error" in entry]
    for name in failed:
        print(f"benchmark {name} failed: {document['benchmarks'][name]['error']}", file=sys.stderr)
    return FELL_SHORT if failed else DONE


def load_settings(path: Path) -> dict[str, ShortRun]:
    """Benchmark's name -> how it is run.

    Raises:
        ConfigError: the file cannot be read, or is not a mapping of such settings.
    """
    return from_file(path, lambda sections: _sections(sections, path), BENCHMARK_LIST)


def _sections(sections: Any, path: Path) -> dict[str, ShortRun]:
    if not isinstance(sections, dict):
        raise ConfigError(f"{path} is not a mapping of benchmarks to settings; see config/benchmarks.")
    return {
        str(name): from_mapping(ShortRun, section, f"{path}, section {name}")
        for name, section in sections.items()
    }


def previous_run(folder: Path) -> dict[str, Any] | None:
    """The newest complete document in the folder, or None."""
    for path in sorted(folder.glob("*.json"), reverse=True):
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(document, dict) and isinstance(document.get("benchmarks"), dict):
            return document
    return None


def figures(document: Mapping[str, Any]) -> dict[str, float]:
    """Every number in a benchmark's document by its dotted name."""
    parts = {key: value for key, value in document.items() if key not in _NOT_FIGURES}
    return dict(_leaves(parts, ""))


def compare(
    document: Mapping[str, Any], before: Mapping[str, Any] | None, runs: Mapping[str, ShortRun]
) -> list[Comparison]:
    """The figures to show, beside those of a run with the same options on the same machine."""
    rows = []
    same_machine = before is not None and all(
        before.get("machine", {}).get(fact) == document["machine"][fact] for fact in _SAME_MACHINE
    )
    for name, entry in document["benchmarks"].items():
        old = before["benchmarks"].get(name, {}) if before is not None and same_machine else {}
        old_figures = figures(old.get("result", {})) if old.get("options") == entry["options"] else {}
        patterns = runs.get(name, ShortRun()).figures
        rows += [
            Comparison(name, figure, now, old_figures.get(figure))
            for figure, now in figures(entry.get("result", {})).items()
            if any(fnmatchcase(figure, pattern) for pattern in patterns)
        ]
    return rows


def _run(name: str, run: ShortRun) -> dict[str, Any]:
    """In a process of its own: threads and memory of one benchmark do not slow the next."""
    with tempfile.TemporaryDirectory(prefix="pinch-benchmark-") as scratch:
        options = [option.replace(SCRATCH, scratch) for option in run.options]
        command = [sys.executable, "-m", "pinch_core.cli", "benchmark", name, "--json", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    entry: dict[str, Any] = {"options": list(run.options)}
    try:
        result = json.loads(done.stdout)
    except ValueError:
        result = None
    if done.returncode != DONE or not isinstance(result, dict):
        lines = done.stderr.strip().splitlines()
        return {**entry, "error": f"exit code {done.returncode}: {lines[-1] if lines else 'no JSON printed'}"}
    return {**entry, "result": result}


def _leaves(value: Any, name: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, bool):
        return
    if isinstance(value, (int, float)):
        if math.isfinite(value):
            yield name, float(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves(item, f"{name}.{_label(item, number)}")


def _label(item: Any, number: int) -> str:
    names = [str(item[key]) for key in _NAMES if key in item] if isinstance(item, dict) else []
    return " ".join(names) or str(number)


def _print_table(
    document: Mapping[str, Any], before: Mapping[str, Any] | None, runs: Mapping[str, ShortRun]
) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("benchmark", "figure", title=None if before is None else f"before: {before['time']}")
    for heading in ("now", "before", "change"):
        table.add_column(heading, justify="right")
    for row in compare(document, before, runs):
        old = "" if row.before is None else f"{row.before:,.4g}"
        change = f"{row.now / row.before - 1:+.1%}" if row.before else ""
        table.add_row(row.benchmark, row.figure, f"{row.now:,.4g}", old, change)
    Console().print(table)
    facts = document["machine"]
    print(f"{facts['processor'] or facts['machine']}, {facts['cpus']} CPUs, load {facts['load_1min']:.1f}")
