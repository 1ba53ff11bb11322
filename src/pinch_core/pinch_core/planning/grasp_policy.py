# SPDX-License-Identifier: Apache-2.0
"""The protocol of policies, and the search that a policy gets from the planner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, Protocol

import numpy as np
from numpy.typing import NDArray

from pinch_core.grasp import Grasp, GripperTranslation, ImageGrasp, grasp_id
from pinch_core.planning.filters import GraspFilter
from pinch_core.planning.grasp_type import G, GraspSampler, GraspType
from pinch_core.planning.quality_map import QualityMap
from pinch_core.planning.report import PlanRecorder
from pinch_core.planning.scene import Scene
from pinch_core.planning.scorer import GraspScorer
from pinch_core.planning.search_config import ApproachConfig

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ScoredGrasps(Generic[G]):
    """``candidates`` that passed every filter, and their ``quality`` Float64[N] in [0, 1], in no order.

    ``quality_map``: of a policy that looked everywhere.
    """

    candidates: G
    quality: Float64
    quality_map: QualityMap | None = None

    @classmethod
    def merged(cls, first: ScoredGrasps[G], second: ScoredGrasps[G]) -> ScoredGrasps[G]:
        """Both."""
        candidates = type(first.candidates).concatenated([first.candidates, second.candidates])
        return cls(candidates, np.concatenate([first.quality, second.quality]))


@dataclass(frozen=True, eq=False)
class Search(Generic[G]):
    """One search for grasps: a scene, a sampler, filters, and the recorder of the run."""

    scene: Scene
    grasp_type: GraspType[G]
    sampler: GraspSampler[G]
    filters: tuple[GraspFilter[G], ...]
    motion: ApproachConfig
    rng: np.random.Generator
    run: PlanRecorder

    def seeds(self, enough: int | None = None) -> G:
        """Samples that pass all filters; in random order until there are about ``enough``."""
        with self.run.stage("sampling"):
            candidates = self.sampler.sample(self.scene, self.rng)
        if enough is None:
            return self.admissible(candidates)
        order = self.rng.permutation(len(candidates))
        parts, count = [self.admissible(candidates.select(order[:enough]))], enough
        while sum(map(len, parts)) < enough and count < len(order):
            more = max(enough - sum(map(len, parts)), enough // 4)
            parts.append(self.admissible(candidates.select(order[count : count + more])))
            count += more
        return type(candidates).concatenated(parts)

    def admissible(self, candidates: G) -> G:
        """Those that pass all filters; the report counts the others by the first filter that rejects them."""
        self.run.sampled += len(candidates)
        with self.run.stage("filters"):
            for grasp_filter in self.filters:
                self.run.check()
                keep = grasp_filter.keep(self.scene, candidates)
                self.run.reject(grasp_filter.name, int((~keep).sum()))
                candidates = candidates.select(keep)
        return candidates

    def warn_of(self, scorer: GraspScorer[G]) -> None:
        """Add the scorer's warnings to the report."""
        for sentence in scorer.warnings(self.scene):
            self.run.warn(sentence)

    def best_of(self, scored: ScoredGrasps[G], source: str) -> Grasp | None:
        """Report the best of some grasps as progress; it may turn out not to be reachable."""
        if not len(scored.quality):
            return None
        return grasp_of(self.scene, scored, int(np.argmax(scored.quality)), source, self.motion)


def grasp_of(scene: Scene, scored: ScoredGrasps[G], row: int, source: str, motion: ApproachConfig) -> Grasp:
    """One candidate as a grasp: it approaches along its z axis and retreats away from the table."""
    candidates = scored.candidates
    T_cam_tcp = scene.table.T_cam_table @ candidates.T_table_tcp.at(row)
    opening = float(candidates.opening[row])
    return Grasp(
        T_cam_tcp=T_cam_tcp,
        width=float(candidates.width[row]),
        opening=opening,
        approach=GripperTranslation(T_cam_tcp.rotation[:, 2], motion.approach_distance),
        retreat=GripperTranslation(scene.table.normal, motion.retreat_distance),
        quality=float(scored.quality[row]),
        image=ImageGrasp.from_pose(T_cam_tcp, scene.frame.intrinsics),
        gripper=scene.gripper.name,
        source=source,
        id=grasp_id(scene.frame.stamp_ns, scene.gripper.name, T_cam_tcp, opening),
    )


class GraspPolicy(Protocol):
    """Searches a scene for good grasps."""

    @property
    def name(self) -> str:
        """Stored in the ``source`` of every grasp."""
        ...

    @property
    def scorer(self) -> GraspScorer[Any] | None:
        """The measure of quality that it searches by; None where it has none."""
        ...

    def search(self, search: Search[G]) -> ScoredGrasps[G]:
        """Admissible grasps with their qualities, maybe none. Ends soon after ``search.run`` is out of time,
        with the best found so far.
        """
        ...
