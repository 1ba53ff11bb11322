# SPDX-License-Identifier: Apache-2.0
"""The MoveIt implementation of MotionPlanner, in the MoveIt process; see RemoteMotionPlanner.

Free motions go by Pilz PTP where that is clear and by OMPL otherwise, straight ones by Pilz LIN.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from geometry_msgs.msg import PoseStamped
from moveit.planning import MoveItPy, PlanRequestParameters

from pinch_core.geometry.transform import Transform
from pinch_core.robot import Robot
from pinch_executor.errors import (
    ExecutorError,
    GoalInCollision,
    NoIkSolution,
    PlanningFailed,
    StartStateInCollision,
)
from pinch_executor.joint_turns import joint_distance, trajectory_from, turned_near
from pinch_executor.motion_planner import (
    Float64,
    JointLimits,
    JointTrajectory,
    Reach,
    ReachPlan,
    Scene,
    Speed,
)
from pinch_executor.moveit.moveit_config import OMPL, PILZ, MoveItPlannerConfig, moveit_parameters
from pinch_executor.moveit.planning_world import PlanningWorld
from pinch_executor.moveit.trajectories import trajectory_from_message
from pinch_ros.conversions import pose_from_transform

NODE_NAME = "pinch_moveit"
CHECK_STEP_RAD = 0.04
DISTINCT_RAD = 0.2
SEED = 0


@dataclass(frozen=True)
class _Request:
    """A pipeline of MoveIt and a planner of it."""

    pipeline: str
    planner: str


POINT_TO_POINT = _Request(PILZ, "PTP")
STRAIGHT = _Request(PILZ, "LIN")
SEARCH = _Request(OMPL, "RRTConnectkConfigDefault")


class MoveItMotionPlanner:
    """Plans for one robot, one plan at a time.

    Raises:
        RuntimeError: of MoveIt, when no joint states come or its parameters are wrong.
    """

    def __init__(
        self,
        robot: Robot,
        limits: JointLimits,
        config: MoveItPlannerConfig,
        *,
        use_sim_time: bool = False,
        namespace: str = "/",
    ) -> None:
        self._robot, self._limits, self._config = robot, limits, config
        self._continuous = np.isinf(limits.upper)
        parameters = moveit_parameters(
            robot, limits, config.group, use_sim_time=use_sim_time, namespace=namespace
        )
        self._moveit = MoveItPy(node_name=NODE_NAME, config_dict=parameters)
        self._arm = self._moveit.get_planning_component(config.group)
        self._monitor = self._moveit.get_planning_scene_monitor()
        self._world = PlanningWorld(self._monitor, robot)
        self._tcp_speed_limit = float(
            parameters["robot_description_planning"]["cartesian_limits"]["max_trans_vel"]
        )
        state = self._state(np.array(robot.home), 0.0)
        self._T_root_base = _transform(state.get_global_link_transform(robot.base_frame))

    def plan_reach(
        self, start: Float64, reach: Reach, entering: Scene, leaving: Scene, travel: Speed, linear: Speed
    ) -> ReachPlan:
        """See the protocol. Postures are tried in the order of the time that the way there takes."""
        self._world.show(entering)
        self._check_start(start, entering)
        reason: ExecutorError = NoIkSolution(
            f"no joint positions within limits put the TCP at {_at(reach.T_base_goal)} in "
            f"{self._robot.base_frame}; move the object nearer or choose another grasp."
        )
        for yaw, goal in self._goals(start, reach, entering.opening):
            try:
                self._check_goal(goal, entering, yaw)
                self._world.show(leaving)
                self._check_goal(goal, leaving, yaw)
                # Both lines are planned from the goal outwards, so they share its posture.
                leave = self._line(goal, yaw.T_base_exit, leaving, linear, yaw)
                self._world.show(entering)
                approach = self._line(goal, yaw.T_base_via, entering, linear, yaw).reversed()
                to_via = self._free_motion(start, approach.start, entering, travel)
                approach = trajectory_from(approach, to_via.end, self._continuous)
                leave = trajectory_from(leave, approach.end, self._continuous)
                return ReachPlan(yaw, to_via, approach, leave)
            except (GoalInCollision, PlanningFailed) as error:
                reason = error
                self._world.show(entering)
        raise reason

    def plan_joints(self, start: Float64, goal: Float64, scene: Scene, speed: Speed) -> JointTrajectory:
        """See the protocol."""
        self._world.show(scene)
        self._check_start(start, scene)
        if self._collides(self._state(goal, scene.opening)):
            raise GoalInCollision(
                f"the robot would touch something at {np.round(goal, 3).tolist()} rad; choose another goal."
            )
        return self._free_motion(start, goal, scene, speed)

    def plan_straight(
        self, start: Float64, T_base_goal: Transform, scene: Scene, speed: Speed
    ) -> JointTrajectory:
        """See the protocol."""
        self._world.show(scene)
        self._check_start(start, scene)
        return self._line(start, T_base_goal, scene, speed, None)

    def tcp_pose(self, positions: Float64) -> Transform:
        """``T_base_tcp`` at joint positions (J,)."""
        return self._tcp_pose(self._state(positions, 0.0))

    def check_alive(self) -> None:
        """It lives as long as its caller."""

    # ---- parts of a reach ----

    def _goals(self, start: Float64, reach: Reach, opening: float) -> list[tuple[Reach, Float64]]:
        """Arm postures (J,) at the goal, with the yaw they belong to; the one with the quickest way there
        first.
        """
        rng = np.random.default_rng(SEED)
        goals = [
            (yaw, goal)
            for yaw in ((reach, reach.turned()) if reach.symmetric else (reach,))
            for goal in self._ik_solutions(yaw.T_base_goal, start, opening, rng)
        ]
        return sorted(
            goals,
            key=lambda item: float(
                (joint_distance(item[1], start, self._continuous) / self._limits.velocity).max()
            ),
        )

    def _ik_solutions(
        self, T_base_tcp: Transform, near: Float64, opening: float, rng: np.random.Generator
    ) -> Iterator[Float64]:
        pose = pose_from_transform(self._T_root_base @ T_base_tcp)
        found: list[Float64] = []
        for index in range(self._config.ik_seeds + 2):
            home = np.array(self._robot.home)
            seed = (
                near
                if index == 0
                else home
                if index == 1
                else rng.uniform(
                    np.where(self._continuous, -np.pi, self._limits.lower),
                    np.where(self._continuous, np.pi, self._limits.upper),
                )
            )
            state = self._state(seed, opening)
            if not state.set_from_ik(
                joint_model_group_name=self._config.group,
                geometry_pose=pose,
                tip_name=self._robot.tcp_frame,
                timeout=self._config.ik_timeout,
            ):
                continue
            solution = turned_near(self._arm_positions(state), near, self._continuous)
            if not any(
                joint_distance(solution, other, self._continuous).max() < DISTINCT_RAD for other in found
            ):
                found.append(solution)
                yield solution

    def _line(
        self, start: Float64, T_base_goal: Transform, scene: Scene, speed: Speed, contact: Reach | None
    ) -> JointTrajectory:
        """The TCP straight to ``T_base_goal``; within the contact distance of ``contact`` what is allowed
        may touch.
        """
        goal = PoseStamped(pose=pose_from_transform(T_base_goal))
        goal.header.frame_id = self._robot.base_frame
        self._arm.set_start_state(robot_state=self._state(start, scene.opening))
        self._arm.set_goal_state(pose_stamped_msg=goal, pose_link=self._robot.tcp_frame)
        tcp_share = min(1.0, speed.tcp_speed / self._tcp_speed_limit)
        self._world.allow_contact(contact is not None)
        try:
            line = self._plan(STRAIGHT, start, min(speed.velocity, tcp_share), speed.acceleration)
        finally:
            self._world.allow_contact(False)
        if line is None:
            raise PlanningFailed(
                f"MoveIt found no straight line of the TCP to {_at(T_base_goal)} that the arm can follow "
                "and that is clear; choose another grasp."
            )
        # MoveIt knows no contact by distance: the line was planned with contact allowed, and is held to the
        # distance here.
        self._check_clear(line, scene, contact)
        return line

    def _free_motion(self, start: Float64, goal: Float64, scene: Scene, speed: Speed) -> JointTrajectory:
        reason = PlanningFailed(
            f"MoveIt found no collision-free motion to {np.round(goal, 3).tolist()} rad within "
            f"{self._config.planning_time:g} s; clear the way or raise moveit.planning_time."
        )
        for request in (POINT_TO_POINT, SEARCH):
            self._arm.set_start_state(robot_state=self._state(start, scene.opening))
            self._arm.set_goal_state(robot_state=self._state(goal, scene.opening))
            motion = self._plan(request, start, speed.velocity, speed.acceleration)
            if motion is not None:
                try:
                    self._check_clear(motion, scene, None)
                    return motion
                except PlanningFailed as error:
                    reason = error
        raise reason

    def _plan(
        self, request: _Request, start: Float64, velocity: float, acceleration: float
    ) -> JointTrajectory | None:
        """From ``start`` (J,), None where the pipeline finds nothing."""
        parameters = PlanRequestParameters(self._moveit, "")
        parameters.planning_pipeline = request.pipeline
        parameters.planner_id = request.planner
        parameters.planning_attempts = 1
        parameters.planning_time = self._config.planning_time
        parameters.max_velocity_scaling_factor = velocity
        parameters.max_acceleration_scaling_factor = acceleration
        result = self._arm.plan(single_plan_parameters=parameters)
        if not result:
            return None
        motion = trajectory_from_message(result.trajectory.get_robot_trajectory_msg(), self._robot.arm_joints)
        # MoveIt leaves out whole turns of continuous joints.
        return trajectory_from(motion, start, self._continuous)

    # ---- checks ----

    def _check_start(self, start: Float64, scene: Scene) -> None:
        if self._collides(self._state(start, scene.opening)):
            raise StartStateInCollision(
                "the robot touches itself or something where it stands; call ~/recover or move it by hand."
            )

    def _check_goal(self, goal: Float64, scene: Scene, reach: Reach) -> None:
        self._world.allow_contact(True)
        try:
            is_blocked = self._collides(self._state(goal, scene.opening))
        finally:
            self._world.allow_contact(False)
        if is_blocked:
            raise GoalInCollision(
                f"the robot would touch the table or something else at {_at(reach.T_base_goal)}; choose "
                "another grasp."
            )

    def _check_clear(self, motion: JointTrajectory, scene: Scene, contact: Reach | None) -> None:
        """Also between the samples, which MoveIt leaves unchecked."""
        states = [self._state(q, scene.opening) for q in motion.dense_positions(CHECK_STEP_RAD)[0]]
        near = [contact is not None and self._is_near(state, contact) for state in states]
        for may_touch in (False, True):
            self._world.allow_contact(may_touch)
            for state in (state for state, is_near in zip(states, near, strict=True) if is_near is may_touch):
                if self._collides(state):
                    self._world.allow_contact(False)
                    raise PlanningFailed(
                        f"the motion would touch something with the TCP at {_at(self._tcp_pose(state))}; "
                        "clear the way or choose another grasp."
                    )
        self._world.allow_contact(False)

    def _is_near(self, state: Any, reach: Reach) -> bool:
        return self._tcp_pose(state).distance_to(reach.T_base_goal)[0] <= reach.contact_distance

    def _collides(self, state: Any) -> bool:
        with self._monitor.read_only() as planning_scene:
            return bool(
                planning_scene.is_state_colliding(
                    robot_state=state, joint_model_group_name=self._config.group
                )
            )

    # ---- robot states ----

    def _state(self, positions: Float64, opening: float) -> Any:
        """The robot of the scene, what it holds included, with the arm at ``positions`` (J,)."""
        with self._monitor.read_only() as planning_scene:
            # The scene's own state is a live reference.
            state = copy.deepcopy(planning_scene.current_state)
        fingers = opening * self._robot.gripper_joint_per_opening
        state.joint_positions = {
            **dict(zip(self._robot.arm_joints, map(float, positions), strict=True)),
            **dict.fromkeys(self._robot.finger_joints, fingers),
        }
        state.update()
        return state

    def _arm_positions(self, state: Any) -> Float64:
        positions = state.joint_positions
        return np.array([positions[joint] for joint in self._robot.arm_joints])

    def _tcp_pose(self, state: Any) -> Transform:
        T_root_tcp = _transform(state.get_global_link_transform(self._robot.tcp_frame))
        return self._T_root_base.inverse() @ T_root_tcp


def _transform(matrix: Any) -> Transform:
    """From a 4 x 4 matrix."""
    return Transform(np.asarray(matrix)[:3, :3], np.asarray(matrix)[:3, 3])


def _at(T_base_tcp: Transform) -> str:
    return "(" + ", ".join(f"{v:.3f}" for v in T_base_tcp.translation) + ") m"
