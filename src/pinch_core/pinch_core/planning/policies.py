# SPDX-License-Identifier: Apache-2.0
"""Grasp policies by the names that users and goals call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from pinch_core.errors import PinchError
from pinch_core.networks.dense_model import make_dense_model
from pinch_core.networks.dense_scoring import DenseQualityModel
from pinch_core.networks.errors import NetworkError
from pinch_core.networks.pretrained import find_network, pretrained_networks
from pinch_core.networks.quality_model import Engine, make_quality_model
from pinch_core.networks.weights import load_network, read_card
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.parallel_jaw.image_quality import ImageQuality
from pinch_core.planning.cem_policy import CemPolicy
from pinch_core.planning.dense_policy import DensePolicy
from pinch_core.planning.grasp_policy import GraspPolicy
from pinch_core.planning.network_quality import NetworkQuality
from pinch_core.planning.planner_config import PlannerConfig
from pinch_core.planning.rank_policy import RandomPolicy, RankPolicy
from pinch_core.planning.training_view import TrainingView


class UnknownPolicyError(PinchError):
    """There is no policy of that name."""


class LoadedNetwork:
    """A trained network in memory: its file may go, plans go on.

    Args:
        name: for the ``source`` of grasps and for messages.
        threads: of the CPU, 0 for one for each core.

    Raises:
        NetworkError, DamagedWeightsError: as :func:`load_network` and :func:`make_quality_model`.
    """

    def __init__(self, path: Path, name: str, engine: Engine = Engine.AUTOMATIC, threads: int = 0) -> None:
        self.name = name
        self._network, self._threads = load_network(path), threads
        self.quality = NetworkQuality(
            make_quality_model(self._network, engine, threads),
            TrainingView.of(self._network.crop_size, read_card(path)),
            name,
        )

    @classmethod
    def find(cls, name_or_path: str, gripper: ParallelJawGripper) -> LoadedNetwork:
        """A shipped network or a file; where the name is empty, the shipped one for jaws nearest in width."""
        name = name_or_path or network_for(gripper)
        return cls(find_network(name), Path(name).stem)

    @property
    def engine(self) -> str:
        """What runs it, in words."""
        return self.quality.model.engine

    @cached_property
    def dense(self) -> DenseQualityModel:
        """Its fully convolutional form; made when it is first asked for.

        Raises:
            NetworkError: it has none.
        """
        return make_dense_model(self._network, self._threads)


def network_for(gripper: ParallelJawGripper) -> str:
    """Name of the shipped network that was trained for jaws nearest in width.

    Raises:
        NetworkError: no network is shipped.
    """
    widths = {
        name: card.jaw_width
        for name, path in pretrained_networks().items()
        if (card := read_card(path)) is not None
    }
    if not widths:
        raise NetworkError("no trained network is shipped with this pinch; name the file of one.")
    return min(widths, key=lambda name: abs(widths[name] - gripper.max_opening))


@dataclass(frozen=True)
class PolicyKind:
    """``make`` builds a policy; ``needs_network``: of a network, else it is given None."""

    make: Callable[[PlannerConfig, LoadedNetwork | None], GraspPolicy]
    needs_network: bool


def _rank(config: PlannerConfig, network: LoadedNetwork | None) -> GraspPolicy:
    assert network is not None
    return RankPolicy(network.quality)


def _cem(config: PlannerConfig, network: LoadedNetwork | None) -> GraspPolicy:
    assert network is not None
    return CemPolicy(network.quality, config.cem)


def _dense(config: PlannerConfig, network: LoadedNetwork | None) -> GraspPolicy:
    assert network is not None
    return DensePolicy(network.dense, network.quality, config.dense)


POLICIES: Mapping[str, PolicyKind] = MappingProxyType(
    {
        "cem": PolicyKind(_cem, needs_network=True),
        "rank": PolicyKind(_rank, needs_network=True),
        "dense": PolicyKind(_dense, needs_network=True),
        "igq": PolicyKind(lambda config, _: RankPolicy(ImageQuality(config.quality), "igq"), False),
        "random": PolicyKind(lambda config, _: RandomPolicy(), needs_network=False),
    }
)


def policy_kind(name: str) -> PolicyKind:
    """The policy of a name.

    Raises:
        UnknownPolicyError: there is none.
    """
    if name not in POLICIES:
        raise UnknownPolicyError(f"policy = '{name}' is not known; there are: {', '.join(POLICIES)}.")
    return POLICIES[name]


def make_policy(name: str, model: str, config: PlannerConfig, gripper: ParallelJawGripper) -> GraspPolicy:
    """A policy with the network that it needs, loaded from ``model``: a shipped name, a file, or empty for
    the shipped one that suits the gripper.

    Raises:
        UnknownPolicyError, NetworkError, DamagedWeightsError: a name or file is not there or will not do.
    """
    kind = policy_kind(name)
    if not kind.needs_network:
        if model:
            raise NetworkError(f"policy '{name}' uses no network, but model = '{model}'; leave it out.")
        return kind.make(config, None)
    return kind.make(config, LoadedNetwork.find(model, gripper))
