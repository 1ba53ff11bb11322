# SPDX-License-Identifier: Apache-2.0
"""What a run tells while it lasts: on the console and in TensorBoard."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from bar_data import dexnet_folder
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from pinch_core.cli.duration import duration
from pinch_datagen.dataset.dataset import Dataset
from pinch_training.cli.display import Pace, showing
from pinch_training.cli.train import main
from pinch_training.training.run_folder import RunFolder
from pinch_training.training.train import train
from pinch_training.training.train_config import TrainConfig
from pinch_training.training.watcher import EpochFigures, Step, Watcher

CONFIG = TrainConfig(epochs=2, batch=64, validation_share=0.2, test_share=0.2)
STEPS = 540 // 64


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return dexnet_folder(tmp_path_factory.mktemp("data") / "bars")


def events(folder: RunFolder) -> EventAccumulator:
    accumulator = EventAccumulator(str(folder.events))
    accumulator.Reload()
    return accumulator


def test_tensorboard_shows_every_step_once_and_the_figures_of_the_table(
    dataset: Dataset, tmp_path: Path
) -> None:
    class Interrupted(Exception):
        pass

    def stop_in_the_second(step: Step) -> None:
        if step.epoch == 2:
            raise Interrupted

    folder = RunFolder(tmp_path / "run")
    with pytest.raises(Interrupted):
        train(dataset, CONFIG, folder, watcher=Watcher(on_step=stop_in_the_second))
    train(dataset, CONFIG, folder, resume=True)
    shown = events(folder)
    assert [one.step for one in shown.Scalars("step/loss")] == list(range(1, 2 * STEPS + 1))
    rows = list(csv.DictReader(folder.metrics.read_text().splitlines()))
    for name in ("train_loss", "validation_loss", "average_precision", "accuracy", "learning_rate"):
        scalars = shown.Scalars(f"epoch/{name}")
        assert [one.step for one in scalars] == [STEPS, 2 * STEPS]
        assert [one.value for one in scalars] == pytest.approx([float(row[name]) for row in rows], rel=1e-6)


def test_the_watcher_is_told_of_every_example(dataset: Dataset, tmp_path: Path) -> None:
    steps: list[Step] = []
    epochs: list[EpochFigures] = []
    read: list[tuple[int, int]] = []
    begun: list[int] = []
    watcher = Watcher(lambda *told: read.append(told), begun.append, steps.append, epochs.append)
    trained = train(dataset, CONFIG, RunFolder(tmp_path / "run"), watcher=watcher)
    assert read[-1] == (900, 900)
    assert begun == [STEPS]
    assert [step.number for step in steps] == list(range(1, 2 * STEPS + 1))
    assert sum(step.examples for step in steps) == 2 * STEPS * 64
    assert tuple(epochs) == trained.progress.history
    for figures in epochs:
        losses = [step.loss for step in steps if step.epoch == figures.epoch]
        assert figures.train_loss == pytest.approx(sum(losses) / len(losses))


@given(st.integers(1, 50), st.integers(1, 200), st.integers(0, 5), st.floats(0.01, 100.0), st.integers(1, 40))
def test_at_a_constant_pace_the_time_left_is_true(
    epochs: int, steps: int, epochs_before: int, step_s: float, done: int
) -> None:
    """``epochs_before``: of the run that is resumed."""
    total = epochs + epochs_before
    pace = Pace(total, steps, started=1000.0)
    done = min(done, epochs * steps)
    for number in range(1, done + 1):
        first = epochs_before * steps
        pace.look(Step((first + number - 1) // steps + 1, first + number, 10, 0.5))
    text = pace.text(1000.0 + done * step_s)
    assert f"at most {duration((epochs * steps - done) * step_s)} left" in text
    assert f"{10 / step_s:,.0f} examples/s" in text
    assert f"epoch {epochs_before + -(-done // steps)}/{total}, loss 0.5000" in text
    assert pace.share == pytest.approx((epochs_before * steps + done) / (total * steps))


def test_without_a_terminal_lines_are_printed_now_and_then() -> None:
    console = Console(file=io.StringIO(), width=200)
    with showing(console, 3, interval=0.0) as watcher:
        watcher.on_read(10, 40)
        watcher.on_begin(5)
        watcher.on_step(Step(1, 1, 8, 0.7))
    with showing(console, 3, interval=1e9) as watcher:
        watcher.on_begin(5)
        watcher.on_step(Step(1, 1, 8, 0.7))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert text.startswith("reading 10 of 40 examples\nepoch 1/3, loss 0.7000, ")
    assert len(text.splitlines()) == 2


def test_a_terminal_shows_a_bar() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    with showing(console, 3) as watcher:
        watcher.on_begin(5)
        watcher.on_step(Step(1, 1, 8, 0.7))
    assert "epoch 1/3, loss 0.7000" in console.file.getvalue()  # type: ignore[attr-defined]


def test_the_command_says_what_came_out(
    dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    arguments = ["--data", str(dataset.path), "--out", str(out), "--train.batch", "64", "--epochs", "1"]
    assert main([*arguments, "--train.split", "image", "--train.device", "cpu", "--threads", "1"]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0] == f"{out / 'model.safetensors'}: best of 1 epochs is 1"
    assert lines[1].startswith("validation images: 90 examples, AP ")
    assert lines[2].startswith("held-out images: 90 examples, AP ")
    assert "900 examples, " in printed.err and "epoch 1: loss " in printed.err
    again = replace(TrainConfig(), epochs=1, batch=64, split="image", device="cpu")
    assert RunFolder(out).begin(again, resume=True)
