# SPDX-License-Identifier: Apache-2.0
"""End effectors by the type that the gripper's file names."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Protocol

from rclpy.node import Node

from pinch_core.errors import UnknownNameError
from pinch_core.gripper import Gripper
from pinch_core.parallel_jaw.gripper import as_parallel_jaw
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

    def model(self, gripper: Gripper) -> GripperModel:
        """The gripper as the motion planner sees it."""
        ...

    def connect(
        self,
        gripper: Gripper,
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

    def model(self, gripper: Gripper) -> JawModel:
        """See the protocol."""
        return JawModel(as_parallel_jaw(gripper, "the end effector parallel_jaw"))

    def connect(
        self,
        gripper: Gripper,
        node: Node,
        robot: Robot,
        joints: JointStateMonitor,
        waiter: Waiter,
        config: ExecutorConfig,
    ) -> EndEffector:
        """See the protocol."""
        driver = GripperController(node, robot, joints, waiter, config.timeouts)
        return ParallelJaw(self.model(gripper), driver, config.gripper)


END_EFFECTORS: MutableMapping[str, EndEffectorType] = {"parallel_jaw": ParallelJawType()}


def end_effector_type(gripper: Gripper) -> EndEffectorType:
    """What the gripper's ``type`` names; raises UnknownNameError."""
    if gripper.type not in END_EFFECTORS:
        raise UnknownNameError(
            f"gripper '{gripper.name}' is of type '{gripper.type}', which no end effector is for; known: "
            f"{', '.join(END_EFFECTORS)}."
        )
    return END_EFFECTORS[gripper.type]
