# SPDX-License-Identifier: Apache-2.0
"""The planners that are compared: one policy with each of the networks. Free of ROS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pinch_core.errors import ConfigError
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.gripper import Gripper
from pinch_core.networks.pretrained import find_network
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.grasp_policy import GraspPolicy
from pinch_core.planning.grasp_type import GraspType
from pinch_core.planning.loaded_network import LoadedNetwork, network_for
from pinch_core.planning.policies import policy_kind
from pinch_core.resources import load_gripper


@dataclass(frozen=True)
class Contender:
    """``model``: file of its network, None for a policy without one. ``name``: for tables and topics."""

    name: str
    policy: str
    model: Path | None


@dataclass(frozen=True)
class PlannerSettings:
    """All that decides what a contender plans on a frame."""

    gripper: str
    config: PlannerConfig
    seed: int
    contenders: tuple[Contender, ...]
    threads: int = 1


def find_contenders(policy: str, models: Sequence[str], gripper: Gripper) -> tuple[Contender, ...]:
    """One for each network; the shipped one that suits the gripper where none is named.

    Raises:
        UnknownPolicyError, NetworkError: a policy or a network is not there.
        ConfigError: two networks have the same name, or the policy uses none.
    """
    if not policy_kind(policy).needs_network:
        if models:
            raise ConfigError(f"policy '{policy}' uses no network, but --model {models[0]}; leave it out.")
        return (Contender(policy, policy, None),)
    chosen = list(models) or [network_for(gripper)]
    names = [Path(model).stem for model in chosen]
    if len(set(names)) < len(names):
        # Trained networks are often called model.safetensors; their folders tell them apart.
        names = [f"{Path(model).parent.name}_{Path(model).stem}".lstrip("_") for model in chosen]
    if len(set(names)) < len(names):
        raise ConfigError(f"two of the networks {', '.join(chosen)} have the same name; rename a file.")
    return tuple(
        Contender(name, policy, find_network(model)) for name, model in zip(names, chosen, strict=True)
    )


@lru_cache(maxsize=1)
def loaded(
    settings: PlannerSettings,
) -> tuple[GraspType[Any], dict[str, tuple[GraspPolicy, LoadedNetwork | None]]]:
    """The gripper's grasps, and policy and network of each contender, kept for the next frame.

    Raises:
        NetworkError, DamagedWeightsError: a network will not do.
    """
    grasp_type = bind_grasp_type(load_gripper(settings.gripper), settings.config)
    found: dict[str, tuple[GraspPolicy, LoadedNetwork | None]] = {}
    for contender in settings.contenders:
        network = None
        if contender.model is not None:
            network = LoadedNetwork(contender.model, contender.model.stem, threads=settings.threads)
        policy = policy_kind(contender.policy).make(settings.config, grasp_type, network)
        found[contender.name] = policy, network
    return grasp_type, found
