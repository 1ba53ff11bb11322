# SPDX-License-Identifier: Apache-2.0
"""The arm as its URDF tells it: kinematics, limits and collision shapes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar
from xml.etree import ElementTree

import coal
import numpy as np
import pinocchio as pin

from pinch_core.errors import ConfigError
from pinch_core.geometry.transform import Transform
from pinch_core.robot import Robot
from pinch_core.robot_description.description import RobotDescription, load_description
from pinch_core.robot_description.joint import JointKind, Mimic
from pinch_executor.errors import GoalInCollision, StartStateInvalid
from pinch_executor.joint_turns import Mask
from pinch_executor.motion_planner import Float64, JointLimits

T = TypeVar("T")
# A joint that reports a little beyond its limit (encoder noise, sag) is still a valid place to start from.
START_LIMIT_TOLERANCE_RAD = 5e-3


class RobotModel:
    """Kinematics of a :class:`Robot`; joint vectors are (J,) in the order of ``robot.arm_joints``.

    ``lower``, ``upper`` [rad], ``max_velocity`` [rad/s], ``max_acceleration`` [rad/s^2]: (J,) each.

    ``continuous`` (J,) tells which joints are; their ``lower`` and ``upper`` are infinite, and their
    positions count turns.

    Raises:
        ConfigError: the description cannot be used, see :func:`load_description`.
    """

    def __init__(self, robot: Robot) -> None:
        self.robot = robot
        description = load_description(robot)
        self._disabled_pairs = description.semantics.disabled_pairs
        # A continuous joint is one angle here, and not a cosine and a sine: its turns count.
        self._urdf = ElementTree.tostring(
            description.xml(with_visuals=False, unlimited=JointKind.REVOLUTE), encoding="unicode"
        )
        self._path = description.path
        self.model: pin.Model = self._built(lambda: pin.buildModelFromXML(self._urdf))
        self._set_couplings(description)
        self._tool = self.model.getFrameId(robot.tcp_frame)
        self._data: pin.Data = self.model.createData()
        base = self.model.getFrameId(robot.base_frame)
        pin.framesForwardKinematics(self.model, self._data, self._neutral)
        self.root_from_base: pin.SE3 = self._data.oMf[base].copy()
        self._base_from_root: pin.SE3 = self.root_from_base.inverse()
        ranges = description.ranges(robot.arm_joints)
        self.lower: Float64 = ranges.lower
        self.upper: Float64 = ranges.upper
        self.continuous: Mask = np.isinf(ranges.upper)
        self.max_velocity: Float64 = ranges.velocity
        self.max_acceleration: Float64 = np.array(robot.max_acceleration)

    def _built(self, build: Callable[[], T]) -> T:
        try:
            return build()
        except (ValueError, RuntimeError, ArithmeticError) as error:
            # What passes our own checks and not those of the libraries below.
            reason = " ".join(str(error).split()).rstrip(".")
            raise ConfigError(
                f"{self._path} cannot be made a model of robot '{self.robot.name}' ({reason[:300]}); correct "
                "the URDF."
            ) from error

    def _set_couplings(self, description: RobotDescription) -> None:
        """Positions of all joints are linear in those of the arm and of the fingers: joints that mimic
        another follow it, all others stand at 0.
        """
        robot = self.robot
        self._neutral: Float64 = pin.neutral(self.model)
        self._from_arm: Float64 = np.zeros((self.model.nv, len(robot.arm_joints)))
        self._from_fingers: Float64 = np.zeros(self.model.nv)
        mimics = description.mimics()
        for joint in description.tree.joints.values():
            if not joint.is_movable:
                continue
            mimic = mimics.get(joint.name, Mimic(joint.name))
            index = self._joint(joint.name).idx_v
            self._neutral[index] = mimic.offset
            if mimic.joint in robot.arm_joints:
                self._from_arm[index, robot.arm_joints.index(mimic.joint)] = mimic.multiplier
            if mimic.joint in robot.finger_joints:
                self._from_fingers[index] = mimic.multiplier * robot.gripper_joint_per_opening

    def _joint(self, name: str) -> pin.JointModel:
        return self.model.joints[self.model.getJointId(name)]

    @property
    def limits(self) -> JointLimits:
        """All limits of the arm joints."""
        return JointLimits(self.lower, self.upper, self.max_velocity, self.max_acceleration)

    @property
    def tcp_frame(self) -> pin.Frame:
        """The TCP frame and the joint that carries it."""
        return self.model.frames[self._tool]

    def configuration(self, positions: Float64, opening: float = 0.0) -> Float64:
        """All joints of the description for arm ``positions`` (J,) and pads ``opening`` [m] apart."""
        q: Float64 = self._neutral + self._from_arm @ positions + self._from_fingers * opening
        return q

    def tcp_pose(self, positions: Float64) -> Transform:
        """``T_base_tcp`` at ``positions`` (J,)."""
        pin.forwardKinematics(self.model, self._data, self.configuration(positions))
        pose = self._base_from_root * pin.updateFramePlacement(self.model, self._data, self._tool)
        return Transform(pose.rotation, pose.translation)

    def tcp_error(self, positions: Float64, root_from_goal: pin.SE3) -> tuple[Float64, Float64]:
        """Twist (6,) in the TCP frame that leads to the goal in unit time, and the Jacobian (6, J) of the
        TCP.
        """
        pin.computeJointJacobians(self.model, self._data, self.configuration(positions))
        pose = pin.updateFramePlacement(self.model, self._data, self._tool)
        jacobian = pin.getFrameJacobian(self.model, self._data, self._tool, pin.LOCAL)
        return pin.log6(pose.actInv(root_from_goal)).vector, jacobian @ self._from_arm

    def root_from(self, T_base_x: Transform) -> pin.SE3:
        """A pose in the base frame as the description's root sees it."""
        return self.root_from_base * pin.SE3(T_base_x.rotation, T_base_x.translation)

    def random_positions(self, rng: np.random.Generator) -> Float64:
        """Joint positions (J,) anywhere within the limits; of a continuous joint, within one turn."""
        lower = np.where(self.continuous, -np.pi, self.lower)
        return rng.uniform(lower, np.where(self.continuous, np.pi, self.upper))

    def within_limits(self, positions: Float64, tolerance: float = 0.0) -> bool:
        """Whether every joint lies inside its limits, widened by ``tolerance`` [rad]."""
        return bool(
            np.all(positions >= self.lower - tolerance) and np.all(positions <= self.upper + tolerance)
        )

    def checked_start(self, positions: Float64) -> Float64:
        """``positions`` (J,) if the arm may start there.

        Raises:
            StartStateInvalid: wrong length, not finite, or outside the limits.
        """
        if positions.shape != self.lower.shape or not np.all(np.isfinite(positions)):
            raise StartStateInvalid(
                f"the start positions {np.asarray(positions).tolist()} are not {len(self.lower)} finite "
                "joint angles; "
                "check /joint_states."
            )
        if not self.within_limits(positions, START_LIMIT_TOLERANCE_RAD):
            worst = int(np.argmax(np.maximum(self.lower - positions, positions - self.upper)))
            raise StartStateInvalid(
                f"joint {self.robot.arm_joints[worst]} stands at {positions[worst]:.3f} rad, outside "
                f"[{self.lower[worst]:.3f}, {self.upper[worst]:.3f}]; move it back inside by hand.",
                joint=self.robot.arm_joints[worst],
                value=float(positions[worst]),
                lower=float(self.lower[worst]),
                upper=float(self.upper[worst]),
            )
        return positions

    def checked_goal(self, positions: Float64) -> Float64:
        """``positions`` (J,) if the arm can stand there.

        Raises:
            GoalInCollision: outside the joint limits.
        """
        if not self.within_limits(positions):
            raise GoalInCollision(
                f"the goal {np.round(positions, 3).tolist()} rad is outside the joint limits; correct it."
            )
        return positions

    def collision_shapes(self, *, as_hulls: bool = True) -> pin.GeometryModel:
        """Collision geometry with every link pair that the SRDF does not disable; meshes as convex hulls,
        or as they are.
        """
        shapes: pin.GeometryModel = self._built(
            lambda: pin.buildGeomFromUrdfString(self.model, self._urdf, pin.GeometryType.COLLISION)
        )
        for shape in shapes.geometryObjects:
            if as_hulls and isinstance(shape.geometry, coal.BVHModelBase):
                # Hulls are solid, where a mesh is a skin that a small box can be inside of, and about 10
                # times faster.
                self._built(functools.partial(shape.geometry.buildConvexHull, True, "Qt"))
                shape.geometry = shape.geometry.convex
        shapes.addAllCollisionPairs()
        links = [str(self.model.frames[shape.parentFrame].name) for shape in shapes.geometryObjects]
        # Pairs are views into the list that shrinks here.
        for first, second in [(pair.first, pair.second) for pair in shapes.collisionPairs]:
            if frozenset((links[first], links[second])) in self._disabled_pairs:
                shapes.removeCollisionPair(pin.CollisionPair(first, second))
        return shapes
