# SPDX-License-Identifier: Apache-2.0
"""Model cards of what is being trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import torch
from torch import Tensor

from pinch_core.config import dump_yaml
from pinch_core.machine_facts import machine_facts
from pinch_core.networks.model_card import ModelCard, SplitMetrics
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
        return cls(provenance, (float(nearest), float(farthest)), config, _machine(team), parent)

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
            pinch_version=_pinch_version(),
            date=datetime.now(timezone.utc).date().isoformat(),
            trained_focal_range=p.trained_focal_range,
            trained_tilt_range=p.trained_tilt_range,
            parent=self.parent,
            gripper_type=p.gripper_type,
        )


def _machine(team: Team) -> str:
    """Such as ``AMD EPYC, 2 cores`` or ``2 processes, each with AMD EPYC, 16 cores, NVIDIA H100``."""
    facts = machine_facts()
    parts = [facts["processor"] or facts["machine"], f"{facts['cpus']} cores"]
    if team.device.type == "cuda":
        parts.append(torch.cuda.get_device_name(team.device))
    return (f"{team.size} processes, each with " if team.size > 1 else "") + ", ".join(parts)


def _pinch_version() -> str:
    """Of the package, ``unknown`` where it runs without being installed."""
    try:
        return version("pinch_training")
    except PackageNotFoundError:
        return "unknown"
