# SPDX-License-Identifier: Apache-2.0
"""The registry of gripper types in data generation; see also :mod:`pinch_core.grasp_types`."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from pinch_core.errors import ConfigError
from pinch_core.gripper import Gripper
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.grasp_type import LabelledGrasps
from pinch_datagen.parallel_jaw.labelled_grasps import ParallelJawLabels

LABELLED_GRASPS: MutableMapping[str, Callable[[Any, DatagenConfig], LabelledGrasps[Any]]] = {
    "parallel_jaw": ParallelJawLabels,
}


def labelled_grasps(gripper: Gripper, config: DatagenConfig) -> LabelledGrasps[Any]:
    """The grasps of a gripper's type.

    Raises:
        ConfigError: no data can be generated for that type.
    """
    if gripper.type not in LABELLED_GRASPS:
        raise ConfigError(
            f"gripper '{gripper.name}' has type '{gripper.type}', for which there are no labels; known: "
            f"{', '.join(LABELLED_GRASPS)}."
        )
    return LABELLED_GRASPS[gripper.type](gripper, config)
