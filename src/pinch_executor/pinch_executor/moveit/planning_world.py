# SPDX-License-Identifier: Apache-2.0
"""MoveIt's planning scene as a :class:`~pinch_executor.motion_planner.Scene` describes it."""

from __future__ import annotations

from typing import Any

import numpy as np
from geometry_msgs.msg import Pose
from moveit_msgs.msg import AttachedCollisionObject, CollisionObject
from shape_msgs.msg import SolidPrimitive

from pinch_core.geometry.transform import Transform
from pinch_core.robot import Robot
from pinch_executor.errors import ServerUnavailable
from pinch_executor.height_field import HeightField
from pinch_executor.motion_planner import Float64, Scene
from pinch_executor.moveit.field_mesh import field_mesh
from pinch_ros.conversions import pose_from_transform

TABLE, TARGET, HELD, SURROUNDINGS = "table", "target", "held object", "surroundings"
TABLE_SIZE_M = 6.0
TABLE_THICKNESS_M = 0.5


class PlanningWorld:
    """Table, keep-out boxes, surroundings, target and held object in the scene of a PlanningSceneMonitor.

    Clearances make the boxes larger, since MoveIt knows padding of links only.
    """

    def __init__(self, monitor: Any, robot: Robot) -> None:
        self._monitor, self._robot = monitor, robot
        self._is_holding = False
        self._may_touch: list[tuple[str, str]] = []

    def show(self, scene: Scene) -> None:
        """Make MoveIt's scene equal to ``scene``; nothing may be touched."""
        boxes = {box.name: (box.T_base_box, box.size + 2 * scene.clearance) for box in scene.keep_out}
        if scene.table_height is not None:
            top = scene.table_height + scene.table_clearance
            center = np.array([0.0, 0.0, top - TABLE_THICKNESS_M / 2])
            boxes[TABLE] = (
                Transform(np.eye(3), center),
                np.array([TABLE_SIZE_M, TABLE_SIZE_M, TABLE_THICKNESS_M]),
            )
        if scene.target is not None:
            boxes[TARGET] = (scene.target.T_base_box, scene.target.size)
        fields = {f"{SURROUNDINGS} {i}": field for i, field in enumerate(scene.fields)}
        self.allow_contact(False)
        with self._monitor.read_write() as planning_scene:
            if self._is_holding:
                planning_scene.process_attached_collision_object(
                    AttachedCollisionObject(
                        link_name=self._robot.tcp_frame,
                        object=CollisionObject(id=HELD, operation=CollisionObject.REMOVE),
                    )
                )
            planning_scene.remove_all_collision_objects()
            for name, (T_base_box, size) in boxes.items():
                planning_scene.apply_collision_object(_box(name, self._robot.base_frame, T_base_box, size))
            for name, field in fields.items():
                planning_scene.apply_collision_object(_mesh(name, self._robot.base_frame, field))
            if scene.held is not None:
                held = _box(HELD, self._robot.tcp_frame, scene.held.T_tcp_box, scene.held.size)
                planning_scene.process_attached_collision_object(
                    AttachedCollisionObject(
                        link_name=self._robot.tcp_frame,
                        object=held,
                        touch_links=list(self._robot.finger_links),
                    )
                )
        self._is_holding = scene.held is not None
        self._may_touch = []
        if scene.target is not None:
            self._may_touch += [(link, TARGET) for link in self._robot.finger_links]
        self._may_touch += [(link, name) for link in self._robot.finger_links for name in fields]
        if scene.held is not None:
            under = [*fields] if scene.table_height is None else [TABLE, *fields]
            self._may_touch += [(HELD, name) for name in under]

    def allow_contact(self, allowed: bool) -> None:
        """Whether fingers may touch the target and the surroundings, and the held object these and the table.

        Raises:
            ServerUnavailable: this build of moveit_py hands out a copy of the matrix; nothing changes.
        """
        with self._monitor.read_write() as planning_scene:
            for first, second in self._may_touch:
                planning_scene.allowed_collision_matrix.set_entry(first, second, allowed)
            for first, second in self._may_touch:
                is_known, _ = planning_scene.allowed_collision_matrix.get_entry(first, second)
                if not is_known:
                    raise ServerUnavailable(
                        f"MoveIt forgot that '{first}' and '{second}' may touch; install a moveit_py whose "
                        "allowed_collision_matrix is not a copy, or set motion_planner to embedded."
                    )


def _mesh(name: str, frame: str, field: HeightField) -> CollisionObject:
    message = CollisionObject(
        id=name,
        pose=pose_from_transform(field.T_base_origin),
        meshes=[field_mesh(field)],
        mesh_poses=[Pose()],
        operation=CollisionObject.ADD,
    )
    message.header.frame_id = frame
    return message


def _box(name: str, frame: str, T_frame_box: Transform, size: Float64) -> CollisionObject:
    box = SolidPrimitive(type=SolidPrimitive.BOX, dimensions=[float(edge) for edge in size])
    message = CollisionObject(
        id=name,
        pose=pose_from_transform(T_frame_box),
        primitives=[box],
        primitive_poses=[Pose()],
        operation=CollisionObject.ADD,
    )
    message.header.frame_id = frame
    return message
