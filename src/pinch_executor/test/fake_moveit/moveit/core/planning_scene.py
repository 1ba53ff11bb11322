# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import coal
import numpy as np
import pinocchio as pin
from moveit_msgs.msg import AttachedCollisionObject, CollisionObject

from moveit.core.robot_model import RobotModel
from moveit.core.robot_state import RobotState
from moveit.record import recorded


class AllowedCollisionMatrix:
    def __init__(self) -> None:
        self._entries: dict[frozenset[str], bool] = {}

    @recorded
    def set_entry(self, name1: str, name2: str, allowed: bool) -> None:
        self._entries[frozenset((name1, name2))] = allowed

    def get_entry(self, name1: str, name2: str) -> tuple[bool, object]:
        """(whether there is an entry, its type)."""
        entry = self._entries.get(frozenset((name1, name2)))
        return entry is not None, "ALWAYS" if entry else "NEVER"


class PlanningScene:
    def __init__(self, robot_model: RobotModel) -> None:
        self._model = robot_model
        self._state = RobotState(robot_model)
        self._world: dict[str, tuple[str, pin.SE3, coal.CollisionGeometry]] = {}
        self._acm = AllowedCollisionMatrix()

    @property
    def current_state(self) -> RobotState:
        return self._state

    @property
    def allowed_collision_matrix(self) -> AllowedCollisionMatrix:
        return self._acm

    @recorded
    def remove_all_collision_objects(self) -> None:
        self._world.clear()

    @recorded
    def apply_collision_object(self, collision_object_msg: CollisionObject, color_msg: object = None) -> None:
        self._world[collision_object_msg.id] = self._shape(collision_object_msg)

    @recorded
    def process_attached_collision_object(self, object: AttachedCollisionObject) -> None:
        message = object.object
        attached = {item[0]: item for item in self._state._attached}
        if message.operation == CollisionObject.REMOVE:
            assert message.id in attached, f"'{message.id}' is not attached"
            del attached[message.id]  # MoveIt puts it back into the world
        else:
            assert message.header.frame_id == object.link_name
            attached[message.id] = (
                message.id,
                object.link_name,
                self._shape(message),
                set(object.touch_links),
            )
        self._state._attached = list(attached.values())

    def is_state_colliding(
        self, robot_state: RobotState, joint_model_group_name: str, verbose: bool = False
    ) -> bool:
        assert robot_state._is_updated, "update() was not called: MoveIt would use old transforms"
        model = self._model._pin
        shapes = self._model._shapes.copy()
        assert joint_model_group_name in self._model._groups
        names = [model.frames[item.parentFrame].name for item in shapes.geometryObjects]
        links = range(shapes.ngeoms)
        for name, (frame, T_frame_box, shape) in self._world.items():
            box = self._add(shapes, names, name, frame, T_frame_box, shape)
            for link in links:
                self._pair(shapes, names, box, link)
        world = range(len(links), shapes.ngeoms)
        for name, link_name, (_, T_link_box, shape), touch_links in robot_state._attached:
            box = self._add(shapes, names, name, link_name, T_link_box, shape)
            for other in (*links, *world):
                if names[other] not in touch_links:
                    self._pair(shapes, names, box, other)
        return bool(
            pin.computeCollisions(
                model, model.createData(), shapes, shapes.createData(), robot_state._q, True
            )
        )

    def _pair(self, shapes: pin.GeometryModel, names: list[str], first: int, second: int) -> None:
        items = shapes.geometryObjects
        fixed_together = items[first].parentJoint == items[second].parentJoint
        if not fixed_together and not self._acm._entries.get(frozenset((names[first], names[second]))):
            shapes.addCollisionPair(pin.CollisionPair(first, second))

    def _add(self, shapes, names, name, frame, T_frame_box, shape) -> int:
        model = self._model._pin
        link = model.frames[model.getFrameId(frame)]
        names.append(name)
        return shapes.addGeometryObject(
            pin.GeometryObject(name, link.parentJoint, link.placement * T_frame_box, shape)
        )

    def _shape(self, message: CollisionObject) -> tuple[str, pin.SE3, coal.CollisionGeometry]:
        assert self._model._pin.existFrame(message.header.frame_id), "unknown frame"
        if message.meshes:
            assert not message.primitives
            (mesh,), (inside,) = message.meshes, message.mesh_poses
            shape = coal.BVHModelOBBRSS()
            shape.beginModel(len(mesh.triangles), len(mesh.vertices))
            for triangle in mesh.triangles:
                shape.addTriangle(*(_point(mesh.vertices[i]) for i in triangle.vertex_indices))
            shape.endModel()
        else:
            (box,), (inside,) = message.primitives, message.primitive_poses
            assert box.type == box.BOX
            shape = coal.Box(*box.dimensions)
        return message.header.frame_id, _se3(message.pose) * _se3(inside), shape


def _point(point: object) -> np.ndarray:
    return np.array([point.x, point.y, point.z])


def _se3(pose: object) -> pin.SE3:
    p, o = pose.position, pose.orientation
    return pin.SE3(pin.Quaternion(o.w, o.x, o.y, o.z).matrix(), np.array([p.x, p.y, p.z]))
