# SPDX-License-Identifier: Apache-2.0
"""The networks that the node has in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pinch_core.errors import ConfigError
from pinch_core.gripper import Gripper
from pinch_core.planning.loaded_network import LoadedNetwork, has_network_for, network_for

# Stands for the shipped network that was trained for jaws like the gripper's.
AUTOMATIC = "auto"


class NetworkStore:
    """Loads networks and keeps them: once loaded, a network serves even when its file is gone."""

    def __init__(self) -> None:
        self._loaded: dict[str, LoadedNetwork] = {}

    def load(self, names: Sequence[str], gripper: Gripper) -> Mapping[str, LoadedNetwork]:
        """The networks of these names or files by the names that goals call them, the first one first.

        Raises:
            ConfigError: two files have the same name.
            NetworkError, DamagedWeightsError: a network cannot be loaded.
        """
        networks: dict[str, LoadedNetwork] = {}
        for name in names:
            if name == AUTOMATIC and not has_network_for(gripper):
                continue  # policies without a network serve such a gripper
            found = network_for(gripper) if name == AUTOMATIC else name
            if found not in self._loaded:
                self._loaded[found] = LoadedNetwork.find(found, gripper)
            network = self._loaded[found]
            if networks.setdefault(network.name, network) is not network:
                raise ConfigError(
                    f"models names two networks '{network.name}', so goals cannot tell them apart; rename "
                    "one of the files."
                )
        return networks

    def forget_others(self, kept: Mapping[str, LoadedNetwork]) -> None:
        """Give the memory of all other networks back."""
        self._loaded = {name: network for name, network in self._loaded.items() if network in kept.values()}
