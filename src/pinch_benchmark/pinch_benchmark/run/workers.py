# SPDX-License-Identifier: Apache-2.0
"""Who does the jobs of an experiment: processes of this machine, or those of a cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pinch_benchmark.run.cluster import run_jobs_on_cluster
from pinch_benchmark.run.run_trials import Job, JobResult, run_jobs


@dataclass(frozen=True)
class Workers:
    """``count``: processes, one for each core where it is None; on a ``cluster``, HOST:PORT or auto, jobs in
    flight.
    """

    count: int | None = None
    cluster: str | None = None

    @property
    def processes(self) -> int:
        """Of this machine."""
        return self.count or len(os.sched_getaffinity(0))

    def run(self, jobs: Sequence[Job]) -> Iterator[JobResult]:
        """What became of each job, as they finish.

        Raises:
            PinchError: a method cannot be made, a worker died, or the cluster does not answer.
        """
        if self.cluster is None:
            return run_jobs(jobs, self.processes)
        return run_jobs_on_cluster(jobs, self.cluster, self.count) if jobs else iter(())
