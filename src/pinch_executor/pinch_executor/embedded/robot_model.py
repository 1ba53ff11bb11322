# SPDX-License-Identifier: Apache-2.0
"""The arm as its URDF tells it: kinematics, limits and collision shapes."""

from __future__ import annotations

from pathlib import Path

import coal
import numpy as np
import pinocchio as pin

from pinch_core.errors import ConfigError
from pinch_core.geometry.transform import Transform
from pinch_core.resources import find_shared_file
from pinch_core.robot import Robot
from pinch_executor.errors import GoalInCollision, StartStateInvalid
from pinch_executor.motion_planner import Float64, JointLimits

# A joint that reports a little beyond its limit (encoder noise, sag) is still a valid place to start from.
START_LIMIT_TOLERANCE_RAD = 5e-3


class RobotModel:
    """Kinematics of a :class:`Robot`; joint vectors are (J,) in the order of ``robot.arm_joints``.

    ``lower``, ``upper`` [rad], ``max_velocity`` [rad/s], ``max_acceleration`` [rad/s^2]: (J,) each.

    Raises:
        ConfigError: the description lacks a joint or link that the Robot names.
    """

    def __init__(self, robot: Robot) -> None:
        self.robot = robot
        urdf = find_shared_file(robot.description)
        self._semantics = find_shared_file(robot.semantics)
        self._package_directories = [str(share) for share in _share_of(urdf, robot.description)]
        self._urdf = urdf
        self.model: pin.Model = pin.buildModelFromUrdf(str(urdf))
        for joint in (*robot.arm_joints, *robot.finger_joints):
            if not self.model.existJointName(joint):
                raise ConfigError(
                    f"{urdf} has no joint '{joint}' that robot '{robot.name}' names; correct its YAML."
                )
        for link in (robot.base_frame, robot.tcp_frame, *robot.finger_links):
            if not self.model.existFrame(link):
                raise ConfigError(
                    f"{urdf} has no link '{link}' that robot '{robot.name}' names; correct its YAML."
                )
        self._arm_q = np.array([self._joint(name).idx_q for name in robot.arm_joints])
        self._arm_v = np.array([self._joint(name).idx_v for name in robot.arm_joints])
        self._finger_q = np.array([self._joint(name).idx_q for name in robot.finger_joints], dtype=int)
        self._tool = self.model.getFrameId(robot.tcp_frame)
        self._data: pin.Data = self.model.createData()
        self._neutral: Float64 = pin.neutral(self.model)
        base = self.model.getFrameId(robot.base_frame)
        pin.framesForwardKinematics(self.model, self._data, self._neutral)
        self.root_from_base: pin.SE3 = self._data.oMf[base].copy()
        self._base_from_root: pin.SE3 = self.root_from_base.inverse()
        self.lower: Float64 = self.model.lowerPositionLimit[self._arm_q]
        self.upper: Float64 = self.model.upperPositionLimit[self._arm_q]
        self.max_velocity: Float64 = self.model.velocityLimit[self._arm_v]
        self.max_acceleration: Float64 = np.array(robot.max_acceleration)

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
        q: Float64 = self._neutral.copy()
        q[self._arm_q] = positions
        q[self._finger_q] = opening * self.robot.gripper_joint_per_opening
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
        return pin.log6(pose.actInv(root_from_goal)).vector, jacobian[:, self._arm_v]

    def root_from(self, T_base_x: Transform) -> pin.SE3:
        """A pose in the base frame as the description's root sees it."""
        return self.root_from_base * pin.SE3(T_base_x.rotation, T_base_x.translation)

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
        shapes = pin.buildGeomFromUrdf(
            self.model, str(self._urdf), pin.GeometryType.COLLISION, package_dirs=self._package_directories
        )
        for shape in shapes.geometryObjects:
            if as_hulls and isinstance(shape.geometry, coal.BVHModelBase):
                # Hulls are solid, where a mesh is a skin that a small box can be inside of, and about 10
                # times faster.
                shape.geometry.buildConvexHull(True, "Qt")
                shape.geometry = shape.geometry.convex
        shapes.addAllCollisionPairs()
        pin.removeCollisionPairs(self.model, shapes, str(self._semantics))
        return shapes


def _share_of(path: Path, relative: str) -> tuple[Path, ...]:
    """Folders that `package://` names in the file at ``path`` may refer to."""
    share = path.parents[len(Path(relative).parts) - 1]
    return (share, share.parent)
