# SPDX-License-Identifier: Apache-2.0
"""Cross-entropy method over grasp poses (Mahler et al. 2017, S II): sample, score, fit a mixture, repeat."""

from __future__ import annotations

import functools
import warnings
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from pinch_core.planning.grasp_policy import ScoredGrasps, Search
from pinch_core.planning.grasp_type import G
from pinch_core.planning.rank_policy import score_all
from pinch_core.planning.scorer import GraspScorer
from pinch_core.planning.search_config import CemConfig

# Variance below which a component does not shrink, so that the search goes on around a single elite.
_LEAST_VARIANCE = 0.03


@dataclass(frozen=True)
class CemPolicy:
    """Elites are those of all rounds, so the best grasp found is never lost."""

    scorer: GraspScorer[Any]
    config: CemConfig
    name: str = "cem"

    def search(self, search: Search[G]) -> ScoredGrasps[G]:
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

    def _resample(self, search: Search[G], elites: G) -> G:
        """Grasps sampled from a mixture fitted to the elites."""
        points = search.grasp_type.to_search_space(elites)
        mixture = GaussianMixture(
            min(self.config.components, len(points)),
            reg_covar=_LEAST_VARIANCE,
            max_iter=20,
            tol=0.05,
            init_params="random_from_data",
            random_state=int(search.rng.integers(2**31)),
        )
        with warnings.catch_warnings(), _one_thread():
            # A rough mixture is enough: it only guides the next samples.
            warnings.simplefilter("ignore", ConvergenceWarning)
            mixture.fit(points)
        drawn, _ = mixture.sample(self.config.resamples)
        return search.grasp_type.from_search_space(search.scene, drawn)


def _one_thread() -> AbstractContextManager[object]:
    """Matrices of five columns: waiting threads would cost far more than they save."""
    limited: AbstractContextManager[object] = _thread_pools().limit(limits=1)
    return limited


@functools.cache
def _thread_pools() -> ThreadpoolController:
    return ThreadpoolController()
