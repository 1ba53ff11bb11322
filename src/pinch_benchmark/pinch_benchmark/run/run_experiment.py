# SPDX-License-Identifier: Apache-2.0
"""An experiment from its first scene, or from where it was interrupted, to its last."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from pinch_benchmark.methods.registry import prepare_method
from pinch_benchmark.run.arm import arm_runner
from pinch_benchmark.run.experiment import Experiment
from pinch_benchmark.run.run_folder import append_records, claim, read_records
from pinch_benchmark.run.run_trials import Job, JobResult
from pinch_benchmark.run.trial import TrialRecord
from pinch_benchmark.run.workers import Workers

# Passes results on as they come, told what is done and how many will come: shows the progress.
Follow: TypeAlias = Callable[[Iterator[JobResult], str, int], Iterable[JobResult]]


def run_experiment(
    experiment: Experiment, folder: Path, workers: Workers, follow: Follow
) -> list[TrialRecord]:
    """Records of ``experiment.trials`` scenes, fewer where too many objects will not do; those are replaced.

    What the folder already has is not tried again, and each record is in it as soon as there is one.

    Raises:
        PinchError: the folder holds another run, or the experiment cannot be tried.
    """
    claim(folder, experiment.identity)
    records = read_records(folder)
    done = {(record.method, record.number) for record in records}
    rows, jobs = experiment.rows, experiment.jobs()
    for remark in jobs[0].objects.remarks:
        print(remark, file=sys.stderr)
    for name in experiment.methods:
        prepare_method(name, jobs[0].made_for, workers.processes)
    scenes: set[int] = set()
    begun = 0
    while len(scenes) < experiment.trials and begun < len(jobs):
        batch = jobs[begun : begun + experiment.trials - len(scenes)]
        begun += len(batch)
        scenes |= {job.number for job in batch}
        todo = _left_to_do(batch, experiment.methods, done)
        for result in follow(workers.run(todo), "grasping", len(todo)):
            if result.left_out:
                scenes.discard(result.number)
            append_records(folder, result.records)
            records.extend(result.records)
    if experiment.arm:
        chosen = [job for job in jobs if job.number in scenes]
        todo = _left_to_do(chosen, experiment.arm_methods, done)
        for result in follow(arm_runner()(todo), "with the arm", len(todo)):
            append_records(folder, result.records)
            records.extend(result.records)
    mine = [record for record in records if record.number in scenes and record.method in rows]
    return sorted(mine, key=lambda record: (record.number, rows.index(record.method)))


def _left_to_do(jobs: Sequence[Job], methods: Sequence[str], done: set[tuple[str, int]]) -> list[Job]:
    """The jobs with those methods that have no record yet; none without a method."""
    left = (
        dataclasses.replace(job, methods=tuple(name for name in methods if (name, job.number) not in done))
        for job in jobs
    )
    return [job for job in left if job.methods]
