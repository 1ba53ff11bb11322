# SPDX-License-Identifier: Apache-2.0
"""Runs a cell in a separate thread at a given real-time factor; other threads send it commands."""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from pinch_sim.cell import Cell
from pinch_sim.errors import SimError

R = TypeVar("R")

# If behind by more than this (the machine stalled), the schedule restarts instead of catching up in a long
# burst.
MAX_LAG_S = 0.5


class CellRunner:
    """Owns the thread that steps the cell; all access to the cell goes through :meth:`call`.

    Args:
        on_tick: called in the cell's thread at every tick, after the commands and before the steps.
        steps_per_tick: physics steps between two ticks.
        on_error: gets the text of an exception that a tick raised; the thread continues.
    """

    def __init__(
        self,
        cell: Cell,
        *,
        steps_per_tick: int,
        real_time_factor: float,
        on_tick: Callable[[Cell], None],
        on_error: Callable[[str], None],
    ) -> None:
        self.real_time_factor = real_time_factor
        self._cell = cell
        self._steps_per_tick = steps_per_tick
        self._on_tick = on_tick
        self._on_error = on_error
        self._commands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._stop.set()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Step from now on."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="cell", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop stepping; waiting commands are refused. start() may follow."""
        self._stop.set()
        if self._thread is not None:
            self._commands.put(lambda: None)
            self._thread.join(timeout=10.0)
            self._thread = None
        while not self._commands.empty():
            self._commands.get_nowait()()

    def call(self, command: Callable[[Cell], R], timeout: float = 30.0) -> R:
        """Run ``command`` in the cell's thread between two steps and return its result or raise its
        exception.

        Raises:
            SimError: the cell is stopped.
        """
        future: Future[R] = Future()

        def run() -> None:
            if self._stop.is_set():
                future.set_exception(SimError("the cell stands still; activate the node."))
                return
            try:
                future.set_result(command(self._cell))
            except Exception as error:
                future.set_exception(error)

        if self._stop.is_set():
            raise SimError("the cell stands still; activate the node.")
        self._commands.put(run)
        return future.result(timeout)

    def _run(self) -> None:
        pace = _Pace(self._cell.time_ns)
        while not self._stop.is_set():
            pause = pace.pause(self._cell.time_ns, self.real_time_factor)
            self._take_commands(pause)
            try:
                self._on_tick(self._cell)
                for _ in range(self._steps_per_tick):
                    self._cell.step()
            except Exception:
                self._on_error(traceback.format_exc())

    def _take_commands(self, pause: float) -> None:
        """Execute waiting commands, and wait for more for ``pause`` seconds.

        A late thread never sleeps: on a busy machine each sleep takes far longer than requested.
        mj_step releases the interpreter lock for the other threads.
        """
        end = time.monotonic() + pause
        while not self._stop.is_set():
            remaining = end - time.monotonic()
            try:
                self._commands.get(block=remaining > 0, timeout=max(remaining, 0.0))()
            except queue.Empty:
                return


class _Pace:
    """How long to wait so that simulated time keeps its ratio to real time."""

    def __init__(self, sim_ns: int) -> None:
        self._factor: Any = None
        self._start_sim_ns = sim_ns
        self._start_wall = time.monotonic()

    def pause(self, sim_ns: int, factor: float) -> float:
        now = time.monotonic()
        due = self._start_wall + (sim_ns - self._start_sim_ns) * 1e-9 / factor
        if factor != self._factor or now - due > MAX_LAG_S:
            self._factor, self._start_sim_ns, self._start_wall = factor, sim_ns, now
            return 0.0
        return max(due - now, 0.0)
