# SPDX-License-Identifier: Apache-2.0
"""Score what was sampled once and take the best (argmax policy, Mahler et al. 2017, sec. V); or take any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pinch_core.planning.grasp_policy import ScoredGrasps, Search
from pinch_core.planning.grasp_type import G
from pinch_core.planning.scorer import GraspScorer

# Number of grasps scored between two checks of the time budget.
_AT_ONCE = 500


@dataclass(frozen=True)
class RankPolicy:
    """Scores every admissible seed."""

    scorer: GraspScorer[Any]
    name: str = "rank"

    def search(self, search: Search[G]) -> ScoredGrasps[G]:
        search.warn_of(self.scorer)
        return score_all(search, search.seeds(), self.scorer)


def score_all(search: Search[G], seeds: G, scorer: GraspScorer[G]) -> ScoredGrasps[G]:
    """Scores of all seeds or, when time runs out, of a random part of them; of one batch at least."""
    order = search.rng.permutation(len(seeds))
    qualities: list[np.ndarray] = []
    with search.run.stage("scoring"):
        for start in range(0, len(order), _AT_ONCE):
            if start and search.run.is_out_of_time():
                search.run.warn_out_of_time(f"after {start} of {len(order)} sampled grasps")
                break
            search.run.check()
            qualities.append(scorer.score(search.scene, seeds.select(order[start : start + _AT_ONCE])))
    quality = np.concatenate(qualities) if qualities else np.empty(0)
    search.run.scored += len(quality)
    return ScoredGrasps(seeds.select(order[: len(quality)]), quality)


@dataclass(frozen=True)
class RandomPolicy:
    """A random antipodal grasp, the paper's weakest baseline: all get the same quality."""

    name: str = "random"
    scorer: None = None

    def search(self, search: Search[G]) -> ScoredGrasps[G]:
        seeds = search.seeds()
        order = search.rng.permutation(len(seeds))
        search.run.scored += len(seeds)
        return ScoredGrasps(seeds.select(order), np.full(len(seeds), 0.5))
