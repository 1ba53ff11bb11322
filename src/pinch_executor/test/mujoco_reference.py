# SPDX-License-Identifier: Apache-2.0
"""The judge of planned motions: MuJoCo on the same description; it shares no code with the planners."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import mujoco
import numpy as np

from pinch_core.geometry.transform import Transform
from pinch_core.resources import find_shared_file
from pinch_core.robot import Robot
from pinch_executor.motion_planner import Box, Scene

TABLE, TARGET = "table", "target"
# Shapes that rest on each other overlap by rounding.
TOUCH_M = 1e-4


class MujocoReference:
    """A robot in a scene. Joint vectors are (J,) of the arm joints."""

    def __init__(self, robot: Robot, scene: Scene | None = None) -> None:
        self.robot, self._scene = robot, scene
        self._description = ElementTree.parse(find_shared_file(robot.description)).getroot()
        spec = mujoco.MjSpec.from_string(_urdf_for_mujoco(self._description))
        for pair in ElementTree.parse(find_shared_file(robot.semantics)).getroot().iter("disable_collisions"):
            spec.add_exclude(bodyname1=pair.get("link1"), bodyname2=pair.get("link2"))
        if scene is not None:
            self._furnish(spec, scene)
        self.model = spec.compile()
        self.data = mujoco.MjData(self.model)
        self._arm = [int(self.model.joint(name).qposadr[0]) for name in robot.arm_joints]
        fingers = [int(self.model.joint(name).qposadr[0]) for name in robot.finger_joints]
        self.data.qpos[fingers] = (0.0 if scene is None else scene.opening) * robot.gripper_joint_per_opening

    def tcp(self, positions) -> Transform:
        """``T_base_tcp``."""
        self.data.qpos[self._arm] = positions
        mujoco.mj_kinematics(self.model, self.data)
        base, tcp = (self.data.body(n) for n in (self.robot.base_frame, self.robot.tcp_frame))
        T_world_base = Transform(base.xmat.reshape(3, 3), base.xpos)
        return T_world_base.inverse() @ Transform(tcp.xmat.reshape(3, 3), tcp.xpos)

    def contacts(self, positions) -> set[frozenset[str]]:
        """Pairs of links and boxes that overlap."""
        self.data.qpos[self._arm] = positions
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_collision(self.model, self.data)
        return {
            frozenset(self._name(geom) for geom in contact.geom)
            for contact in self.data.contact
            if contact.dist < -TOUCH_M
        }

    def position_limits(self) -> tuple[np.ndarray, np.ndarray]:
        """Least and greatest positions (J,)."""
        joints = [self.model.joint(name) for name in self.robot.arm_joints]
        unlimited = (-np.inf, np.inf)
        lower, upper = np.array([j.range if self.model.jnt_limited[j.id] else unlimited for j in joints]).T
        return lower, upper

    def velocity_limits(self) -> np.ndarray:
        """(J,) as the description's text says."""
        limits = {
            joint.get("name"): float(limit.get("velocity"))
            for joint in self._description.findall("joint")
            if (limit := joint.find("limit")) is not None
        }
        return np.array([limits[name] for name in self.robot.arm_joints])

    def _name(self, geom: int) -> str:
        body = int(self.model.geom_bodyid[geom])
        return self.model.geom(geom).name if body == 0 else self.model.body(body).name

    def _furnish(self, spec: mujoco.MjSpec, scene: Scene) -> None:
        boxes = list(scene.keep_out)
        if scene.table_height is not None:
            center = Transform(np.eye(3), np.array([0.0, 0.0, scene.table_height - 0.25]))
            boxes.append(Box(TABLE, center, np.array([6.0, 6.0, 0.5])))
        if scene.target is not None:
            boxes.append(Box(TARGET, scene.target.T_base_box, scene.target.size))
        for box in boxes:
            _add_box(spec.worldbody, box.name, box.T_base_box, box.size)
        if scene.held is not None:
            _add_box(spec.body(self.robot.tcp_frame), "held", scene.held.T_tcp_box, scene.held.size)
            for finger in self.robot.finger_links:
                spec.add_exclude(bodyname1=self.robot.tcp_frame, bodyname2=finger)
        for geom in spec.geoms:
            geom.contype = geom.conaffinity = 1


def _add_box(body: object, name: str, T_body_box: Transform, size: np.ndarray) -> None:
    body.add_geom(
        name=name,
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=size / 2,
        pos=T_body_box.translation,
        quat=np.roll(T_body_box.quaternion, 1),
    )


def _urdf_for_mujoco(description: ElementTree.Element) -> str:
    """Collision shapes only, mesh files as absolute paths, links behind fixed joints kept."""
    root = ElementTree.fromstring(ElementTree.tostring(description))
    for link in root.findall("link"):
        for visual in link.findall("visual"):
            link.remove(visual)
        if link.find("inertial") is None:
            inertial = ElementTree.SubElement(link, "inertial")
            ElementTree.SubElement(inertial, "mass", value="1")
            ElementTree.SubElement(inertial, "inertia", ixx="1", ixy="0", ixz="0", iyy="1", iyz="0", izz="1")
    for mesh in root.iter("mesh"):
        name = mesh.get("filename", "").removeprefix("package://")
        mesh.set("filename", str(Path(find_shared_file(name))))
    ElementTree.SubElement(
        ElementTree.SubElement(root, "mujoco"),
        "compiler",
        strippath="false",
        fusestatic="false",
        discardvisual="false",
        balanceinertia="true",
    )
    return ElementTree.tostring(root, encoding="unicode")
