# SPDX-License-Identifier: Apache-2.0
"""A six-joint arm with two fingers, made of cylinders and boxes, for tests of every package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pinch_core.robot import Robot

_MOMENTS = 'ixx="0.01" iyy="0.01" izz="0.01" ixy="0" ixz="0" iyz="0"'
_INERTIAL = f'<inertial><mass value="1"/><inertia {_MOMENTS}/></inertial>'


def _link(name: str, z: float, shape: str) -> str:
    return (
        f'  <link name="{name}">{_INERTIAL}<collision><origin xyz="0 0 {z}"/><geometry>{shape}</geometry>'
        "</collision></link>"
    )


def _tube(name: str, z: float, radius: float, length: float) -> str:
    return _link(name, z, f'<cylinder radius="{radius}" length="{length}"/>')


def _joint(name: str, parent: str, child: str, z: float, axis: str, limit: float) -> str:
    return (
        f'  <joint name="{name}" type="revolute"><parent link="{parent}"/><child link="{child}"/>'
        f'<origin xyz="0 0 {z}"/><axis xyz="{axis}"/>'
        f'<limit lower="-{limit}" upper="{limit}" effort="50" velocity="2.0"/></joint>'
    )


def _finger(name: str, child: str, side: str) -> str:
    return (
        f'  <joint name="{name}" type="prismatic"><parent link="l6"/><child link="{child}"/>'
        f'<origin xyz="0 0 0.055"/><axis xyz="0 {side} 0"/>'
        '<limit lower="0" upper="0.04" effort="50" velocity="2.0"/></joint>'
    )


def _pad(name: str, y: float) -> str:
    return (
        f'  <link name="{name}">{_INERTIAL}<collision><origin xyz="0 {y} 0.025"/><geometry>'
        '<box size="0.02 0.01 0.05"/></geometry></collision></link>'
    )


# One link or joint a line, so that tests can say on which line a fault is.
ARM_URDF = "\n".join(
    (
        '<?xml version="1.0"?>',
        '<robot name="test_arm">',
        _tube("base", 0.05, 0.07, 0.1),
        _joint("j1", "base", "l1", 0.15, "0 0 1", 2.9),
        _tube("l1", 0.05, 0.05, 0.1),
        _joint("j2", "l1", "l2", 0.12, "0 1 0", 2.2),
        _tube("l2", 0.18, 0.04, 0.28),
        _joint("j3", "l2", "l3", 0.36, "0 1 0", 2.6),
        _tube("l3", 0.08, 0.04, 0.1),
        _joint("j4", "l3", "l4", 0.18, "0 0 1", 2.9),
        _tube("l4", 0.06, 0.035, 0.1),
        _joint("j5", "l4", "l5", 0.15, "0 1 0", 2.2),
        _tube("l5", 0.03, 0.035, 0.06),
        _joint("j6", "l5", "l6", 0.09, "0 0 1", 2.9),
        _link("l6", 0.03, '<box size="0.06 0.12 0.05"/>'),
        _finger("finger_left", "fl", "1"),
        _pad("fl", 0.005),
        _finger("finger_right", "fr", "-1"),
        _pad("fr", -0.005),
        '  <joint name="tcp_joint" type="fixed"><parent link="l6"/><child link="tcp"/>'
        '<origin xyz="0 0 0.1"/></joint>',
        '  <link name="tcp"/>',
        "</robot>",
        "",
    )
)
_TOUCHING = (
    "base l1, l1 l2, l2 l3, l3 l4, l4 l5, l5 l6, l6 fl, l6 fr, fl fr, base l2, l1 l3, l2 l4, l3 l5, l4 l6, "
    "l5 fl, l5 fr"
)
ARM_SRDF = "\n".join(
    (
        '<robot name="test_arm">',
        '  <group name="arm"><chain base_link="base" tip_link="tcp"/></group>',
        '  <group name="gripper"><joint name="finger_left"/><joint name="finger_right"/></group>',
        '  <end_effector name="gripper" parent_link="tcp" group="gripper"/>',
        *(
            f'  <disable_collisions link1="{first}" link2="{second}" reason="Adjacent"/>'
            for first, second in map(str.split, _TOUCHING.split(", "))
        ),
        "</robot>",
        "",
    )
)


def edited(text: str, changes: Mapping[str, str]) -> str:
    """``text`` with the first of each key replaced; a key that is not there is a mistake of the test."""
    for old, new in changes.items():
        if old not in text:
            raise ValueError(f"the text has no {old!r} to replace")
        text = text.replace(old, new, 1)
    return text


def with_continuous(*joints: str, urdf: str = ARM_URDF) -> str:
    """The arm with ``joints`` made continuous, their limits of position removed."""
    lines = urdf.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if any(f'<joint name="{joint}"' in line for joint in joints):
            before, _, rest = line.replace("revolute", "continuous").partition("lower=")
            lines[number] = before + rest[rest.index("effort=") :]
    return "".join(lines)


def write_arm(folder: Path, urdf: str = ARM_URDF, srdf: str = ARM_SRDF, **settings: Any) -> Robot:
    """Write the description into ``folder``; the robot that it is, with ``settings`` in place of its own."""
    (folder / "arm.urdf").write_text(urdf, encoding="utf-8")
    (folder / "arm.srdf").write_text(srdf, encoding="utf-8")
    own: dict[str, Any] = {
        "name": "test_arm",
        "description": str(folder / "arm.urdf"),
        "semantics": str(folder / "arm.srdf"),
        "base_frame": "base",
        "tcp_frame": "tcp",
        "arm_joints": ("j1", "j2", "j3", "j4", "j5", "j6"),
        "home": (0.0, -0.3, 1.6, 0.0, 1.8, 0.0),
        "max_acceleration": (5.0,) * 6,
        "finger_joints": ("finger_left", "finger_right"),
        "finger_links": ("fl", "fr"),
        "gripper": "panda",
        "gripper_joint_per_opening": 0.5,
        "trajectory_action": "/arm_controller/follow_joint_trajectory",
        "gripper_action": "/gripper_controller/gripper_cmd",
    }
    return Robot(**{**own, **settings})
