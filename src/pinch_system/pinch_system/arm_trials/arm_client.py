# SPDX-License-Identifier: Apache-2.0
"""A client of the whole graph that does the steps of a trial one by one."""

from __future__ import annotations

import copy
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from control_msgs.action import FollowJointTrajectory
from numpy.typing import NDArray
from pinch_interfaces.action import PlanGrasps
from pinch_interfaces.msg import ErrorCode, Grasp, PlanRequest
from pinch_interfaces.srv import ResetToMesh
from sensor_msgs.msg import JointState
from std_msgs.msg import Header
from trajectory_msgs.msg import JointTrajectory as JointTrajectoryMessage
from trajectory_msgs.msg import JointTrajectoryPoint

from pinch_benchmark.scenes.singulated_scene import SingulatedScene
from pinch_core.geometry.transform import Transform
from pinch_core.robot import Robot
from pinch_ros.action_client import ActionClient
from pinch_ros.conversions import (
    inertia_to_message,
    mask_to_message,
    mesh_to_message,
    pose_from_transform,
    seconds_to_duration,
    transform_from_pose,
)
from pinch_ros.listener_node import ListenerNode
from pinch_ros.qos import SENSOR_DATA
from pinch_sim.trajectory import JointTrajectory
from pinch_system.client.cell_client import (
    NOT_REACHABLE,
    PICK_TIMEOUT_S,
    SERVICE_TIMEOUT_S,
    CellClient,
    CellError,
)

Float64 = NDArray[np.float64]

WORLD = "world"
JOINT_STATES = "joint_states"
# Grasps asked of the planner: the best that can be reached is executed.
GRASPS = 10


class ArmClient(CellClient):
    """Use it in a ``with`` block."""

    def __init__(self, robot: Robot) -> None:
        super().__init__()
        self._robot = robot
        self._follow = ActionClient(
            self._node, FollowJointTrajectory, robot.trajectory_action, callback_group=self._group
        )
        self._reset_to_mesh = self._node.create_client(
            ResetToMesh, "/sim_cell/reset_to_mesh", callback_group=self._group
        )
        self._joints: JointState | None = None
        self._joints_came = threading.Condition()
        self._listener = ListenerNode(self._node, "joints", [JOINT_STATES])
        self._listener.node.create_subscription(JointState, JOINT_STATES, self._on_joints, SENSOR_DATA)

    def __exit__(self, *exception: object) -> None:
        self._listener.close()
        super().__exit__(*exception)

    def reset_to(
        self, scene: SingulatedScene, T_base_obj: Transform, torsional_friction: float, seed: int
    ) -> Transform:
        """The scene's object alone in the cell, seen by the camera; ``T_base_obj`` at rest."""
        model, mass = scene.model, scene.matter.mass
        solid = model.mesh
        inertia = np.asarray(solid.moment_inertia, dtype=np.float64) * (mass / float(solid.volume))
        request = ResetToMesh.Request(
            seed=seed,
            name="object",
            surface=mesh_to_message(model.vertices, model.faces),
            parts=[mesh_to_message(part.vertices, part.faces) for part in scene.parts],
            inertia=inertia_to_message(mass, np.asarray(solid.center_mass), inertia),
            friction=scene.matter.friction,
            torsional_friction=torsional_friction,
            pose=pose_from_transform(T_base_obj),
        )
        response = self._call(self._reset_to_mesh, request)
        if not response.success:
            raise CellError(f"the cell did not take {model.source}: {response.message}")
        self._wait_for_a_frame()
        return transform_from_pose(response.pose, "the object's pose")

    def plan(self, policy: str, model: str, mask: NDArray[np.bool_]) -> Sequence[Grasp]:
        """Grasps in the world's frame on a fresh image where ``mask`` Bool[H, W] is set, best first; none
        where the planner found none.
        """
        request = PlanRequest(
            max_grasps=GRASPS, policy=policy, model=model, segmask=mask_to_message(mask, Header())
        )
        goal = PlanGrasps.Goal(request=request, target_frame=WORLD)
        handle = self.wait(self._planner.send_goal_async(goal), "plan_grasps goal", SERVICE_TIMEOUT_S)
        result = self.wait(handle.get_result_async(), "plan_grasps result", PICK_TIMEOUT_S).result
        nothing = (ErrorCode.NO_GRASP_FOUND, ErrorCode.NO_OBJECT, ErrorCode.NO_TABLE)
        if result.error_code not in (ErrorCode.SUCCESS, *nothing):
            raise CellError(f"the planner failed: {result.error_msg}")
        grasps: Sequence[Grasp] = result.grasps.grasps
        return grasps

    def execute(
        self, grasps: Sequence[Grasp], T_tcp_real: Transform, approach: float, retreat: float
    ) -> tuple[Grasp | None, int, str]:
        """Send the grasps in turn, each with the arm's error ``T_tcp_real``, until one can be reached.

        Returns that one as it was planned, None where there is none, and the executor's error code and what
        it says.

        Args:
            approach: length of the straight approach [m].
            retreat: length of the straight retreat with the object [m].
        """
        code, message = int(ErrorCode.NO_IK_SOLUTION), ""
        for grasp in grasps:
            T_world_tcp = transform_from_pose(grasp.pose, "grasp pose")
            sent = copy.deepcopy(grasp)
            sent.pose = pose_from_transform(T_world_tcp @ T_tcp_real)
            sent.approach.distance, sent.retreat.distance = approach, retreat
            result = self.execute_grasp(sent)
            code, message = int(result.error_code), str(result.error_msg)
            if code not in NOT_REACHABLE:
                return grasp, code, message
        return None, code, message

    def is_held(self) -> bool:
        """Whether the simulator sees the object between the fingers, off the table."""
        state = self._state()
        return bool(state.lifted and state.in_grasp)

    def follow(self, trajectory: JointTrajectory) -> bool:
        """Move the arm along a trajectory; whether it got there."""
        handle = self.wait(
            self._follow.send_goal_async(_goal(trajectory)), "trajectory goal", SERVICE_TIMEOUT_S
        )
        if not handle.accepted:
            raise CellError("the arm's controller rejected a trajectory; see the cell's log.")
        result = self.wait(handle.get_result_async(), "trajectory result", PICK_TIMEOUT_S).result
        return bool(result.error_code == FollowJointTrajectory.Result.SUCCESSFUL)

    def joint_positions(self) -> Float64:
        """Of the arm, Float64[J] [rad], no older than this call."""
        with self._joints_came:
            self._joints = None
            if not self._joints_came.wait_for(lambda: self._joints is not None, SERVICE_TIMEOUT_S):
                raise CellError(f"no joint states came within {SERVICE_TIMEOUT_S:g} s; see the logs.")
            message: Any = self._joints
        position = dict(zip(message.name, message.position, strict=True))
        return np.array([position[name] for name in self._robot.arm_joints])

    def _on_joints(self, message: JointState) -> None:
        with self._joints_came:
            self._joints = message
            self._joints_came.notify_all()


def _goal(trajectory: JointTrajectory) -> Any:
    at_rest = np.zeros_like(trajectory.positions)
    velocities = at_rest if trajectory.velocities is None else trajectory.velocities
    points = [
        JointTrajectoryPoint(
            positions=position.tolist(), velocities=velocity.tolist(), time_from_start=seconds_to_duration(t)
        )
        for t, position, velocity in zip(
            trajectory.times.tolist(), trajectory.positions, velocities, strict=True
        )
    ]
    message = JointTrajectoryMessage(joint_names=list(trajectory.joint_names), points=points)
    return FollowJointTrajectory.Goal(trajectory=message)
