# SPDX-License-Identifier: Apache-2.0
"""Cross-entropy method over grasp poses (Mahler et al. 2017, S II): sample, score, fit a mixture, repeat."""

from __future__ import annotations

import functools
import warnings
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from pinch_core.parallel_jaw.depths import grasps_at
from pinch_core.parallel_jaw.jaw_axes import JawAxes
from pinch_core.planning.grasp_candidates import GraspCandidates
from pinch_core.planning.grasp_policy import ScoredGrasps, Search
from pinch_core.planning.rank_policy import score_all
from pinch_core.planning.scorer import GraspScorer
from pinch_core.planning.search_config import CemConfig

Float64 = NDArray[np.float64]


# One unit of the space that is searched: differences of quality that matter lie about so far apart.
_LENGTH_M = 0.01
_COSINE = 0.3
_DEPTH_M = 0.005
# Variance below which a component does not shrink, so that the search goes on around a single elite.
_LEAST_VARIANCE = 0.03


@dataclass(frozen=True)
class CemPolicy:
    """Elites are those of all rounds, so the best grasp found is never lost."""

    scorer: GraspScorer
    config: CemConfig
    name: str = "cem"

    def search(self, search: Search) -> ScoredGrasps:
        search.warn_of(self.scorer)
        run = search.run
        found = score_all(search, search.seeds(self.config.seeds), self.scorer)
        for iteration in range(1, self.config.iterations + 1):
            run.best = search.best_of(found, self.name)
            if len(found.quality) < 2:
                break
            if run.is_out_of_time():
                run.warn_out_of_time(f"after {iteration - 1} of {self.config.iterations} iterations")
                break
            elites = np.argsort(-found.quality, kind="stable")[: self.config.elites]
            with run.stage("resampling"):
                resampled = self._resample(search, found.candidates.select(elites))
            more = score_all(search, search.admissible(resampled), self.scorer)
            found = ScoredGrasps.merged(found, more)
        return found

    def _resample(self, search: Search, elites: GraspCandidates) -> GraspCandidates:
        """Grasps drawn from a mixture fitted to the elites."""
        points = _to_search_space(elites)
        mixture = GaussianMixture(
            min(self.config.components, len(points)),
            reg_covar=_LEAST_VARIANCE,
            max_iter=20,
            tol=0.05,
            init_params="random_from_data",
            random_state=int(search.rng.integers(2**31)),
        )
        with warnings.catch_warnings(), _one_thread():
            # A rough mixture serves: it only says where to look next.
            warnings.simplefilter("ignore", ConvergenceWarning)
            mixture.fit(points)
        drawn, _ = mixture.sample(self.config.resamples)
        return _from_search_space(search, drawn)


def _one_thread() -> AbstractContextManager[object]:
    """Matrices of five columns: threads that wait for each other would cost far more than they save."""
    limited: AbstractContextManager[object] = _thread_pools().limit(limits=1)
    return limited


@functools.cache
def _thread_pools() -> ThreadpoolController:
    return ThreadpoolController()


def _to_search_space(grasps: GraspCandidates) -> Float64:
    """Float64[N, 5]: position, doubled angle (jaws turned by half a turn are the same jaws) and height."""
    angle = 2 * np.arctan2(grasps.closing[:, 1], grasps.closing[:, 0])
    return np.column_stack(
        [
            grasps.center / _LENGTH_M,
            np.cos(angle) / _COSINE,
            np.sin(angle) / _COSINE,
            grasps.tip_height / _DEPTH_M,
        ]
    )


def _from_search_space(search: Search, points: Float64) -> GraspCandidates:
    center = points[:, :2] * _LENGTH_M
    angle = np.arctan2(points[:, 3], points[:, 2]) / 2
    closing = np.stack([np.cos(angle), np.sin(angle)], -1)
    tip_height = np.maximum(points[:, 4] * _DEPTH_M, search.depths.table_clearance)
    scene = search.scene
    tool_height = tip_height + scene.gripper.finger.tip_beyond_tcp
    points_cam = scene.table.T_cam_table.apply(np.column_stack([center, tool_height]))
    axes = JawAxes.anywhere(center, closing, scene.labels_at(points_cam))
    return grasps_at(scene, axes, tip_height, search.depths)
