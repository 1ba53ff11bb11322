# SPDX-License-Identifier: Apache-2.0
"""Quality of candidates by a trained network: the probability that the grasp holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.networks.scoring import QualityModel
from pinch_core.perception.crop import relative_crops
from pinch_core.planning.grasp_candidates import GraspCandidates, ImageGrasps
from pinch_core.planning.scene import Scene
from pinch_core.planning.training_view import TrainingView

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class NetworkQuality:
    """Cuts crops as in training and scores them with the network. ``name``: of the network."""

    model: QualityModel
    view: TrainingView
    name: str

    def score(self, scene: Scene, grasps: GraspCandidates) -> Float64:
        return self.score_in_image(scene, grasps.to_image(scene))

    def score_in_image(self, scene: Scene, grasps: ImageGrasps) -> Float64:
        """Float64[N]: quality of any grasps, from any planner."""
        if not len(grasps):
            return np.empty(0)
        image = self.view.image(scene)
        depths = image.depths(grasps.depths)
        crops = relative_crops(image.crops(grasps.pixels, grasps.angles), depths)
        return self.model.predict(crops, depths)

    def warnings(self, scene: Scene) -> list[str]:
        return self.view.warnings(scene, self.name)
