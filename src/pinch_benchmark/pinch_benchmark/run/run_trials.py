# SPDX-License-Identifier: Apache-2.0
"""Scenes and the methods tried on them: parallel over cores, the same records with any number of workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pinch_benchmark.benchmark_config import GraspBenchmarkConfig
from pinch_benchmark.errors import UnusableObjectError
from pinch_benchmark.methods.method import GraspMethod, MethodSetting
from pinch_benchmark.methods.registry import make_method
from pinch_benchmark.run.trial import TrialRecord, run_trial
from pinch_benchmark.scenes.object_set import ObjectSet
from pinch_benchmark.scenes.singulated_scene import SingulatedScene, make_scene
from pinch_core.parallel_jaw.gripper import ParallelJawGripper, as_parallel_jaw
from pinch_core.resources import load_gripper
from pinch_datagen.errors import BadMeshError
from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.run.process_map import ProcessMap

# Told when a worker dies.
REMEDY = "the trials done so far are kept: the same command finishes the rest."


@dataclass(frozen=True)
class Job:
    """One scene, and the methods that have not been tried on it. ``objects``: all of the run; ``cache``: of
    convex parts, ``learned``: of what methods keep.
    """

    ref: ObjectRef
    number: int
    objects: ObjectSet
    methods: tuple[str, ...]
    gripper: str
    config: GraspBenchmarkConfig
    seed: int
    cache: Path
    learned: Path

    @property
    def made_for(self) -> MethodSetting:
        """What its methods are made for.

        Raises:
            PinchError: there is no such gripper.
        """
        return MethodSetting(_gripper(self.gripper), self.objects, self.config, self.seed, self.learned)


@dataclass(frozen=True)
class JobResult:
    """``left_out``: why the object was not used, empty if it was."""

    number: int
    records: tuple[TrialRecord, ...]
    left_out: str = ""


def run_jobs(jobs: Sequence[Job], workers: int) -> Iterator[JobResult]:
    """What became of each job, as they finish; of one worker, in this process.

    Raises:
        PinchError: a method cannot be made, or a worker died.
    """
    if workers == 1:
        return map(run_job, jobs)
    return ProcessMap(workers, run_job, scene_name, REMEDY).map_unordered(jobs)


def scene_name(job: Job) -> str:
    """For messages."""
    return f"scene {job.number}"


def run_job(job: Job) -> JobResult:
    """Make the scene and try every method on it."""
    try:
        scene = scene_of(job)
    except (UnusableObjectError, BadMeshError) as error:
        return JobResult(job.number, (), str(error))
    methods = [_method(name, job.made_for) for name in job.methods]
    return JobResult(job.number, tuple(run_trial(method, scene, job.config, job.seed) for method in methods))


def scene_of(job: Job) -> SingulatedScene:
    """The job's scene; the same at every call.

    Raises:
        UnusableObjectError, BadMeshError: its object will not do.
    """
    return make_scene(
        job.ref, job.number, job.objects.generated, _gripper(job.gripper), job.config, job.seed, job.cache
    )


@lru_cache(maxsize=4)
def _gripper(name: str) -> ParallelJawGripper:
    return as_parallel_jaw(load_gripper(name), "pinch benchmark grasp")


@lru_cache(maxsize=64)
def _method(name: str, made_for: MethodSetting) -> GraspMethod:
    return make_method(name, made_for)
