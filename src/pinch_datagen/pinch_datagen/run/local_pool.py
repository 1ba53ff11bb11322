# SPDX-License-Identifier: Apache-2.0
"""Worker processes on this machine.

``concurrent.futures`` would do, but for two things: it cannot say which object killed a worker, and it
cannot stop at once.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.process import parent_process

from pinch_core.errors import PinchError
from pinch_datagen.errors import DatagenError
from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.run.native_threads import THREAD_ENVIRONMENT, limit_native_threads
from pinch_datagen.run.work import Outcome, Work


class LocalPool:
    """An :class:`Executor` of ``count`` processes, each with one object at a time.

    A single worker is a process of its own too: so it has as many native threads as any other.
    """

    def __init__(self, count: int) -> None:
        self._count = count

    def map_unordered(self, work: Work, refs: Sequence[ObjectRef]) -> Generator[Outcome, None, None]:
        waiting = iter(refs)
        busy: dict[object, _Worker] = {}
        try:
            for ref in islice(waiting, self._count):
                worker = _Worker(work)
                busy[worker.connection] = worker
                worker.give(ref)
            while busy:
                for connection in wait([worker.connection for worker in busy.values()]):
                    worker = busy[connection]
                    outcome = worker.take()
                    if (following := next(waiting, None)) is not None:
                        worker.give(following)
                    else:
                        busy.pop(connection).kill()
                    yield outcome
        finally:
            for worker in busy.values():
                worker.kill()


class _Worker:
    """A process, and the object it has."""

    def __init__(self, work: Work) -> None:
        # 'spawn': a fork would inherit locked locks, open files and libraries with threads already started.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, work), daemon=True)
        with _worker_environment():
            self._process.start()
        theirs.close()  # so that a dead worker is seen as the end of the stream

    def give(self, ref: ObjectRef) -> None:
        self._ref = ref
        with suppress(BrokenPipeError):  # take() tells what happened
            self.connection.send(ref)

    def take(self) -> Outcome:
        """What became of the object.

        Raises:
            PinchError: the work raised it.
            DatagenError: the process is dead.
        """
        try:
            answer: Outcome | PinchError = self.connection.recv()
        except (EOFError, ConnectionResetError) as error:
            self._process.join()
            raise DatagenError(
                f"a worker {_ending(self._process.exitcode)} while it generated '{self._ref.name}'; the "
                "objects done so far are kept: --resume finishes the rest, with fewer --workers if memory "
                "ran out."
            ) from error
        if isinstance(answer, PinchError):
            raise answer
        return answer

    def kill(self) -> None:
        """At once: what it was writing is left as a temporary folder."""
        self._process.kill()
        self._process.join()
        self.connection.close()


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


def _serve(connection: Connection, work: Work) -> None:
    threading.Thread(target=_die_with_parent, daemon=True).start()
    limit_native_threads()
    with suppress(EOFError):
        while True:
            connection.send(work.attempt(connection.recv()))


def _die_with_parent() -> None:
    """A worker that outlives a killed run would write into the folder of the run that resumes it."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
