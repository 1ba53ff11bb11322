# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from contextlib import contextmanager

import numpy as np
from builtin_interfaces.msg import Duration
from moveit_msgs.msg import MoveItErrorCodes
from moveit_msgs.msg import RobotTrajectory as RobotTrajectoryMessage
from trajectory_msgs.msg import JointTrajectoryPoint

from moveit.core.planning_scene import PlanningScene
from moveit.core.robot_model import RobotModel
from moveit.core.robot_state import RobotState
from moveit.paths import SamplingFailed, line_path, searched_path, straight_path, timed
from moveit.record import recorded

PILZ = "pilz_industrial_motion_planner"


class MoveItPy:
    @recorded
    def __init__(
        self,
        node_name: str = "moveit_py",
        name_space: str = "",
        launch_params_filepaths: list[str] | None = None,
        config_dict: dict | None = None,
        provide_planning_service: bool = True,
        remappings: dict | None = None,
    ) -> None:
        assert config_dict is not None
        self._parameters = config_dict
        self._model = RobotModel(config_dict["robot_description"], config_dict["robot_description_semantic"])
        self._monitor = PlanningSceneMonitor(PlanningScene(self._model))
        self._limits = config_dict["robot_description_planning"]
        pipelines = config_dict["planning_pipelines"]["pipeline_names"]
        assert all("planning_plugins" in config_dict[name] for name in pipelines)
        assert {"use_sim_time", "planning_scene_monitor_options"} <= set(config_dict)

    def get_planning_component(self, planning_component_name: str) -> PlanningComponent:
        assert planning_component_name in self._model._groups, f"no group {planning_component_name}"
        assert planning_component_name in self._parameters["robot_description_kinematics"]
        return PlanningComponent(planning_component_name, self)

    def get_planning_scene_monitor(self) -> PlanningSceneMonitor:
        return self._monitor

    def get_robot_model(self) -> RobotModel:
        return self._model

    def shutdown(self) -> None: ...


class PlanningSceneMonitor:
    def __init__(self, scene: PlanningScene) -> None:
        self._scene = scene
        self._is_locked = False

    def read_only(self):
        return self._locked()

    def read_write(self):
        return self._locked()

    @contextmanager
    def _locked(self):
        assert not self._is_locked, "the scene is locked already: MoveIt would wait for ever"
        self._is_locked = True
        try:
            yield self._scene
        finally:
            self._is_locked = False


class PlanRequestParameters:
    __slots__ = (
        "max_acceleration_scaling_factor",
        "max_velocity_scaling_factor",
        "planner_id",
        "planning_attempts",
        "planning_pipeline",
        "planning_time",
    )

    def __init__(self, moveit: MoveItPy, ns: str) -> None:
        assert isinstance(moveit, MoveItPy) and isinstance(ns, str)
        self.planner_id = self.planning_pipeline = ""
        self.planning_attempts, self.planning_time = 1, 1.0
        self.max_velocity_scaling_factor = self.max_acceleration_scaling_factor = 1.0


class PlanningComponent:
    def __init__(self, joint_model_group_name: str, moveit_py_instance: MoveItPy) -> None:
        self._group, self._moveit = joint_model_group_name, moveit_py_instance
        self._joints = moveit_py_instance._model._groups[joint_model_group_name]

    def set_start_state(
        self, configuration_name: str | None = None, robot_state: RobotState | None = None
    ) -> bool:
        if (configuration_name is None) == (robot_state is None):
            raise ValueError("Specify either a configuration name or a robot state")
        self._start = robot_state
        return True

    def set_goal_state(
        self,
        configuration_name: str | None = None,
        robot_state: RobotState | None = None,
        pose_stamped_msg: object | None = None,
        pose_link: str | None = None,
        motion_plan_constraints: list | None = None,
    ) -> bool:
        given = (configuration_name, robot_state, pose_stamped_msg, motion_plan_constraints)
        if sum(item is not None for item in given) != 1:
            raise ValueError("Specify exactly one goal")
        if (pose_stamped_msg is None) != (pose_link is None):
            raise ValueError("Must specify both message and corresponding link")
        self._goal_state, self._goal_pose, self._pose_link = robot_state, pose_stamped_msg, pose_link
        return True

    @recorded
    def plan(
        self,
        single_plan_parameters: PlanRequestParameters | None = None,
        multi_plan_parameters: object | None = None,
        planning_scene: PlanningScene | None = None,
        solution_selection_function: object | None = None,
        stopping_criterion_callback: object | None = None,
    ) -> MotionPlanResponse:
        request, moveit = single_plan_parameters, self._moveit
        assert request.planning_pipeline in moveit._parameters["planning_pipelines"]["pipeline_names"]
        start, limits = self._positions(self._start), moveit._limits["joint_limits"]
        velocity, acceleration = (
            np.array([limits[joint][f"max_{name}"] for joint in self._joints]) * factor
            for name, factor in (
                ("velocity", request.max_velocity_scaling_factor),
                ("acceleration", request.max_acceleration_scaling_factor),
            )
        )
        length, tcp_speed = 0.0, moveit._limits["cartesian_limits"]["max_trans_vel"]
        try:
            if (request.planning_pipeline, request.planner_id) == (PILZ, "LIN"):
                path, length = line_path(
                    moveit._model, self._start, self._goal_pose, self._pose_link, self._joints
                )
            elif (request.planning_pipeline, request.planner_id) == (PILZ, "PTP"):
                path = straight_path(start, self._nearest_goal(start))
            else:
                assert request.planner_id in moveit._parameters["ompl"]["planner_configs"]
                path = searched_path(
                    start,
                    self._nearest_goal(start),
                    *moveit._model._limits(self._group),
                    lambda q: not self._collides(q),
                )
        except SamplingFailed:
            return MotionPlanResponse(None)
        if any(self._collides(q) for q in path):
            return MotionPlanResponse(None)
        tcp_speed *= request.max_velocity_scaling_factor
        return MotionPlanResponse(
            RobotTrajectory(self._joints, *timed(path, velocity, acceleration, length, tcp_speed))
        )

    def _nearest_goal(self, start: np.ndarray) -> np.ndarray:
        way = self._positions(self._goal_state) - start
        model = self._moveit._model
        return start + [model._without_turns(j, w) for j, w in zip(self._joints, way, strict=True)]

    def _positions(self, state: RobotState) -> np.ndarray:
        return np.array([state.joint_positions[joint] for joint in self._joints])

    def _collides(self, positions: np.ndarray) -> bool:
        state = self._start.__deepcopy__({})
        state.joint_positions = dict(zip(self._joints, map(float, positions), strict=True))
        state.update()
        return self._moveit._monitor._scene.is_state_colliding(state, self._group)


class MotionPlanResponse:
    def __init__(self, trajectory: RobotTrajectory | None) -> None:
        self.trajectory = trajectory
        found = trajectory is not None
        self.error_code = MoveItErrorCodes(
            MoveItErrorCodes.SUCCESS if found else MoveItErrorCodes.PLANNING_FAILED
        )
        self.planning_time = 0.0

    def __bool__(self) -> bool:
        return self.error_code.val == MoveItErrorCodes.SUCCESS


class RobotTrajectory:
    def __init__(self, joints, times, positions, velocities, accelerations) -> None:
        self._joints = joints
        self._rows = list(zip(times, positions, velocities, accelerations, strict=True))

    def get_robot_trajectory_msg(self, joint_filter: list[str] | None = None) -> RobotTrajectoryMessage:
        message = RobotTrajectoryMessage()
        # In another order than the caller's, as MoveIt is free to.
        message.joint_trajectory.joint_names = list(self._joints)[::-1]
        for time, *values in self._rows:
            point = JointTrajectoryPoint(time_from_start=Duration(sec=int(time), nanosec=int(time % 1 * 1e9)))
            point.positions, point.velocities, point.accelerations = (list(v[::-1]) for v in values)
            message.joint_trajectory.points.append(point)
        return message
