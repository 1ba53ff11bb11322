# SPDX-License-Identifier: Apache-2.0
"""How far a run is: a bar on a terminal, a line now and then elsewhere; skipped objects at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pinch_core.cli.duration import duration
from pinch_datagen.run.work import Outcome

LINE_INTERVAL_S = 10.0

Show: TypeAlias = Callable[[Outcome], None]


@dataclass
class Tally:
    """Sums over the objects of this run; ``done_before``: objects that an earlier one finished."""

    total: int
    done_before: int
    started: float = field(default_factory=time.monotonic)
    objects: int = 0
    examples: int = 0
    skipped: int = 0

    def add(self, outcome: Outcome) -> None:
        self.objects += 1
        self.examples += outcome.examples
        self.skipped += outcome.skipped_reason is not None

    @property
    def done(self) -> int:
        return self.done_before + self.objects

    def rates(self) -> str:
        seconds = max(time.monotonic() - self.started, 1e-9)
        return f"{self.examples} examples, {self.examples / seconds:.0f}/s, {self.skipped} skipped"

    def seconds_left(self) -> float:
        """By this run's pace; it needs an object of this run."""
        return (time.monotonic() - self.started) / self.objects * (self.total - self.done)


@contextmanager
def progress_on(console: Console, total: int, done: int, interval: float = LINE_INTERVAL_S) -> Iterator[Show]:
    """Lends a function to call with each outcome. ``interval``: seconds between lines in place of a bar."""
    tally = Tally(total, done)
    with _bar(console, tally) if console.is_terminal else _lines(console, tally, interval) as refresh:

        def show(outcome: Outcome) -> None:
            tally.add(outcome)
            if outcome.skipped_reason is not None:
                _print(console, f"warning: {outcome.name} is skipped: {outcome.skipped_reason}")
            refresh()

        yield show


@contextmanager
def _bar(console: Console, tally: Tally) -> Iterator[Callable[[], None]]:
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("objects, {task.description}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, speed_estimate_period=600.0) as bar:
        task = bar.add_task("starting", total=tally.total, completed=tally.done)
        yield lambda: bar.update(task, completed=tally.done, description=tally.rates())


@contextmanager
def _lines(console: Console, tally: Tally, interval: float) -> Iterator[Callable[[], None]]:
    printed = time.monotonic()

    def refresh() -> None:
        nonlocal printed
        if time.monotonic() - printed >= interval or tally.done == tally.total:
            printed = time.monotonic()
            left = duration(tally.seconds_left())
            _print(console, f"{tally.done}/{tally.total} objects, {tally.rates()}, {left} left")

    yield refresh


def _print(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
