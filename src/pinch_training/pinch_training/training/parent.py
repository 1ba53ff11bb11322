# SPDX-License-Identifier: Apache-2.0
"""The network that fine-tuning starts from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pinch_core.networks.model_card import MeshSource, ModelCard
from pinch_core.networks.network import check_scores_one_grasp
from pinch_core.networks.weights import Network, build_network, load_network, read_card, weights_digest
from pinch_training.training.calibration import linear_layers
from pinch_training.training.provenance import NOT_STATED

# What is trained where the rest is frozen.
HEAD_LAYERS = 2


@dataclass(frozen=True, eq=False)
class Parent:
    """``digest``: sha256 by which cards name it. ``card``: None where its file has none."""

    network: Network
    digest: str
    card: ModelCard | None

    @classmethod
    def load(cls, path: Path) -> Parent:
        """A file of pinch's.

        Raises:
            NetworkError: not one, or of a network that scores several angles at once.
            DamagedWeightsError: truncated or corrupt.
        """
        network = load_network(path)
        check_scores_one_grasp(network)
        return cls(network, weights_digest(path), read_card(path))

    def child(self, dropout: float, frozen: bool) -> Network:
        """A copy to train; its normalisation constants are the parent's.

        Args:
            frozen: all but the last two layers stay as they are.
        """
        network = build_network(self.network.architecture, dropout)
        network.load_state_dict(self.network.state_dict())
        if frozen:
            network.requires_grad_(False)
            for layer in linear_layers(network)[-HEAD_LAYERS:]:
                layer.requires_grad_(True)
        return network

    @property
    def mesh_sources(self) -> tuple[MeshSource, ...]:
        """What it was trained on, as a child's card says it."""
        if self.card is None:
            return (MeshSource("the parent, which has no card", NOT_STATED, 0),)
        return tuple(
            replace(source, name=f"{source.name} (parent)".replace(" (parent) (parent)", " (parent)"))
            for source in self.card.mesh_sources
        )
