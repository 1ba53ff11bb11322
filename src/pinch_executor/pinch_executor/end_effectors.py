# SPDX-License-Identifier: Apache-2.0
"""End effectors by the type that the gripper's file names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from rclpy.node import Node

from pinch_core.errors import UnknownNameError
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.robot import Robot
from pinch_executor.end_effector import EndEffector, GripperModel
from pinch_executor.executor_config import ExecutorConfig
from pinch_executor.joint_state_monitor import JointStateMonitor
from pinch_executor.parallel_jaw.end_effector import ParallelJaw
from pinch_executor.parallel_jaw.gripper_controller import GripperController
from pinch_executor.parallel_jaw.model import JawModel
from pinch_executor.waiter import Waiter


class EndEffectorType(Protocol):
    """One type of gripper."""

    def model(self, gripper: ParallelJawGripper) -> GripperModel:
        """The gripper as the motion planner sees it."""
        ...

    def connect(
        self,
        gripper: ParallelJawGripper,
        node: Node,
        robot: Robot,
        joints: JointStateMonitor,
        waiter: Waiter,
        config: ExecutorConfig,
    ) -> EndEffector:
        """The gripper, ready to be moved."""
        ...


class ParallelJawType:
    """Two fingers behind the action of a gripper controller."""

    def model(self, gripper: ParallelJawGripper) -> GripperModel:
        """See the protocol."""
        return JawModel(gripper)

    def connect(
        self,
        gripper: ParallelJawGripper,
        node: Node,
        robot: Robot,
        joints: JointStateMonitor,
        waiter: Waiter,
        config: ExecutorConfig,
    ) -> EndEffector:
        """See the protocol."""
        driver = GripperController(node, robot, joints, waiter, config.timeouts)
        return ParallelJaw(JawModel(gripper), driver, config.gripper)


END_EFFECTORS: Mapping[str, EndEffectorType] = MappingProxyType({"parallel_jaw": ParallelJawType()})


def end_effector_type(gripper: ParallelJawGripper) -> EndEffectorType:
    """What the gripper's ``type`` names; raises UnknownNameError."""
    if gripper.type not in END_EFFECTORS:
        raise UnknownNameError(
            f"gripper '{gripper.name}' is of type '{gripper.type}', which no end effector is for; known: "
            f"{', '.join(END_EFFECTORS)}."
        )
    return END_EFFECTORS[gripper.type]
