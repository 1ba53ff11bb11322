# SPDX-License-Identifier: Apache-2.0
"""Quality of candidates by a trained network: the probability that the grasp holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.networks.scoring import QualityModel
from pinch_core.planning.grasp_candidates import GraspCandidates, ImageGrasps
from pinch_core.planning.scene import Scene
from pinch_core.planning.training_view import TrainingView

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class NetworkQuality:
    """Cuts the crops that the network was trained on and asks it. ``name``: of the network."""

    model: QualityModel
    view: TrainingView
    name: str

    def score(self, scene: Scene, grasps: GraspCandidates) -> Float64:
        return self.score_in_image(scene, grasps.to_image(scene))

    def score_in_image(self, scene: Scene, grasps: ImageGrasps) -> Float64:
        """Float64[N]: quality of any grasps, whoever planned them."""
        if not len(grasps):
            return np.empty(0)
        image = self.view.image(scene)
        return self.model.predict(image.crops(grasps.pixels, grasps.angles), image.depths(grasps.depths))

    def warnings(self, scene: Scene) -> list[str]:
        return self.view.warnings(scene, self.name)
