# SPDX-License-Identifier: Apache-2.0
"""A run of the clutter benchmark: every method on the same rounds, from the first or where it was
interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from pinch_benchmark.benchmark_config import GraspBenchmarkConfig, pose_error_of_gripper
from pinch_benchmark.clutter.play_round import play_round
from pinch_benchmark.clutter.protocol import ClutterProtocol, find_noise, find_protocol
from pinch_benchmark.clutter.records import RoundRecord, append_round, read_rounds
from pinch_benchmark.clutter.round_scene import RoundScene, make_round_scene
from pinch_benchmark.errors import BenchmarkError, UnusableObjectError
from pinch_benchmark.methods.method import GraspMethod, MethodSetting
from pinch_benchmark.methods.registry import check_method, make_method, prepare_method
from pinch_benchmark.run.run_folder import claim
from pinch_benchmark.scenes.object_set import ObjectSet
from pinch_core.parallel_jaw.gripper import ParallelJawGripper, as_parallel_jaw
from pinch_core.resources import load_gripper
from pinch_datagen.cache import cache_folder
from pinch_datagen.errors import BadMeshError
from pinch_datagen.objects.preparation import PreparationConfig
from pinch_datagen.physics.convex_parts import default_cache
from pinch_datagen.run.process_map import ProcessMap

REMEDY = "the rounds played so far are kept: the same command plays the rest."
# Scenes begun, at most, for each that is wanted: some objects cannot be taken apart.
SPARE = 3
# Knows one object by its mask.
FOR_SINGLES = "reg"


@dataclass(frozen=True)
class RoundJob:
    """One round, and the methods that have not played it. ``cache``: of convex parts."""

    scene: str
    number: int
    methods: tuple[str, ...]
    objects: ObjectSet
    gripper: str
    view: str
    noise: str
    unknown_table: bool
    gripper_error: float
    forgetful: bool
    seed: int
    cache: Path
    learned: Path

    @property
    def protocol(self) -> ClutterProtocol:
        return find_protocol(self.scene, self.view)

    @property
    def made_for(self) -> MethodSetting:
        """What its methods are made for."""
        config = GraspBenchmarkConfig()
        return MethodSetting(gripper_named(self.gripper), self.objects, config, self.seed, self.learned)


@dataclass(frozen=True)
class RoundResult:
    """``left_out``: why no heap could be made, empty if one was."""

    scene: str
    number: int
    records: tuple[RoundRecord, ...]
    left_out: str = ""


# Passes results on as they come, told what is done and how many will come: shows the progress.
Follow: TypeAlias = Callable[[Iterator[RoundResult], str, int], Iterable[RoundResult]]


@dataclass(frozen=True)
class ClutterExperiment:
    """``objects``: folder of meshes, None for ``generated`` different ones; ``rounds`` of each scene."""

    objects: Path | None
    generated: int
    scenes: tuple[str, ...]
    rounds: int
    methods: tuple[str, ...]
    gripper: str
    view: str
    noise: str
    unknown_table: bool
    gripper_error: float
    forgetful: bool
    seed: int

    @property
    def name(self) -> str:
        """For titles."""
        return "generated objects" if self.objects is None else self.objects.name

    @property
    def identity(self) -> dict[str, object]:
        """What records of one folder have in common."""
        return {
            "objects": str(self.objects or ""),
            "generated": self.generated,
            "gripper": self.gripper,
            "view": self.view,
            "noise": self.noise,
            "unknown_table": self.unknown_table,
            "gripper_error": self.gripper_error,
            "forgetful": self.forgetful,
            "seed": self.seed,
        }

    def check(self) -> None:
        """Whether it can be tried at all.

        Raises:
            BenchmarkError: a method, scene, view or noise is not known.
        """
        for name in self.methods:
            check_method(name)
            if name == FOR_SINGLES:
                raise BenchmarkError(
                    f"method '{FOR_SINGLES}' knows one object by its mask, not a heap; leave it out."
                )
        for scene in self.scenes:
            find_protocol(scene, self.view)
        find_noise(self.noise)

    def jobs(self, scene: str) -> list[RoundJob]:
        """More rounds than are wanted, each with all methods.

        Raises:
            NoObjectsError: the folder holds no mesh.
        """
        objects = (
            ObjectSet.generated_objects(self.generated)
            if self.objects is None
            else ObjectSet.of_folder(
                self.objects, PreparationConfig(center_of_mass_from_volume=True, fit_to_jaw=False)
            )
        )
        parts, learned = default_cache(), cache_folder("methods")
        gripper = self.gripper or find_protocol(scene, self.view).gripper
        return [
            RoundJob(
                scene, number, self.methods, objects, gripper, self.view, self.noise, self.unknown_table,
                self.gripper_error, self.forgetful, self.seed, parts, learned,
            )
            for number in range(SPARE * self.rounds)
        ]  # fmt: skip


def run_clutter(
    experiment: ClutterExperiment, folder: Path, workers: int, follow: Follow
) -> list[RoundRecord]:
    """Records of all rounds; what the folder already has is not played again.

    Raises:
        PinchError: the folder holds another run, or the experiment cannot be tried.
    """
    experiment.check()
    claim(folder, experiment.identity)
    records = read_rounds(folder)
    played: list[RoundRecord] = []
    for scene in experiment.scenes:
        jobs = experiment.jobs(scene)
        for remark in jobs[0].objects.remarks:
            print(remark, file=sys.stderr)
        for name in experiment.methods:
            prepare_method(name, jobs[0].made_for, workers)
        numbers = _play(experiment, scene, jobs, records, folder, workers, follow)
        wanted = [r for r in records if r.scene == scene and r.number in numbers]
        played += [r for r in wanted if r.method in experiment.methods]
    scenes, methods = experiment.scenes, experiment.methods
    return sorted(played, key=lambda r: (scenes.index(r.scene), r.number, methods.index(r.method)))


def _play(
    experiment: ClutterExperiment,
    scene: str,
    jobs: list[RoundJob],
    records: list[RoundRecord],
    folder: Path,
    workers: int,
    follow: Follow,
) -> set[int]:
    """Numbers of the rounds that could be played; adds to ``records``."""
    done = {(r.scene, r.number, r.method) for r in records}
    numbers: set[int] = set()
    begun = 0
    while len(numbers) < experiment.rounds and begun < len(jobs):
        batch = jobs[begun : begun + experiment.rounds - len(numbers)]
        begun += len(batch)
        numbers |= {job.number for job in batch}
        left = (
            replace(job, methods=tuple(n for n in job.methods if (scene, job.number, n) not in done))
            for job in batch
        )
        todo = [job for job in left if job.methods]
        for result in follow(run_rounds(todo, workers), scene, len(todo)):
            if result.left_out:
                numbers.discard(result.number)
            for record in result.records:
                append_round(folder, record)
                records.append(record)
    return numbers


def run_rounds(jobs: list[RoundJob], workers: int) -> Iterator[RoundResult]:
    """What became of each job, as they finish; of one worker, in this process.

    Raises:
        PinchError: a method cannot be made, or a worker died.
    """
    if workers == 1:
        return map(run_round, jobs)
    return ProcessMap(workers, run_round, round_name, REMEDY).map_unordered(jobs)


def round_name(job: RoundJob) -> str:
    """For messages."""
    return f"{job.scene} {job.number}"


def run_round(job: RoundJob) -> RoundResult:
    """Make the scene and play it with every method."""
    try:
        scene = scene_of(job)
    except (UnusableObjectError, BadMeshError) as error:
        return RoundResult(job.scene, job.number, (), str(error))
    pose_error = pose_error_of_gripper(job.gripper_error)
    records = tuple(
        play_round(method_for(name, job), scene, job.protocol, pose_error, job.seed, job.forgetful)
        for name in job.methods
    )
    return RoundResult(job.scene, job.number, records)


def scene_of(job: RoundJob) -> RoundScene:
    """The job's scene; the same at every call.

    Raises:
        UnusableObjectError, BadMeshError: an object cannot be taken apart.
    """
    return make_round_scene(
        job.number,
        job.objects,
        job.protocol,
        job.noise,
        not job.unknown_table,
        gripper_named(job.gripper),
        job.seed,
        job.cache,
    )


@lru_cache(maxsize=4)
def gripper_named(name: str) -> ParallelJawGripper:
    """The gripper of that name.

    Raises:
        PinchError: there is none, or it has no parallel jaws.
    """
    return as_parallel_jaw(load_gripper(name), "pinch benchmark clutter")


def method_for(name: str, job: RoundJob) -> GraspMethod:
    """The method, made once in a process."""
    return _method(name, job.made_for)


@lru_cache(maxsize=64)
def _method(name: str, made_for: MethodSetting) -> GraspMethod:
    return make_method(name, made_for)
