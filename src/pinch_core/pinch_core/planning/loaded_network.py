# SPDX-License-Identifier: Apache-2.0
"""A trained network in memory, ready for every policy that scores with one."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from pinch_core.gripper import Gripper
from pinch_core.networks.dense_model import make_dense_model
from pinch_core.networks.errors import NetworkError
from pinch_core.networks.pretrained import find_network, pretrained_networks
from pinch_core.networks.quality_model import Engine, make_quality_model
from pinch_core.networks.scoring import DenseQualityModel
from pinch_core.networks.weights import load_network, read_card
from pinch_core.planning.network_quality import NetworkQuality
from pinch_core.planning.training_view import TrainingView


class LoadedNetwork:
    """A trained network in memory; it stays usable when its file is deleted.

    Args:
        name: for the ``source`` of grasps and for messages.
        threads: of the CPU, 0 for one for each core.

    Raises:
        NetworkError, DamagedWeightsError: as :func:`load_network` and :func:`make_quality_model`.
    """

    def __init__(self, path: Path, name: str, engine: Engine = Engine.AUTOMATIC, threads: int = 0) -> None:
        self.name = name
        self._network, self._threads, self._card = load_network(path), threads, read_card(path)
        self.quality = NetworkQuality(
            make_quality_model(self._network, engine, threads),
            TrainingView.of(self._network.crop_size, self._card),
            name,
        )

    @classmethod
    def find(cls, name_or_path: str, gripper: Gripper) -> LoadedNetwork:
        """A shipped network or a file; if the name is empty, the shipped one for the nearest opening."""
        name = name_or_path or network_for(gripper)
        return cls(find_network(name), Path(name).stem)

    def check_trained_for(self, gripper: Gripper) -> None:
        """That its qualities mean anything for this gripper.

        Raises:
            NetworkError: its card says that it was trained for another gripper type.
        """
        if self._card is not None and self._card.gripper_type != gripper.type:
            raise NetworkError(
                f"{self.name} was trained for grippers of type '{self._card.gripper_type}', and "
                f"{gripper.name} is of type '{gripper.type}'; give a network of that type, or choose the "
                "policy igq, which needs none."
            )

    @property
    def engine(self) -> str:
        """Name of the engine that runs it."""
        return self.quality.model.engine

    @cached_property
    def dense(self) -> DenseQualityModel:
        """Its fully convolutional form, created when first needed.

        Raises:
            NetworkError: it has none.
        """
        return make_dense_model(self._network, self._threads)


def network_for(gripper: Gripper) -> str:
    """Name of the shipped network that was trained for this type of gripper and the nearest opening.

    Raises:
        NetworkError: no network of this type is shipped.
    """
    widths = _widths(gripper)
    if not widths:
        raise NetworkError(
            f"no network for grippers of type '{gripper.type}' is shipped with this pinch; name the file of "
            "one, or choose the policy igq, which needs none."
        )
    return min(widths, key=lambda name: abs(widths[name] - gripper.span))


def has_network_for(gripper: Gripper) -> bool:
    """Whether a network for this type of gripper is shipped."""
    return bool(_widths(gripper))


def _widths(gripper: Gripper) -> dict[str, float]:
    """Name of each shipped network for this type of gripper -> opening of the gripper it knows [m]."""
    return {
        name: card.jaw_width
        for name, path in pretrained_networks().items()
        if (card := read_card(path)) is not None and card.gripper_type == gripper.type
    }
