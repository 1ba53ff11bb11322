# SPDX-License-Identifier: Apache-2.0
"""Policies under the constraints of the paper, not under all that pinch checks."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from pinch_core.planning.grasp_policy import GraspPolicy, ScoredGrasps, Search
from pinch_core.planning.grasp_type import G
from pinch_core.planning.scorer import GraspScorer

# Reachable and no collision with the table (P V): the depth image is not held against the space that the
# gripper sweeps. Where a grasp failed none is tried again (Mahler et al. 2019); users keep areas free.
OF_THE_PAPER = {
    "approach_tilt",
    "jaw_width",
    "table_clearance",
    "workspace",
    "image_border",
    "failed_before",
    "keep_out",
}


@dataclass(frozen=True)
class PaperConstraints:
    """A policy that may take what the paper's candidate set allows."""

    policy: GraspPolicy
    name: str

    @property
    def scorer(self) -> GraspScorer[Any] | None:
        return self.policy.scorer

    def search(self, search: Search[G]) -> ScoredGrasps[G]:
        kept = tuple(each for each in search.filters if each.name in OF_THE_PAPER)
        return self.policy.search(dataclasses.replace(search, filters=kept))
