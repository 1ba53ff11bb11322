# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pinocchio as pin

from moveit.core.robot_model import RobotModel
from moveit.record import recorded

IK_TOLERANCE = 1e-6


class RobotState:
    def __init__(self, robot_model: RobotModel) -> None:
        self._model = robot_model
        self._q = pin.neutral(robot_model._pin)
        self._attached: list = []

    def __deepcopy__(self, memo: dict) -> RobotState:
        other = RobotState(self._model)
        other._q, other._attached = self._q.copy(), list(self._attached)
        other._is_updated = getattr(self, "_is_updated", False)
        return other

    @property
    def joint_positions(self) -> dict[str, float]:
        names = list(self._model._pin.names)[1:]
        return {name: float(self._q[self._model._index(name)]) for name in names}

    @joint_positions.setter
    def joint_positions(self, positions: dict[str, float]) -> None:
        for name, value in positions.items():
            assert self._model._pin.existJointName(name), f"no joint {name}"
            assert type(value) is float, f"{name}: a C++ double wants a float, not {type(value)}"
            self._q[self._model._index(name)] = self._model._without_turns(name, value)
        self._is_updated = False

    def update(self, force: bool = False, type: str = "all") -> None:
        self._is_updated = True

    def get_global_link_transform(self, link_name: str) -> np.ndarray:
        assert self._is_updated, "update() was not called: MoveIt would use old transforms"
        model = self._model._pin
        assert model.existFrame(link_name), f"no link {link_name}"
        data = model.createData()
        pin.framesForwardKinematics(model, data, self._q)
        return data.oMf[model.getFrameId(link_name)].homogeneous

    @recorded
    def set_from_ik(
        self, joint_model_group_name: str, geometry_pose: object, tip_name: str, timeout: float = 0.0
    ) -> bool:
        """Newton steps from where the state is; knows nothing of collisions."""
        model = self._model._pin
        data, tip = model.createData(), model.getFrameId(tip_name)
        p, o = geometry_pose.position, geometry_pose.orientation
        goal = pin.SE3(pin.Quaternion(o.w, o.x, o.y, o.z).matrix(), np.array([p.x, p.y, p.z]))
        joints = self._model._groups[joint_model_group_name]
        index = [self._model._index(joint) for joint in joints]
        columns = [model.joints[model.getJointId(joint)].idx_v for joint in joints]
        lower, upper = self._model._limits(joint_model_group_name)
        q = self._q.copy()
        for _ in range(100):
            pin.computeJointJacobians(model, data, q)
            twist = pin.log6(pin.updateFramePlacement(model, data, tip).actInv(goal)).vector
            if np.abs(twist).max() < IK_TOLERANCE:
                self._q, self._is_updated = q, False
                return True
            jacobian = pin.getFrameJacobian(model, data, tip, pin.LOCAL)[:, columns]
            step = jacobian.T @ np.linalg.solve(jacobian @ jacobian.T + 1e-6 * np.eye(6), twist)
            q[index] = np.clip(q[index] + step * min(1.0, 0.4 / np.abs(step).max()), lower, upper)
        return False
