# SPDX-License-Identifier: Apache-2.0
"""What a robot's YAML says, against its URDF."""

from __future__ import annotations

from collections.abc import Iterable

from pinch_core.errors import together
from pinch_core.robot import Robot
from pinch_core.robot_description.errors import RobotDescriptionError, nearest
from pinch_core.robot_description.joint import Joint, JointKind, check_travel
from pinch_core.robot_description.kinematic_tree import KinematicTree
from pinch_core.robot_description.xml_source import XmlSource

# No finger slides farther, and one whose limit is in millimetres seems to from 1 mm on.
_LONGEST_FINGER_M = 1.0


def check_robot(robot: Robot, source: XmlSource, tree: KinematicTree) -> None:
    """That links and joints that ``robot`` names exist, form its arm, and have limits that hold its home.

    Raises:
        RobotDescriptionError: something does not fit; setting and joint or link are named.
    """
    joints = (("arm_joints", robot.arm_joints), ("finger_joints", robot.finger_joints))
    links = (
        ("base_frame", (robot.base_frame,)),
        ("tcp_frame", (robot.tcp_frame,)),
        ("finger_links", robot.finger_links),
    )
    unknown = [_unknown(robot, source, *named, "link", tree.links) for named in links]
    unknown += [_unknown(robot, source, *named, "joint", tree.joints) for named in joints]
    if faults := [fault for found in unknown for fault in found]:
        raise together(faults)
    for setting, names in joints:
        _check_movable(robot, source, setting, [tree.joints[name] for name in names])
    _check_chain(robot, source, tree)
    _check_fingers(robot, source, tree)
    _check_finger_travel(robot, source, tree)
    _check_home(robot, source, [tree.joints[name] for name in robot.arm_joints])


def _unknown(
    robot: Robot, source: XmlSource, setting: str, names: Iterable[str], kind: str, known: Iterable[str]
) -> list[RobotDescriptionError]:
    """One fault for each name that the URDF does not have."""
    listed = set(known)
    return [
        RobotDescriptionError(
            f"robot '{robot.name}' has {setting} '{name}', but {source.path} has no {kind} of that name "
            f"({nearest(name, listed)}); correct {setting} in the robot's YAML.",
            source.path,
            name=name,
        )
        for name in names
        if name not in listed
    ]


def _check_movable(robot: Robot, source: XmlSource, setting: str, joints: list[Joint]) -> None:
    names = [joint.name for joint in joints]
    for joint in joints:
        if names.count(joint.name) > 1:
            raise RobotDescriptionError(
                f"robot '{robot.name}' lists joint '{joint.name}' twice in {setting}; list it once.",
                source.path,
                name=joint.name,
            )
        if not joint.is_movable:
            raise source.error(
                f"joint '{joint.name}' is fixed, and robot '{robot.name}' lists it in {setting}; remove it "
                "there, or make it movable.",
                joint.element,
                joint.name,
            )
        if not joint.velocity > 0.0:
            said = "gives no velocity" if joint.velocity != joint.velocity else "has velocity = 0"
            raise source.error(
                f"the limit of joint '{joint.name}' {said}, so no motion can be timed; set its greatest "
                f"velocity [{joint.unit}/s] in <limit>.",
                joint.element,
                joint.name,
            )


def _check_chain(robot: Robot, source: XmlSource, tree: KinematicTree) -> None:
    if robot.tcp_frame in {joint.parent for joint in tree.joints_above(robot.base_frame)}:
        raise RobotDescriptionError(
            f"robot '{robot.name}' has base_frame '{robot.base_frame}' and tcp_frame '{robot.tcp_frame}', "
            f"but in {source.path} '{robot.tcp_frame}' carries '{robot.base_frame}'; swap them in the "
            "robot's YAML.",
            source.path,
            name=robot.tcp_frame,
        )
    between = [joint for joint in tree.joints_between(robot.base_frame, robot.tcp_frame) if joint.is_movable]
    names = {joint.name for joint in between}
    for name in robot.arm_joints:
        joint = tree.joints[name]
        if name not in names:
            raise source.error(
                f"joint '{name}' of arm_joints does not lie between base_frame '{robot.base_frame}' and "
                f"tcp_frame '{robot.tcp_frame}' (between them move {', '.join(sorted(names)) or 'none'}); "
                f"correct the YAML of robot '{robot.name}'.",
                joint.element,
                name,
            )
        if joint.mimic is not None:
            raise source.error(
                f"joint '{name}' of arm_joints mimics '{joint.mimic.joint}', so it cannot be commanded; "
                f"remove it from arm_joints of robot '{robot.name}'.",
                joint.element,
                name,
            )
    for joint in between:
        follows = joint
        while follows.mimic is not None:
            follows = tree.joints[follows.mimic.joint]
        if follows.name not in robot.arm_joints:
            raise source.error(
                f"joint '{joint.name}' moves the TCP against the base, and robot '{robot.name}' does not "
                "list it in arm_joints; add it there with its home, or make it fixed.",
                joint.element,
                joint.name,
            )


def _check_fingers(robot: Robot, source: XmlSource, tree: KinematicTree) -> None:
    for name in robot.finger_joints:
        joint = tree.joints[name]
        mimic = joint.mimic
        if name in robot.arm_joints:
            raise source.error(
                f"robot '{robot.name}' lists joint '{name}' in both arm_joints and finger_joints; remove it "
                "from one.",
                joint.element,
                name,
            )
        if mimic is None or mimic.joint not in robot.finger_joints:
            continue
        if mimic.multiplier != 1.0 or mimic.offset != 0.0:
            raise source.error(
                f"joint '{name}' mimics '{mimic.joint}' with multiplier {mimic.multiplier:g} and offset "
                f"{mimic.offset:g}, so it does not show the opening as '{mimic.joint}' does; remove it from "
                f"finger_joints of robot '{robot.name}', it follows by itself.",
                joint.element,
                name,
            )


def _check_finger_travel(robot: Robot, source: XmlSource, tree: KinematicTree) -> None:
    """Of the joints that move fingers: those listed, and those above a finger's link, which may follow."""
    for joint in tree.joints.values():
        moves_finger = joint.name in robot.finger_joints or joint.child in robot.finger_links
        if moves_finger and joint.name not in robot.arm_joints and joint.kind is JointKind.PRISMATIC:
            ends = (joint.lower, joint.upper)
            check_travel(source, joint.element.find("limit"), joint.name, ends, _LONGEST_FINGER_M, "finger")


def _check_home(robot: Robot, source: XmlSource, joints: list[Joint]) -> None:
    for joint, home in zip(joints, robot.home, strict=True):
        if not joint.lower <= home <= joint.upper:
            raise source.error(
                f"home of robot '{robot.name}' puts joint '{joint.name}' at {home:g} {joint.unit}, outside "
                f"its limits [{joint.lower:g}, {joint.upper:g}]; correct home in the robot's YAML.",
                joint.element,
                joint.name,
            )
