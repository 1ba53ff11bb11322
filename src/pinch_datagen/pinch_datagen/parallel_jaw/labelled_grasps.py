# SPDX-License-Identifier: Apache-2.0
"""Parallel-jaw grasps for data generation; see :class:`~pinch_datagen.grasp_type.LabelledGrasps`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.dataset.tables import Table
from pinch_datagen.grasp_type import GraspCounts
from pinch_datagen.parallel_jaw.labels import label_grasps
from pinch_datagen.parallel_jaw.proposal import JawProposal, propose_grasps
from pinch_datagen.scene.placed_object import PlacedObject


@dataclass(frozen=True)
class ParallelJawLabels:
    """Antipodal pairs, collisions of the open gripper, and robust wrench metrics of two soft fingers."""

    gripper: ParallelJawGripper
    config: DatagenConfig

    def propose(
        self, scene: list[PlacedObject], counts: GraspCounts, rng: np.random.Generator
    ) -> JawProposal:
        config = self.config
        return propose_grasps(scene, counts, self.gripper, config.grasps.antipodal, config.collision, rng)

    def label(
        self, proposal: JawProposal, pose: int, target: PlacedObject, rng: np.random.Generator
    ) -> Table:
        opening, quality = self.gripper.max_opening, self.config.quality
        return label_grasps(proposal, pose, target.T_table_obj, target.model, opening, quality, rng)
