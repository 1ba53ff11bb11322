# SPDX-License-Identifier: Apache-2.0
"""Motion planners by the names that users call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

from pinch_core.errors import UnknownNameError
from pinch_core.robot import Robot
from pinch_executor.embedded.planner import EmbeddedMotionPlanner
from pinch_executor.executor_config import ExecutorConfig
from pinch_executor.motion_planner import MotionPlanner
from pinch_executor.moveit.remote_planner import RemoteMotionPlanner


class OwnedMotionPlanner(MotionPlanner, Protocol):
    """A planner with something to end."""

    def close(self) -> None:
        """End what the planner started; it is not used afterwards."""
        ...


def _embedded(robot: Robot, config: ExecutorConfig, use_sim_time: bool, namespace: str) -> OwnedMotionPlanner:
    return EmbeddedMotionPlanner(robot, config.embedded)


def _moveit(robot: Robot, config: ExecutorConfig, use_sim_time: bool, namespace: str) -> OwnedMotionPlanner:
    return RemoteMotionPlanner(robot, config.moveit, use_sim_time=use_sim_time, namespace=namespace)


MOTION_PLANNERS: Mapping[str, Callable[[Robot, ExecutorConfig, bool, str], OwnedMotionPlanner]] = (
    MappingProxyType({"embedded": _embedded, "moveit": _moveit})
)


def make_motion_planner(
    robot: Robot, config: ExecutorConfig, *, use_sim_time: bool = False, namespace: str = "/"
) -> OwnedMotionPlanner:
    """The planner that ``config.motion_planner`` names; ``namespace``: of the node that uses it.

    Raises:
        UnknownNameError: there is none of that name.
    """
    if config.motion_planner not in MOTION_PLANNERS:
        raise UnknownNameError(
            f"motion_planner = '{config.motion_planner}' is not one of {', '.join(MOTION_PLANNERS)}; name "
            "one of those."
        )
    return MOTION_PLANNERS[config.motion_planner](robot, config, use_sim_time, namespace)
