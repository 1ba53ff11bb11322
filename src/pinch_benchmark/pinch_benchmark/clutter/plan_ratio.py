# SPDX-License-Identifier: Apache-2.0
"""How much longer a plan takes in a heap than on one object of it: in turn, in one process, by one camera."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pinch_benchmark.clutter.clutter_experiment import ClutterExperiment, RoundJob, method_for, scene_of
from pinch_benchmark.clutter.play_round import view_of
from pinch_benchmark.clutter.records import RoundRecord
from pinch_core.geometry.transform import Transform
from pinch_datagen.random_streams import RandomStreams

# Plans on the meshes: its time says nothing.
NOT_TIMED = ("truth",)


@dataclass(frozen=True)
class PlanRatio:
    """Medians [s] of ``plans`` in the heap and on one object."""

    scene: str
    method: str
    plans: int
    heap_s: float
    single_s: float

    @property
    def ratio(self) -> float:
        """In the heap over on one object."""
        return self.heap_s / self.single_s


def plan_ratios(experiment: ClutterExperiment, records: Sequence[RoundRecord], plans: int) -> list[PlanRatio]:
    """Of each method on the first round of each scene."""
    found = []
    for scene in experiment.scenes:
        numbers = [record.number for record in records if record.scene == scene]
        if not numbers:
            continue
        job = experiment.jobs(scene)[min(numbers)]
        found += [_ratio(job, name, plans) for name in experiment.methods if name not in NOT_TIMED]
    return found


def _ratio(job: RoundJob, name: str, plans: int) -> PlanRatio:
    scene, method = scene_of(job), method_for(name, job)
    streams = RandomStreams(job.seed, f"plan times {job.scene}")
    alone: list[Transform | None] = [None] * len(scene.poses)
    # One near the middle that can be grasped: to find nothing takes longer.
    off_middle = [float(np.linalg.norm(pose.translation[:2])) for pose in scene.poses]
    middle = min(range(len(scene.poses)), key=lambda k: (not scene.liftable[k], off_middle[k]))
    alone[middle] = scene.poses[middle]
    alone = scene.world.settled(alone)
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(plans + 1):
        for poses, of_kind in zip((scene.poses, alone), times, strict=True):
            view = view_of(scene, poses, (), streams, number)
            start = time.perf_counter()
            method.plan(view, streams.of("planning", number))
            if number:  # the first plan loads and warms what it needs
                of_kind.append(time.perf_counter() - start)
    return PlanRatio(job.scene, name, plans, float(np.median(times[0])), float(np.median(times[1])))
