# SPDX-License-Identifier: Apache-2.0
"""The registry of gripper types: a type is its folder, its group in PlannerConfig, and one entry here."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinch_core.config import from_file, from_mapping
from pinch_core.config_kinds import GRIPPER
from pinch_core.errors import ConfigError
from pinch_core.gripper import Gripper
from pinch_core.parallel_jaw.gripper import ParallelJawGripper, from_version_1
from pinch_core.plain_text import shown
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.grasp_type import GraspType


@dataclass(frozen=True)
class GraspTypeEntry:
    """``gripper``: the config class of its grippers' files. ``bind``: its grasps, for such a gripper and the
    planner's settings; it imports the folder when it is first called.
    """

    gripper: type[Any]
    bind: Callable[[Any, PlannerConfig], GraspType[Any]]


def _parallel_jaw(gripper: ParallelJawGripper, config: PlannerConfig) -> GraspType[Any]:
    from pinch_core.parallel_jaw.grasp_type import ParallelJaw

    return ParallelJaw(gripper, config.parallel_jaw, config.workspace)


GRASP_TYPES: MutableMapping[str, GraspTypeEntry] = {
    "parallel_jaw": GraspTypeEntry(ParallelJawGripper, _parallel_jaw),
}


def bind_grasp_type(gripper: Gripper, config: PlannerConfig) -> GraspType[Any]:
    """The grasps of a gripper's type, for that gripper with these settings."""
    return GRASP_TYPES[gripper.type].bind(gripper, config)


def gripper_from_mapping(values: Any, where: str) -> Gripper:
    """A gripper of the type that its key ``type`` names; files of pinch 1, which have none, are read too.

    Args:
        where: file that the values come from, for messages.

    Raises:
        ConfigError: the type is unknown, or its config class refuses the values.
    """
    if not isinstance(values, dict):
        raise ConfigError(
            f"{where} holds {shown(values)}, which describes no gripper; give a mapping with a key 'type'."
        )
    values = from_version_1(values)
    name = values["type"]
    if not isinstance(name, str) or name not in GRASP_TYPES:
        raise ConfigError(f"{where} has type = {shown(name)}; known gripper types: {', '.join(GRASP_TYPES)}.")
    gripper: Gripper = from_mapping(GRASP_TYPES[name].gripper, values, where)
    return gripper


def read_gripper(path: Path) -> Gripper:
    """The gripper of a YAML file; errors as :func:`gripper_from_mapping`."""
    return from_file(path, lambda values: gripper_from_mapping(values, str(path)), GRIPPER)
