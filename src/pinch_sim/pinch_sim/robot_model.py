# SPDX-License-Identifier: Apache-2.0
"""From a URDF to an arm that physics can drive: servos, gravity compensation, armature, force-limited
fingers."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import mujoco
import numpy as np

from pinch_core.config import configclass, setting
from pinch_core.resources import find_shared_file
from pinch_core.robot import Robot
from pinch_sim.errors import ModelError
from pinch_sim.trajectory_goal import JointLimits

# Shells of the links: light for the arm, dark for what touches objects, so that pictures read well.
ARM_COLOUR = (0.90, 0.91, 0.93, 1.0)
JOINT_COLOUR = (0.55, 0.58, 0.62, 1.0)
FINGER_COLOUR = (0.20, 0.22, 0.25, 1.0)


@configclass
class RobotPhysicsConfig:
    """What a URDF does not say about the drives."""

    stiffness_per_effort: float = setting(
        default=80.0,
        unit="1/rad",
        help="servo stiffness of an arm joint as a multiple of its effort limit",
        lower=1.0,
        upper=1000.0,
    )
    damping_time: float = setting(
        default=0.04,
        unit="s",
        help="servo damping over servo stiffness of an arm joint",
        lower=1e-3,
        upper=1.0,
    )
    arm_armature: float = setting(
        default=0.1, unit="kg m^2", help="rotor inertia seen at an arm joint", lower=0.0, upper=10.0
    )
    arm_damping: float = setting(
        default=1.0, unit="N m s/rad", help="viscous friction of an arm joint", lower=0.0, upper=100.0
    )
    finger_stiffness: float = setting(
        default=20000.0,
        unit="N/m",
        help="servo stiffness of a finger below its force limit",
        lower=10.0,
        upper=1e6,
    )
    finger_damping: float = setting(
        default=150.0, unit="N s/m", help="servo damping of a finger", lower=0.0, upper=1e5
    )
    finger_armature: float = setting(
        default=0.2, unit="kg", help="motor inertia seen at a finger", lower=0.0, upper=10.0
    )


def description_path(robot: Robot) -> Path:
    """The robot's URDF file."""
    return find_shared_file(robot.description)


def joint_limits(robot: Robot) -> JointLimits:
    """Position and velocity limits of the arm joints from the URDF.

    Raises:
        ModelError: an arm joint is missing or has no limits.
    """
    path = description_path(robot)
    limits = {}
    for joint in ElementTree.fromstring(path.read_text(encoding="utf-8")).iter("joint"):
        limit = joint.find("limit")
        if limit is not None:
            limits[joint.get("name", "")] = [
                float(limit.get(key, "nan")) for key in ("lower", "upper", "velocity")
            ]
    for name in robot.arm_joints:
        if name not in limits:
            raise ModelError(
                f"{path} gives joint '{name}' of robot '{robot.name}' no limits; add a <limit> element."
            )
    table = np.array([limits[name] for name in robot.arm_joints])
    return JointLimits(robot.arm_joints, table[:, 0], table[:, 1], table[:, 2])


def load_robot_spec(robot: Robot, physics: RobotPhysicsConfig) -> mujoco.MjSpec:
    """The robot as an editable MuJoCo model, bolted down at the origin.

    Actuators: one position servo per arm joint and per finger joint, named as the joint. Link pairs that the
    robot's SRDF excludes do not collide.

    Raises:
        ModelError: a joint or link that ``robot`` names is not in the URDF.
    """
    path = description_path(robot)
    spec = mujoco.MjSpec.from_string(_urdf_for_mujoco(path))
    spec.modelname = robot.name
    _require_names(spec, robot, path)
    for body in spec.bodies[1:]:
        # Real controllers compensate the weight of the arm; an object in the gripper stays a disturbance.
        body.gravcomp = 1.0
    for name in robot.arm_joints:
        _make_arm_joint(spec, name, physics)
    for name in robot.finger_joints:
        _make_finger_joint(spec, name, physics)
    for equality in spec.equalities:
        # The mimic joint: a rack and pinion is stiffer than the default soft constraint.
        equality.solref = [0.004, 1.0]
        equality.solimp = [0.99, 0.999, 0.001, 0.5, 2.0]
    _colour_links(spec, robot)
    _exclude_contacts(spec, robot)
    return spec


def _urdf_for_mujoco(path: Path) -> str:
    """The URDF without visual meshes (MuJoCo reads no COLLADA) and with mesh files as absolute paths."""
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    for link in root.iter("link"):
        for visual in link.findall("visual"):
            link.remove(visual)
    for mesh in root.iter("mesh"):
        mesh.set("filename", str(find_shared_file(mesh.get("filename", "").removeprefix("package://"))))
    extension = ElementTree.SubElement(root, "mujoco")
    # Frames of fixed links are published on TF, so they stay bodies of their own.
    ElementTree.SubElement(
        extension,
        "compiler",
        strippath="false",
        fusestatic="false",
        discardvisual="false",
        balanceinertia="true",
    )
    return ElementTree.tostring(root, encoding="unicode")


def _require_names(spec: mujoco.MjSpec, robot: Robot, path: Path) -> None:
    joints = {joint.name for joint in spec.joints}
    bodies = {body.name for body in spec.bodies}
    for name, known in (
        *((name, joints) for name in (*robot.arm_joints, *robot.finger_joints)),
        *((name, bodies) for name in (robot.base_frame, robot.tcp_frame, *robot.finger_links)),
    ):
        if name not in known:
            raise ModelError(
                f"{path} has no '{name}', which robot '{robot.name}' names; it has "
                f"{', '.join(sorted(known))}."
            )


def _make_arm_joint(spec: mujoco.MjSpec, name: str, physics: RobotPhysicsConfig) -> None:
    joint = spec.joint(name)
    joint.armature = physics.arm_armature
    joint.damping = [physics.arm_damping, 0.0, 0.0]  # coefficients of speed, its square and its cube
    joint.actgravcomp = 1
    stiffness = physics.stiffness_per_effort * float(joint.actfrcrange[1])
    servo = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
    servo.set_to_position(kp=stiffness, kv=stiffness * physics.damping_time)


def _make_finger_joint(spec: mujoco.MjSpec, name: str, physics: RobotPhysicsConfig) -> None:
    joint = spec.joint(name)
    joint.armature = physics.finger_armature
    limit = float(joint.actfrcrange[1])
    servo = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
    servo.set_to_position(kp=physics.finger_stiffness, kv=physics.finger_damping)
    servo.forcelimited = True
    servo.forcerange = [-limit, limit]


def _colour_links(spec: mujoco.MjSpec, robot: Robot) -> None:
    for index, body in enumerate(spec.bodies[1:]):
        for geom in body.geoms:
            if body.name in robot.finger_links:
                geom.rgba = FINGER_COLOUR
                geom.condim = 4
            else:
                geom.rgba = ARM_COLOUR if index % 2 == 0 else JOINT_COLOUR


def _exclude_contacts(spec: mujoco.MjSpec, robot: Robot) -> None:
    semantics = ElementTree.parse(find_shared_file(robot.semantics)).getroot()
    bodies = {body.name for body in spec.bodies}
    for pair in semantics.iter("disable_collisions"):
        first, second = pair.get("link1", ""), pair.get("link2", "")
        # Fingers do meet when the gripper closes on nothing.
        if {first, second} <= bodies and not {first, second} <= set(robot.finger_links):
            spec.add_exclude(name=f"{first}-{second}", bodyname1=first, bodyname2=second)
