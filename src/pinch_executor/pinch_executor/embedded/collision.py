# SPDX-License-Identifier: Apache-2.0
"""Does the robot, at these joint positions, touch itself or the scene?"""

from __future__ import annotations

from collections.abc import Iterable

import coal
import numpy as np
import pinocchio as pin

from pinch_executor.embedded.field_shape import field_shape
from pinch_executor.embedded.robot_model import RobotModel
from pinch_executor.motion_planner import Float64, Scene

TABLE, TARGET, HELD = "table", "target", "held object"
TABLE_SIZE_M = 6.0
TABLE_THICKNESS_M = 0.5


class CollisionChecker:
    """The robot in one :class:`Scene`. Joint vectors are (J,)."""

    def __init__(self, robot: RobotModel, shapes: pin.GeometryModel, scene: Scene) -> None:
        """``shapes``: those of :meth:`RobotModel.collision_shapes`; they are copied, not changed."""
        self._robot = robot
        self._opening = scene.opening
        self._shapes = shapes.copy()
        self._links = list(range(self._shapes.ngeoms))
        self._data = robot.model.createData()
        self._margins: dict[int, float] = {}
        self._touchable: set[int] = set()
        self._add_scene(scene)
        self._strict = self._geometry_data()
        self._touching = self._geometry_data()
        for pair in self._touchable:
            self._touching.deactivateCollisionPair(pair)

    def collides(self, positions: Float64, may_touch: bool = False) -> bool:
        """``may_touch``: fingers on the target and the surroundings, and the held object on these and on the
        table, are then no collision.
        """
        q = self._robot.configuration(positions, self._opening)
        geometry = self._touching if may_touch else self._strict
        return bool(pin.computeCollisions(self._robot.model, self._data, self._shapes, geometry, q, True))

    def first_collision(self, path: Iterable[Float64], may_touch: Iterable[bool]) -> int | None:
        """Index of the first of the joint vectors ``path`` that collides, None if all are free."""
        for index, (positions, allowed) in enumerate(zip(path, may_touch, strict=True)):
            if self.collides(positions, allowed):
                return index
        return None

    def contacts(self, positions: Float64, may_touch: bool = False) -> str:
        """What touches what, for messages: "a and b, c and d"; empty when nothing does."""
        geometry = self._touching if may_touch else self._strict
        q = self._robot.configuration(positions, self._opening)
        pin.computeCollisions(self._robot.model, self._data, self._shapes, geometry, q, False)
        pairs: dict[str, None] = {}
        for pair, result, active in zip(
            self._shapes.collisionPairs, geometry.collisionResults, geometry.activeCollisionPairs, strict=True
        ):
            if active and result.isCollision():
                pairs[f"{self._link_name(pair.first)} and {self._link_name(pair.second)}"] = None
        return ", ".join(pairs)

    def _link_name(self, shape: int) -> str:
        item = self._shapes.geometryObjects[shape]
        return (
            str(self._robot.model.frames[item.parentFrame].name) if shape in self._links else str(item.name)
        )

    def _geometry_data(self) -> pin.GeometryData:
        data = self._shapes.createData()
        for pair, margin in self._margins.items():
            data.collisionRequests[pair].security_margin = margin
        return data

    def _add_scene(self, scene: Scene) -> None:
        table = None
        if scene.table_height is not None:
            center = pin.SE3(np.eye(3), np.array([0.0, 0.0, scene.table_height - TABLE_THICKNESS_M / 2]))
            size = np.array([TABLE_SIZE_M, TABLE_SIZE_M, TABLE_THICKNESS_M])
            table = self._add_fixed(TABLE, self._robot.root_from_base * center, size)
            self._pair_with_links(table, scene.table_clearance)
        fields = [
            self._add_shape(f"surroundings {i}", 0, self._robot.root_from(at), shape)
            for i, (at, shape) in enumerate(field_shape(field) for field in scene.fields)
        ]
        for field in fields:
            self._pair_with_links(field, 0.0, finger_touch=True)
        keep_out = [
            self._add_fixed(box.name, self._robot.root_from(box.T_base_box), box.size)
            for box in scene.keep_out
        ]
        for box in keep_out:
            self._pair_with_links(box, scene.clearance)
        if scene.target is not None:
            box = self._add_fixed(TARGET, self._robot.root_from(scene.target.T_base_box), scene.target.size)
            self._pair_with_links(box, 0.0, finger_touch=True)
        if scene.held is not None:
            tcp = self._robot.tcp_frame
            T_tcp_box = scene.held.T_tcp_box
            placement = tcp.placement * pin.SE3(T_tcp_box.rotation, T_tcp_box.translation)
            held = self._add(HELD, tcp.parentJoint, placement, scene.held.size)
            for link in self._links:
                if self._link_name(link) not in self._robot.robot.finger_links:
                    self._pair(held, link, 0.0)
            for box in keep_out:
                self._pair(held, box, scene.clearance)
            for field in fields:
                self._touchable.update(self._pair(held, field, 0.0))
            if table is not None:
                self._touchable.update(self._pair(held, table, scene.table_clearance))

    def _add_fixed(self, name: str, root_from_box: pin.SE3, size: Float64) -> int:
        return self._add(name, 0, root_from_box, size)

    def _add(self, name: str, joint: int, placement: pin.SE3, size: Float64) -> int:
        return self._add_shape(name, joint, placement, coal.Box(*size))

    def _add_shape(self, name: str, joint: int, placement: pin.SE3, shape: coal.CollisionGeometry) -> int:
        return int(self._shapes.addGeometryObject(pin.GeometryObject(name, joint, placement, shape)))

    def _pair_with_links(self, shape: int, margin: float, finger_touch: bool = False) -> None:
        for link in self._links:
            pairs = self._pair(shape, link, margin)
            if finger_touch and self._link_name(link) in self._robot.robot.finger_links:
                self._touchable.update(pairs)

    def _pair(self, first: int, second: int, margin: float) -> list[int]:
        """Check the two shapes from now on, unless one joint carries both; the index of the pair, if any."""
        shapes = self._shapes.geometryObjects
        if shapes[first].parentJoint == shapes[second].parentJoint:
            return []
        self._shapes.addCollisionPair(pin.CollisionPair(first, second))
        index = len(self._shapes.collisionPairs) - 1
        self._margins[index] = margin
        return [index]
