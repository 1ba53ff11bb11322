# SPDX-License-Identifier: Apache-2.0
"""Frames over all cores, a few at a time, results in the order of the frames."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor

from pinch_bags.evaluate.frame_job import FrameResult, FrameSettings, run_frame_job
from pinch_bags.evaluate.frame_source import FrameJob
from pinch_datagen.run.native_threads import limit_native_threads

# Frames that wait for a worker, for each of them: enough that none waits for the reader, few in memory.
_AHEAD = 2


def run_frame_jobs(jobs: Iterator[FrameJob], settings: FrameSettings, workers: int) -> Iterator[FrameResult]:
    """The result of each job; an exception of ``jobs`` comes after the results of the jobs before it.

    Raises:
        PinchError: a contender cannot be loaded.
    """
    if workers == 1:
        for job in jobs:
            yield run_frame_job(job, settings)
        return
    # 'spawn': a fork would inherit locked locks and libraries with threads already started.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=limit_native_threads) as pool:
        waiting: deque[Future[FrameResult]] = deque()
        fault: Exception | None = None
        try:
            while True:
                try:
                    job = next(jobs)
                except StopIteration:
                    break
                except Exception as error:  # told when what came before is done
                    fault = error
                    break
                waiting.append(pool.submit(run_frame_job, job, settings))
                if len(waiting) > _AHEAD * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
    if fault is not None:
        raise fault
