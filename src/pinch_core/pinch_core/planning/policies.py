# SPDX-License-Identifier: Apache-2.0
"""Grasp policies by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pinch_core.errors import UnknownNameError
from pinch_core.networks.errors import NetworkError
from pinch_core.planning.grasp_policy import GraspPolicy
from pinch_core.planning.grasp_type import GraspType
from pinch_core.planning.planning_config import PlanningConfig
from pinch_core.planning.rank_policy import RandomPolicy, RankPolicy

if TYPE_CHECKING:  # a policy loads PyTorch and scikit-learn when it is made, if it needs them
    from pinch_core.planning.loaded_network import LoadedNetwork


class UnknownPolicyError(UnknownNameError):
    """There is no policy of that name."""


@dataclass(frozen=True)
class PolicyKind:
    """``build`` gets a network if ``needs_network``, else None."""

    build: Callable[[PlanningConfig, GraspType[Any], LoadedNetwork | None], GraspPolicy]
    needs_network: bool

    def make(
        self, config: PlanningConfig, grasp_type: GraspType[Any], network: LoadedNetwork | None
    ) -> GraspPolicy:
        """A policy; every network meets its gripper here.

        Raises:
            NetworkError: the network was trained for another gripper type.
        """
        if network is not None:
            network.check_trained_for(grasp_type.gripper)
        return self.build(config, grasp_type, network)


def _rank(config: PlanningConfig, grasp_type: GraspType[Any], network: LoadedNetwork | None) -> GraspPolicy:
    assert network is not None
    return RankPolicy(network.quality)


def _cem(config: PlanningConfig, grasp_type: GraspType[Any], network: LoadedNetwork | None) -> GraspPolicy:
    from pinch_core.planning.cem_policy import CemPolicy

    assert network is not None
    return CemPolicy(network.quality, config.cem)


def _dense(config: PlanningConfig, grasp_type: GraspType[Any], network: LoadedNetwork | None) -> GraspPolicy:
    from pinch_core.planning.dense_policy import DensePolicy

    assert network is not None
    return DensePolicy(network.dense, network.quality, config.dense)


POLICIES: Mapping[str, PolicyKind] = MappingProxyType(
    {
        "cem": PolicyKind(_cem, needs_network=True),
        "rank": PolicyKind(_rank, needs_network=True),
        "dense": PolicyKind(_dense, needs_network=True),
        "igq": PolicyKind(lambda _, grasp_type, __: RankPolicy(grasp_type.baseline(), "igq"), False),
        "random": PolicyKind(lambda _, __, ___: RandomPolicy(), needs_network=False),
    }
)


def policy_kind(name: str) -> PolicyKind:
    """The policy of a name.

    Raises:
        UnknownPolicyError: there is none.
    """
    if name not in POLICIES:
        raise UnknownPolicyError(
            f"policy = '{name}' is not known; there are: {', '.join(POLICIES)}.", name, POLICIES
        )
    return POLICIES[name]


def make_policy(name: str, model: str, config: PlanningConfig, grasp_type: GraspType[Any]) -> GraspPolicy:
    """A policy with the network that it needs, loaded from ``model``: a shipped name, a file, or empty for
    the shipped one that suits the gripper.

    Raises:
        UnknownPolicyError, NetworkError, DamagedWeightsError: a name or file is not there or will not do.
    """
    kind = policy_kind(name)
    if not kind.needs_network:
        if model:
            raise NetworkError(f"policy '{name}' uses no network, but model = '{model}'; leave it out.")
        return kind.make(config, grasp_type, None)
    from pinch_core.planning.loaded_network import LoadedNetwork

    return kind.make(config, grasp_type, LoadedNetwork.find(model, grasp_type.gripper))
