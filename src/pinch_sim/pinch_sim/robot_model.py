# SPDX-License-Identifier: Apache-2.0
"""From a URDF to an arm that physics can drive: servos, gravity compensation, armature, force-limited
fingers."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import mujoco
import numpy as np

from pinch_core.config import configclass, setting
from pinch_core.robot import Robot
from pinch_core.robot_description.description import RobotDescription, load_description
from pinch_sim.errors import ModelError
from pinch_sim.trajectory_goal import JointLimits

# Shells of the links: light for the arm, dark for what touches objects, so that pictures read well.
ARM_COLOUR = (0.90, 0.91, 0.93, 1.0)
JOINT_COLOUR = (0.55, 0.58, 0.62, 1.0)
FINGER_COLOUR = (0.20, 0.22, 0.25, 1.0)
# Mesh files that MuJoCo reads.
MESH_SUFFIXES = (".stl", ".obj", ".msh")


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


def joint_limits(robot: Robot) -> JointLimits:
    """Position and velocity limits of the arm joints from the URDF; a continuous joint has none of position.

    Raises:
        ConfigError: the description cannot be used.
    """
    ranges = load_description(robot).ranges(robot.arm_joints)
    return JointLimits(robot.arm_joints, ranges.lower, ranges.upper, ranges.velocity)


def load_robot_spec(robot: Robot, physics: RobotPhysicsConfig) -> mujoco.MjSpec:
    """The robot as an editable MuJoCo model, bolted down at the origin.

    Actuators: one position servo per arm joint and per finger joint, named as the joint. Link pairs that the
    robot's SRDF excludes do not collide.

    Raises:
        ConfigError: the description cannot be used.
        ModelError: it lacks what only physics needs.
    """
    description = load_description(robot)
    _require_drives(description)
    spec = _spec_from(description)
    spec.modelname = robot.name
    _require_base_at_origin(spec, description)
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
    _exclude_contacts(spec, description)
    return spec


def compiled(spec: mujoco.MjSpec, robot: Robot) -> mujoco.MjModel:
    """The model of a spec that ``robot`` is part of.

    Raises:
        ModelError: MuJoCo finds that it cannot be simulated.
    """
    try:
        return spec.compile()
    except ValueError as error:
        raise _unusable(load_description(robot), error) from error


def _spec_from(description: RobotDescription) -> mujoco.MjSpec:
    try:
        return mujoco.MjSpec.from_string(_urdf_for_mujoco(description))
    except ValueError as error:
        raise _unusable(description, error) from error


def _unusable(description: RobotDescription, error: Exception) -> ModelError:
    reason = " ".join(str(error).split()).rstrip(".")
    return ModelError(
        f"MuJoCo cannot simulate {description.path} of robot '{description.robot.name}' ({reason[:300]}); "
        "correct the URDF."
    )


def _require_drives(description: RobotDescription) -> None:
    """Servos are as strong as the effort limits say, and MuJoCo reads meshes of three kinds."""
    robot = description.robot
    for name in (*robot.arm_joints, *robot.finger_joints):
        joint = description.joint(name)
        if not joint.effort > 0.0:
            unit = "N" if joint.unit == "m" else "N m"
            raise ModelError(
                f"{description.source.where(joint.element)}: joint '{name}' has no effort limit above 0, so "
                f"its drive has no strength; set effort [{unit}] in its <limit>."
            )
    for link in description.xml(with_visuals=False).findall("link"):
        for mesh in link.iter("mesh"):
            filename = mesh.get("filename", "")
            if not filename.lower().endswith(MESH_SUFFIXES):
                raise ModelError(
                    f"link '{link.get('name')}' of {description.path} has the collision mesh {filename}, and "
                    f"the simulated cell reads {', '.join(MESH_SUFFIXES)}; convert it."
                )


def _urdf_for_mujoco(description: RobotDescription) -> str:
    """The URDF without visual meshes (MuJoCo reads no COLLADA) and with mesh files as absolute paths."""
    root = description.xml(with_visuals=False)
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


def _require_base_at_origin(spec: mujoco.MjSpec, description: RobotDescription) -> None:
    """Objects, table and camera are placed in the base frame, which is the world's here."""
    name, root = description.robot.base_frame, description.tree.root
    base = spec.body(name)
    stands_there = (
        base.parent is not None
        and base.parent.name == "world"
        and np.allclose(base.pos, 0.0)
        and np.allclose(np.abs(base.quat), (1.0, 0.0, 0.0, 0.0))
    )
    if not stands_there:
        raise ModelError(
            f"base_frame '{name}' of robot '{description.robot.name}' is not the root link of "
            f"{description.path}, which is '{root}'; the simulated cell stands the root on its table, so set "
            f"base_frame to it or make '{name}' the root."
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


def _exclude_contacts(spec: mujoco.MjSpec, description: RobotDescription) -> None:
    fingers = set(description.robot.finger_links)
    for pair in description.semantics.disabled_pairs:
        first, *other = sorted(pair)
        # Fingers do meet when the gripper closes on nothing.
        if other and not pair <= fingers:
            spec.add_exclude(name=f"{first}-{other[0]}", bodyname1=first, bodyname2=other[0])
