# SPDX-License-Identifier: Apache-2.0
"""Quality of candidates by a trained network: the probability that the grasp holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.grasp import image_angles
from pinch_core.networks.scoring import QualityModel
from pinch_core.perception.crop import relative_crops
from pinch_core.planning.grasp_candidates import GraspCandidates
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
        if not len(grasps):
            return np.empty(0)
        k, positions = scene.frame.intrinsics, grasps.positions(scene)
        angles = image_angles(positions, grasps.closing_directions(scene), k)
        return self.score_in_image(scene, k.project(positions), angles, positions[:, 2])

    def score_in_image(self, scene: Scene, pixels: Float64, angles: Float64, depths: Float64) -> Float64:
        """Float64[N]: quality of any grasps, whoever planned them.

        Args:
            pixels: (N, 2), column and row. angles: (N,) in the image [rad]. depths: (N,) [m].
        """
        image = self.view.image(scene)
        seen = image.depths(depths)
        return self.model.predict(relative_crops(image.crops(pixels, angles), seen), seen)

    def warnings(self, scene: Scene) -> list[str]:
        return self.view.warnings(scene, self.name)
