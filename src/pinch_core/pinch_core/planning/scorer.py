# SPDX-License-Identifier: Apache-2.0
"""The protocol of grasp quality measures."""

from __future__ import annotations

from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pinch_core.planning.grasp_candidates import GraspCandidates
from pinch_core.planning.scene import Scene

Float64 = NDArray[np.float64]
G_contra = TypeVar("G_contra", bound=GraspCandidates, contravariant=True)


class GraspScorer(Protocol[G_contra]):
    """Scores many grasps of one scene at once."""

    @property
    def name(self) -> str:
        """Stored in the ``source`` of every grasp."""
        ...

    def score(self, scene: Scene, grasps: G_contra) -> Float64:
        """Float64[N] in [0, 1]: the quality of each candidate."""
        ...

    def warnings(self, scene: Scene) -> list[str]:
        """Warnings about a scene that is unlike the scorer's training; usually none."""
        ...
