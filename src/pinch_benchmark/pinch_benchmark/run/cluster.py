# SPDX-License-Identifier: Apache-2.0
"""Jobs on the machines of a Ray cluster; the records are those of one process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pinch_benchmark.run.run_trials import REMEDY, Job, JobResult, run_job, scene_name
from pinch_core.errors import PinchError
from pinch_datagen.run.ray_map import RayMap
from pinch_datagen.run.shared_folder import require_visible


def run_jobs_on_cluster(jobs: Sequence[Job], address: str, limit: int | None) -> Iterator[JobResult]:
    """What became of each job, as they finish; see :class:`RayMap` for ``address`` and ``limit``.

    Raises:
        PinchError: a method cannot be made, a machine lacks the meshes, no cluster answers or a worker died.
    """
    cluster: RayMap[Job, JobResult] = RayMap(
        address,
        limit,
        _attempt,
        scene_name,
        REMEDY,
    )
    return cluster.map_unordered(jobs)


def _attempt(job: Job) -> JobResult | PinchError:
    try:
        if job.ref.path is not None:
            require_visible(job.ref.path.parent)
        return run_job(job)
    except PinchError as error:
        return error
