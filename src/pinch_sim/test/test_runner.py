# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading
import time

import pytest

from pinch_sim.errors import SimError
from pinch_sim.runner import CellRunner
from pinch_sim.schedule import Schedule


class StillCell:
    """Time without physics."""

    def __init__(self) -> None:
        self.time_ns = 0

    def step(self) -> None:
        self.time_ns += 2_000_000


def runner(cell, factor=1000.0, on_tick=lambda cell: None, errors=None):
    return CellRunner(
        cell, steps_per_tick=5, real_time_factor=factor, on_tick=on_tick,
        on_error=lambda text: (errors if errors is not None else []).append(text),
    )  # fmt: skip


def test_simulated_time_keeps_its_ratio_to_real_time():
    cell, reached = StillCell(), threading.Event()
    run = runner(cell, 5.0, lambda cell: reached.set() if cell.time_ns >= 2_000_000_000 else None)
    start = time.monotonic()
    run.start()
    assert reached.wait(10.0)
    elapsed = time.monotonic() - start
    run.stop()
    assert elapsed == pytest.approx(0.4, abs=0.15)


def test_commands_run_in_the_cells_thread_and_give_back_results_and_exceptions():
    run = runner(StillCell())
    run.start()
    assert run.call(lambda cell: threading.current_thread().name) == "cell"
    with pytest.raises(ZeroDivisionError):
        run.call(lambda cell: 1 / 0)
    run.stop()


def test_a_command_is_taken_at_once_though_the_clock_is_slow():
    run = runner(StillCell(), factor=0.01)
    run.start()
    start = time.monotonic()
    run.call(lambda cell: None)
    assert time.monotonic() - start < 0.5
    run.stop()


def test_a_standing_cell_refuses_commands_and_can_be_started_again():
    run = runner(StillCell())
    with pytest.raises(SimError, match="activate"):
        run.call(lambda cell: None)
    for _ in range(2):
        run.start()
        assert run.call(lambda cell: 1) == 1
        run.stop()
    with pytest.raises(SimError):
        run.call(lambda cell: None)


def test_the_thread_survives_an_exception_of_a_tick():
    errors, cell = [], StillCell()

    def tick(cell):
        if not errors:
            raise ValueError("broken once")

    run = runner(cell, on_tick=tick, errors=errors)
    run.start()
    assert run.call(lambda cell: True)
    run.stop()
    assert "broken once" in errors[0]


@pytest.mark.parametrize(("rate", "expected"), [(15.0, 15), (50.0, 50), (100.0, 100), (7.0, 7)])
def test_a_schedule_comes_due_at_its_rate_without_drift(rate, expected):
    schedule = Schedule(rate)
    due = sum(schedule.is_due(tick * 10_000_000) for tick in range(10_000))
    assert due == pytest.approx(expected * 100, abs=1)
