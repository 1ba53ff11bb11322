# SPDX-License-Identifier: Apache-2.0
"""The messages that the MoveIt backend sends, field by field; a field that does not exist is an error."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from geometry_msgs.msg import Pose
from std_msgs.msg import Header
from trajectory_msgs.msg import JointTrajectory


@dataclass(slots=True)
class CollisionObject:
    ADD: ClassVar[bytes] = b"\x00"
    REMOVE: ClassVar[bytes] = b"\x01"

    header: Header = field(default_factory=Header)
    pose: Pose = field(default_factory=Pose)
    id: str = ""
    primitives: list = field(default_factory=list)
    primitive_poses: list = field(default_factory=list)
    meshes: list = field(default_factory=list)
    mesh_poses: list = field(default_factory=list)
    operation: bytes = ADD


@dataclass(slots=True)
class AttachedCollisionObject:
    link_name: str = ""
    object: CollisionObject = field(default_factory=CollisionObject)
    touch_links: list = field(default_factory=list)


@dataclass(slots=True)
class RobotTrajectory:
    joint_trajectory: JointTrajectory = field(default_factory=JointTrajectory)


@dataclass(slots=True)
class MoveItErrorCodes:
    SUCCESS: ClassVar[int] = 1
    PLANNING_FAILED: ClassVar[int] = -1

    val: int = 0
