# SPDX-License-Identifier: Apache-2.0
"""Kinematics and shapes from the description's text."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import coal
import numpy as np
import pinocchio as pin

from pinch_core.resources import share_directories


class RobotModel:
    def __init__(self, urdf: str, srdf: str) -> None:
        urdf, self._continuous = _with_angles(urdf)
        self._pin = pin.buildModelFromXML(urdf)
        self._shapes = pin.buildGeomFromUrdfString(
            self._pin, urdf, pin.GeometryType.COLLISION, package_dirs=[str(s) for s in share_directories()]
        )
        for shape in self._shapes.geometryObjects:
            if isinstance(shape.geometry, coal.BVHModelBase):
                shape.geometry.buildConvexHull(True, "Qt")
                shape.geometry = shape.geometry.convex
        self._shapes.addAllCollisionPairs()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "robot.srdf")
            path.write_text(srdf, encoding="utf-8")
            pin.removeCollisionPairs(self._pin, self._shapes, os.fspath(path))
        semantics = ElementTree.fromstring(srdf)
        self._groups = {
            group.get("name"): [joint.get("name") for joint in group.findall("joint")]
            for group in semantics.findall("group")
        }

    def _index(self, joint: str) -> int:
        return self._pin.joints[self._pin.getJointId(joint)].idx_q

    def _limits(self, group: str):
        index = [self._index(joint) for joint in self._groups[group]]
        return np.array(self._pin.lowerPositionLimit[index]), np.array(self._pin.upperPositionLimit[index])

    def _without_turns(self, joint: str, position: float) -> float:
        """MoveIt counts no turns of continuous joints."""
        return float((position + np.pi) % (2 * np.pi) - np.pi) if joint in self._continuous else position


def _with_angles(urdf: str) -> tuple[str, set[str]]:
    """The URDF with revolute joints in place of the continuous ones, and the names of those."""
    root = ElementTree.fromstring(urdf)
    continuous = [joint for joint in root.findall("joint") if joint.get("type") == "continuous"]
    for joint in continuous:
        joint.set("type", "revolute")
        joint.find("limit").set("lower", str(-2 * np.pi))
        joint.find("limit").set("upper", str(2 * np.pi))
    return ElementTree.tostring(root, encoding="unicode"), {joint.get("name") for joint in continuous}
