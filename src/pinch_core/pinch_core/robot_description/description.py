# SPDX-License-Identifier: Apache-2.0
"""The one loader of robot descriptions: the executor, the simulated cell and MoveIt all build on it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from pinch_core.resources import find_shared_file
from pinch_core.robot import Robot
from pinch_core.robot_description.joint import Joint, JointKind, Mimic
from pinch_core.robot_description.kinematic_tree import KinematicTree, read_tree
from pinch_core.robot_description.meshes import check_collision_meshes, find_mesh
from pinch_core.robot_description.robot_names import check_robot
from pinch_core.robot_description.semantics import Semantics, read_semantics
from pinch_core.robot_description.xacro import read_source
from pinch_core.robot_description.xml_source import XmlSource

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class JointRanges:
    """Limits of some joints, (J,) each: ``lower``, ``upper`` [rad or m], infinite for continuous joints;
    ``velocity`` [rad/s or m/s].
    """

    lower: Float64
    upper: Float64
    velocity: Float64


@dataclass(frozen=True, eq=False)
class RobotDescription:
    """A URDF and its SRDF, checked: each name that ``robot`` takes from them exists.

    Text is handed out with xacro expanded and mesh files as absolute paths, so that no library has to look
    for them.
    """

    robot: Robot
    source: XmlSource
    tree: KinematicTree
    semantics: Semantics

    @property
    def path(self) -> Path:
        """The URDF file."""
        return self.source.path

    def joint(self, name: str) -> Joint:
        """A joint that exists."""
        return self.tree.joints[name]

    def ranges(self, names: Sequence[str]) -> JointRanges:
        """The limits of the joints ``names``."""
        joints = [self.joint(name) for name in names]
        return JointRanges(
            *(np.array([getattr(j, key) for j in joints]) for key in ("lower", "upper", "velocity"))
        )

    def mimics(self) -> dict[str, Mimic]:
        """Each joint that follows another, with the joint at the end of the chain that it follows."""
        found = {}
        for joint in self.tree.joints.values():
            mimic = joint.mimic
            while mimic is not None and (further := self.joint(mimic.joint).mimic) is not None:
                # a = m (n b + k) + o
                mimic = Mimic(
                    further.joint,
                    mimic.multiplier * further.multiplier,
                    mimic.multiplier * further.offset + mimic.offset,
                )
            if mimic is not None:
                found[joint.name] = mimic
        return found

    def xml(
        self,
        shown: Callable[[Path], str] = str,
        *,
        with_visuals: bool = True,
        unlimited: JointKind = JointKind.CONTINUOUS,
    ) -> ElementTree.Element:
        """A copy of the URDF, for the caller to change.

        Args:
            shown: how a mesh file's absolute path is written, e.g. ``Path.as_uri``.
            with_visuals: without, for libraries that cannot read the meshes of pictures.
            unlimited: the kind that stands for a continuous joint: REVOLUTE, without limits that matter, for
                libraries that describe the other one by two numbers.
        """
        root = copy.deepcopy(self.source.root)
        if not with_visuals:
            for link in root.findall("link"):
                for visual in link.findall("visual"):
                    link.remove(visual)
        for mesh in root.iter("mesh"):
            path = find_mesh(mesh.get("filename", ""), self.path)
            if path is not None:  # a picture may lack its mesh
                mesh.set("filename", shown(path.absolute()))
        if unlimited is JointKind.REVOLUTE:
            for joint in root.findall("joint"):
                if joint.get("type") == JointKind.CONTINUOUS.value:
                    _make_revolute(joint)
        return root

    def text(self, shown: Callable[[Path], str] = str) -> str:
        """The URDF as text; see :meth:`xml`."""
        return ElementTree.tostring(self.xml(shown), encoding="unicode")

    def published_text(self) -> str:
        """The URDF for viewers on any machine: packages stay named, other meshes get file:// addresses."""
        root = self.xml(Path.as_uri)
        for mesh, given in zip(root.iter("mesh"), self.source.root.iter("mesh"), strict=True):
            if given.get("filename", "").startswith("package://"):
                mesh.set("filename", given.get("filename", ""))
        return ElementTree.tostring(root, encoding="unicode")


def load_description(robot: Robot) -> RobotDescription:
    """The URDF and SRDF of a robot, whole and checked.

    Raises:
        UnknownNameError: a file is in no share directory.
        DamagedFileError: a file is empty or cut off.
        RobotDescriptionError: something is missing, contradictory or unknown; the file and the line or joint
            are named.
    """
    urdf, srdf = find_shared_file(robot.description), find_shared_file(robot.semantics)
    source = read_source(urdf, "a URDF", robot.description_arguments)
    tree = read_tree(source)
    check_collision_meshes(source)
    semantics = read_semantics(read_source(srdf, "an SRDF", robot.description_arguments), tree, source)
    check_robot(robot, source, tree)
    return RobotDescription(robot, source, tree, semantics)


# Far beyond what any joint turns in its life, and not infinite, which readers of URDF do not take.
_UNLIMITED_RAD = 1e9


def _make_revolute(joint: ElementTree.Element) -> None:
    joint.set("type", JointKind.REVOLUTE.value)
    limit = joint.find("limit")
    if limit is None:
        limit = ElementTree.SubElement(joint, "limit", velocity="0", effort="0")
    limit.set("lower", str(-_UNLIMITED_RAD))
    limit.set("upper", str(_UNLIMITED_RAD))
