# SPDX-License-Identifier: Apache-2.0
"""How far a training is: a bar on a terminal, a line now and then elsewhere; and a line for each epoch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from pinch_core.cli.duration import duration
from pinch_training.training.watcher import EpochFigures, Step, Watcher

LINE_INTERVAL_S = 10.0
# Weight of a new loss in the one that is shown.
SMOOTHING = 0.05


@dataclass
class Pace:
    """Loss, speed and time left of a run of ``epochs`` of ``steps`` steps."""

    epochs: int
    steps: int
    started: float = field(default_factory=time.monotonic)
    examples: int = 0
    loss: float | None = None
    first_step: int = 0
    last_step: int = 0

    def look(self, step: Step) -> None:
        if self.loss is None:
            self.loss, self.first_step = step.loss, step.number - 1
        self.loss += SMOOTHING * (step.loss - self.loss)
        self.examples += step.examples
        self.last_step = step.number

    @property
    def share(self) -> float:
        """Of all steps, those done."""
        return self.last_step / (self.epochs * self.steps)

    def text(self, now: float) -> str:
        """At a time of :func:`time.monotonic`; scoring counts too. It needs a step of this run."""
        seconds = max(now - self.started, 1e-9)
        epoch = -(-self.last_step // self.steps)
        left = seconds / (self.last_step - self.first_step) * (self.epochs * self.steps - self.last_step)
        return (
            f"epoch {epoch}/{self.epochs}, loss {self.loss:.4f}, {self.examples / seconds:,.0f} examples/s, "
            f"at most {duration(left)} left"
        )


@contextmanager
def showing(console: Console, epochs: int, interval: float = LINE_INTERVAL_S) -> Iterator[Watcher]:
    """Lends a watcher that shows what it is told.

    Args:
        interval: seconds between lines where there is no terminal.
    """
    with _bar(console) if console.is_terminal else _lines(console, interval) as show:
        pace: Pace | None = None

        def on_read(done: int, total: int) -> None:
            show(f"reading {done:,} of {total:,} examples", done / max(total, 1))

        def on_begin(steps: int) -> None:
            nonlocal pace
            pace = Pace(epochs, steps)

        def on_step(step: Step) -> None:
            assert pace is not None
            pace.look(step)
            show(pace.text(time.monotonic()), pace.share)

        yield Watcher(on_read, on_begin, on_step, lambda figures: _print_epoch(console, figures))


@contextmanager
def _bar(console: Console) -> Iterator[Callable[[str, float], None]]:
    columns = (BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=1.0)
        yield lambda text, share: progress.update(task, completed=share, description=text)


@contextmanager
def _lines(console: Console, interval: float) -> Iterator[Callable[[str, float], None]]:
    printed = time.monotonic()

    def show(text: str, share: float) -> None:
        nonlocal printed
        if time.monotonic() - printed >= interval:
            printed = time.monotonic()
            _print(console, text)

    yield show


def _print_epoch(console: Console, figures: EpochFigures) -> None:
    scored = (
        f"validation {figures.validation_loss:.4f}, AP {figures.average_precision:.4f}, "
        f"accuracy {figures.accuracy:.4f}"
    )
    if figures.epoch == 0:
        _print(console, f"untrained: {scored}")
        return
    _print(
        console,
        f"epoch {figures.epoch}: loss {figures.train_loss:.4f}, {scored}, "
        f"{figures.examples_per_s:,.0f} examples/s",
    )


def _print(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
