# SPDX-License-Identifier: Apache-2.0
"""Model cards of what is being trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

import numpy as np
from torch import Tensor

from pinch_core.config import dump_yaml
from pinch_core.networks.model_card import ModelCard, SplitMetrics
from pinch_training.training.machine import describe_machine, pinch_version
from pinch_training.training.provenance import Provenance
from pinch_training.training.team import Team
from pinch_training.training.train_config import LearningConfig

# Percentiles of the depths that count as trained: a few stray ones do not.
DEPTH_PERCENTILES = (1, 99)


@dataclass(frozen=True)
class CardWriter:
    """What does not change while a network is trained. ``depth_range``: see ``ModelCard``."""

    provenance: Provenance
    depth_range: tuple[float, float]
    config: LearningConfig
    machine: str
    parent: str = ""

    @classmethod
    def of(
        cls, provenance: Provenance, depths: Tensor, config: LearningConfig, team: Team, parent: str = ""
    ) -> CardWriter:
        """``depths`` Float32[N] of the training examples [m]; ``parent``: digest of what is fine-tuned."""
        nearest, farthest = np.percentile(depths.numpy(), DEPTH_PERCENTILES)
        return cls(provenance, (float(nearest), float(farthest)), config, describe_machine(team), parent)

    def card(self, metrics: Sequence[SplitMetrics], seconds: float) -> ModelCard:
        """The card of what has been trained for ``seconds``."""
        p = self.provenance
        return ModelCard(
            data_config=p.data_config,
            data_command=p.data_command,
            mesh_sources=p.mesh_sources,
            gripper=p.gripper,
            jaw_width=p.jaw_width,
            trained_depth_range=self.depth_range,
            train_config=dump_yaml(self.config),
            objects=p.objects,
            examples=p.examples,
            metrics=tuple(metrics),
            seconds=seconds,
            machine=self.machine,
            pinch_version=pinch_version(),
            date=datetime.now(timezone.utc).date().isoformat(),
            trained_focal_range=p.trained_focal_range,
            trained_tilt_range=p.trained_tilt_range,
            parent=self.parent,
        )
