# SPDX-License-Identifier: Apache-2.0
"""A function of many items in processes of this machine."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import parent_process
from typing import Any, Generic, TypeVar

from pinch_core.errors import PinchError
from pinch_datagen.errors import DatagenError
from pinch_datagen.run.native_threads import THREAD_ENVIRONMENT, limit_native_threads

Item = TypeVar("Item")
Result = TypeVar("Result")


class DeadWorkerError(DatagenError):
    """A worker process ended by itself. ``exit_code``: as of :class:`multiprocessing.Process`."""

    def __init__(self, name: str, exit_code: int | None, remedy: str) -> None:
        super().__init__(f"a worker {_ending(exit_code)} while it worked on {name}; {remedy}")
        self.exit_code = exit_code


@dataclass(frozen=True)
class ProcessMap(Generic[Item, Result]):
    """``count`` processes, each with one item at a time and with one native thread. ``attempt`` must be
    picklable; it may return a :class:`PinchError` instead of raising it.

    ``name_of`` and ``remedy`` are for the message when a worker dies.
    """

    count: int
    attempt: Callable[[Item], Result | PinchError]
    name_of: Callable[[Item], str]
    remedy: str

    def map_unordered(self, items: Iterable[Item]) -> Generator[Result, None, None]:
        """The result of each item, as they come; when the generator is closed, or raises, workers are dead.

        Raises:
            DeadWorkerError: a process died.
            PinchError: ``attempt`` returned or raised it.
        """
        waiting = iter(items)
        with ExitStack() as workers:
            busy: dict[Future[Result | PinchError], tuple[_Worker, Item]] = {}
            for item in islice(waiting, self.count):
                worker = _Worker()
                workers.callback(worker.kill)
                busy[worker.submit(self.attempt, item)] = (worker, item)
            while busy:
                done, _ = wait(busy, return_when=FIRST_COMPLETED)
                for future in done:
                    worker, item = busy.pop(future)
                    result = self._result(future, worker, item)
                    for following in islice(waiting, 1):
                        busy[worker.submit(self.attempt, following)] = (worker, following)
                    yield result

    def _result(self, future: Future[Result | PinchError], worker: _Worker, item: Item) -> Result:
        try:
            answer = future.result()
        except BrokenProcessPool as error:
            raise DeadWorkerError(self.name_of(item), worker.exit_code(), self.remedy) from error
        if isinstance(answer, PinchError):
            raise answer
        return answer


class _Worker:
    """A pool of one process, so that a dead process is known by the item that it had."""

    def __init__(self) -> None:
        self._context = _RememberingContext()
        self._pool = ProcessPoolExecutor(1, self._context, initializer=_prepare)

    def submit(self, attempt: Callable[[Item], Result], item: Item) -> Future[Result]:
        with _worker_environment():  # the first call starts the process
            return self._pool.submit(attempt, item)

    def exit_code(self) -> int | None:
        """Of a process that died."""
        self._pool.shutdown()
        return self._context.process.exitcode if self._context.process else None

    def kill(self) -> None:
        """At once: what it was writing is left as a temporary folder."""
        if self._context.process:
            self._context.process.kill()
        self._pool.shutdown()


class _RememberingContext(SpawnContext):
    """Processes by 'spawn': a fork would inherit locked locks, open files and libraries with threads started.
    The last one is kept, as pools kill no process that is busy.
    """

    process: SpawnProcess | None = None

    def Process(self, *args: Any, **kwargs: Any) -> SpawnProcess:  # type: ignore[override]
        self.process = SpawnProcess(*args, **kwargs)
        return self.process


def _ending(exit_code: int | None) -> str:
    if exit_code is None or exit_code >= 0:
        return f"ended with exit code {exit_code}"
    return f"was killed by {signal.Signals(-exit_code).name}"


@contextmanager
def _worker_environment() -> Iterator[None]:
    """What a process started in here inherits: the limits on threads, and deafness to Ctrl-C.

    The terminal sends Ctrl-C to all processes; this one decides and ends the others.
    """
    before = {name: os.environ.get(name) for name in THREAD_ENVIRONMENT}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    os.environ.update(THREAD_ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _prepare() -> None:
    die_with_parent()
    limit_native_threads()


def die_with_parent() -> None:
    """End this process, started by multiprocessing, with the one that started it.

    A worker that outlives a killed run would write into the folder of the run that resumes it.
    """
    threading.Thread(target=_wait_and_die, daemon=True).start()


def _wait_and_die() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
