# SPDX-License-Identifier: Apache-2.0
"""A parallel-jaw gripper without an arm: the boxes of config/grippers on a compliant servo of its pose.

The body frame is the TCP frame of the planned grasp. Six joints move the gripper along and about its axes, so
a straight approach is one joint's motion. Servos stand for the arm: they give way under load as it does.
"""

from __future__ import annotations

import math

import mujoco
import numpy as np

from pinch_benchmark.physics.physics_config import GripperPhysicsConfig
from pinch_core.gripper import Box
from pinch_core.parallel_jaw.gripper import ParallelJawGripper

GRIPPER = "gripper"
FINGERS = ("left_finger", "right_finger")
SLIDES = ("gripper_x", "gripper_y", "gripper_z")
HINGES = ("gripper_rx", "gripper_ry", "gripper_rz")
FINGER_JOINTS = ("left_joint", "right_joint")

AXES = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
GRIPPER_COLOUR = (0.75, 0.77, 0.80, 1.0)
FINGER_COLOUR = (0.20, 0.22, 0.25, 1.0)
FINGER_MASS = 0.05  # kg
# Motor and gears of a finger as seen at its joint.
FINGER_ARMATURE = 0.2  # kg
FINGER_STIFFNESS = 20_000.0  # N/m
FINGER_DAMPING = 150.0  # N s/m
# A gripper of 2 kg whose mass lies 7 cm from its middle.
GRIPPER_INERTIA = 0.01  # kg m^2


def add_gripper(spec: mujoco.MjSpec, gripper: ParallelJawGripper, physics: GripperPhysicsConfig) -> None:
    """Add the gripper, its fingers closed as far as they go; no friction of its own: objects bring it."""
    left, right, palm = gripper.bodies(gripper.min_opening)
    base = spec.worldbody.add_body(name=GRIPPER, gravcomp=1.0)
    _give_mass(base, physics.mass, GRIPPER_INERTIA)
    for name, axis in zip(SLIDES, AXES, strict=True):
        base.add_joint(name=name, type=mujoco.mjtJoint.mjJNT_SLIDE, axis=axis)
        _servo(spec, name, physics.stiffness, physics.mass)
    for name, axis in zip(HINGES, AXES, strict=True):
        base.add_joint(name=name, type=mujoco.mjtJoint.mjJNT_HINGE, axis=axis)
        _servo(spec, name, physics.angular_stiffness, GRIPPER_INERTIA)
    _add_box(base, palm, GRIPPER_COLOUR)
    for box, joint_name, outward in zip((left, right), FINGER_JOINTS, (1.0, -1.0), strict=True):
        finger = base.add_body(name=box.name, gravcomp=1.0)
        _give_mass(finger, FINGER_MASS, 1e-5)
        finger.add_joint(
            name=joint_name,
            type=mujoco.mjtJoint.mjJNT_SLIDE,
            axis=(0.0, outward, 0.0),
            limited=True,
            range=(-0.001, (gripper.max_opening - gripper.min_opening) / 2 + 0.001),
            armature=FINGER_ARMATURE,
        )
        _add_box(finger, box, FINGER_COLOUR)
        servo = spec.add_actuator(name=joint_name, target=joint_name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        servo.set_to_position(kp=FINGER_STIFFNESS, kv=FINGER_DAMPING)
        limit = min(physics.grip_force, gripper.max_force)
        servo.forcelimited, servo.forcerange = True, (-limit, limit)
        spec.add_exclude(name=f"{GRIPPER}-{box.name}", bodyname1=GRIPPER, bodyname2=box.name)
    coupling = spec.add_equality(
        name="coupling", type=mujoco.mjtEq.mjEQ_JOINT, name1=FINGER_JOINTS[0], name2=FINGER_JOINTS[1]
    )
    coupling.objtype = mujoco.mjtObj.mjOBJ_JOINT
    coupling.data[:5] = (0.0, 1.0, 0.0, 0.0, 0.0)
    # A rack and pinion: stiffer than MuJoCo's default.
    coupling.solref, coupling.solimp = (0.004, 1.0), (0.99, 0.999, 0.001, 0.5, 2.0)


def damping_over_stiffness(stiffness: float, mass: float) -> float:
    """Of a critically damped servo [s]: how far ahead it must be told where to go."""
    return 2.0 * math.sqrt(mass / stiffness)


def _servo(spec: mujoco.MjSpec, joint: str, stiffness: float, mass: float) -> None:
    actuator = spec.add_actuator(name=joint, target=joint, trntype=mujoco.mjtTrn.mjTRN_JOINT)
    actuator.set_to_position(kp=stiffness, kv=stiffness * damping_over_stiffness(stiffness, mass))


def _give_mass(body: mujoco.MjsBody, mass: float, inertia: float) -> None:
    body.explicitinertial, body.mass = True, mass
    body.ipos, body.inertia = np.zeros(3), np.full(3, inertia)


def _add_box(body: mujoco.MjsBody, box: Box, colour: tuple[float, ...]) -> None:
    geom = body.add_geom(
        name=box.name, type=mujoco.mjtGeom.mjGEOM_BOX, size=box.half_size, pos=box.center, rgba=colour
    )
    geom.condim = 4
