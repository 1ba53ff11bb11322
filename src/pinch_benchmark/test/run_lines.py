# SPDX-License-Identifier: Apache-2.0
"""What a run writes, also on a cluster: in a module that another process can import."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

from pinch_benchmark.run.cluster import run_jobs_on_cluster
from pinch_benchmark.run.run_trials import Job, JobResult

RUN_TIMEOUT_S = 120


def lines(results: Iterable[JobResult]) -> list[str]:
    """What is written of the records but seconds of the machine, in the order of the scenes."""
    ordered = sorted(results, key=lambda result: result.number)
    return [
        json.dumps(dataclasses.asdict(dataclasses.replace(record, planning_s=0.0, physics_s=0.0)))
        for result in ordered
        for record in result.records
    ]


def on_cluster(todo: list[Job], address: str) -> list[str]:
    """In a process of its own, as a user's run is: Ray's connection may hang in one that did much else."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_on_cluster, todo, address).result(timeout=RUN_TIMEOUT_S)


def _on_cluster(todo: list[Job], address: str) -> list[str]:
    return lines(run_jobs_on_cluster(todo, address, None))
