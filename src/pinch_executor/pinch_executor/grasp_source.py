# SPDX-License-Identifier: Apache-2.0
"""Grasps and pushes of the grasp planner: what it is told with each request, and what its answers tell."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import numpy as np
from geometry_msgs.msg import Vector3
from pinch_interfaces.action import PlanGrasps, PlanPush
from pinch_interfaces.msg import Grasp, HeightMap, KeepOutBox, PlanRequest
from rclpy.node import Node
from std_msgs.msg import Header

from pinch_core.geometry.transform import Transform
from pinch_executor.candidate import Candidate
from pinch_executor.errors import InvalidGoal
from pinch_executor.executor_config import ExecutorConfig
from pinch_executor.failure_board import failures_to_messages
from pinch_executor.failure_memory import FailureMemory
from pinch_executor.height_field import HeightField
from pinch_executor.job import Job
from pinch_executor.motion_planner import Box
from pinch_executor.planned_push import PlannedPush, push_from_message
from pinch_executor.robot_connection import RobotConnection
from pinch_ros.conversions import (
    duration_to_seconds,
    grasp_from_message,
    pose_from_transform,
    seconds_to_duration,
    stamp_to_ns,
    transform_from_pose,
)
from pinch_ros.errors import InvalidMessageError
from pinch_ros.transforms import TransformLookup

# A frame is fresh enough for the planner's own limit once the arm has stood this long.
FRESH_S = 1.0
SHORTEST_AGE_S = 1e-3


class GraspSource:
    """Asks the grasp planner for what one robot can do; its answers are in the robot's base frame."""

    def __init__(
        self, node: Node, connection: RobotConnection, config: ExecutorConfig, memory: FailureMemory
    ) -> None:
        self._connection, self._config, self._memory = connection, config, memory
        self._base = connection.robot.base_frame
        self._transforms = TransformLookup(node)

    def close(self) -> None:
        """Stop listening to TF."""
        self._transforms.close()

    def detect(self, request: PlanRequest, job: Job) -> list[Candidate]:
        """Ranked grasps on an image taken after the last motion.

        Raises:
            GraspPlannerFailed: the planner found none, or answered with another error.
        """
        goal = PlanGrasps.Goal(request=self._told(request), target_frame=self._base)
        goal.request.max_grasps = request.max_grasps or self._config.retries.max_grasps
        goal.request.with_surroundings = request.with_surroundings or self._config.surroundings.from_image
        result = self._connection.planner_client.plan(goal, job.check)
        self._memory.forget(result.grasps.report.changed_since_failure)
        if self._config.surroundings.from_image:
            self._connection.look(self._height_field(result.surroundings))
        return [self.candidate(grasp) for grasp in self._connection.planner_client.grasps_of(result)]

    def plan_push(self, request: PlanRequest, job: Job) -> PlannedPush | None:
        """The best push on an image taken after the last motion, None where none helps.

        Raises:
            GraspPlannerFailed: the planner answered with an error.
        """
        goal = PlanPush.Goal(request=self._told(request), target_frame=self._base)
        result = self._connection.push_client.plan(goal, job.check)
        if result is None:
            return None
        return push_from_message(result.push, result.quality_now, self.to_base(result.push.header))

    def candidate(self, message: Grasp) -> Candidate:
        """A grasp of any frame that TF knows at its stamp."""
        grasp = grasp_from_message(message)
        return Candidate(grasp, self.to_base(message.header), stamp_to_ns(message.header.stamp))

    def to_base(self, header: Any) -> Transform:
        """The frame of a header, at its stamp, in the base frame."""
        if not header.frame_id:
            raise InvalidGoal("header.frame_id of the pose is empty; name the frame that it is given in.")
        return self._transforms.lookup(
            self._base, header.frame_id, stamp_to_ns(header.stamp), self._config.timeouts.tf
        )

    def _told(self, asked: PlanRequest) -> PlanRequest:
        """The client's request with what this executor knows: failures, place areas, the last motion."""
        request = copy.deepcopy(asked)
        request.failed = [*asked.failed, *failures_to_messages(self._memory.failures, self._base)]
        if self._config.placing.keep_out:
            areas = self._connection.surroundings.areas.values()
            request.keep_out = [*asked.keep_out, *self._boxes(places.keep_out() for places in areas)]
        quiet = max(SHORTEST_AGE_S, self._connection.seconds_since_motion())
        if quiet < (duration_to_seconds(asked.max_age) or FRESH_S):
            request.max_age = seconds_to_duration(quiet)
        return request

    def _boxes(self, boxes: Iterable[Box]) -> Iterable[KeepOutBox]:
        for box in boxes:
            x, y, z = box.size.tolist()
            yield KeepOutBox(
                name=box.name,
                header=Header(frame_id=self._base),
                pose=pose_from_transform(box.T_base_box),
                size=Vector3(x=x, y=y, z=z),
            )

    def _height_field(self, message: HeightMap) -> HeightField | None:
        """None where the planner told nothing."""
        if message.rows == 0 or message.columns == 0:
            return None
        shape = (int(message.rows), int(message.columns))
        if len(message.heights) != shape[0] * shape[1] or not 0.0 < message.cell < 1.0:
            raise InvalidMessageError(
                f"the planner's height map has {len(message.heights)} heights for {shape[0]} x {shape[1]} "
                f"cells of {message.cell:g} m; give one height a cell."
            )
        T_base_origin = self.to_base(message.header) @ transform_from_pose(message.origin, "height map")
        heights = np.array(message.heights, dtype=np.float64).reshape(shape)
        return HeightField(T_base_origin, float(message.cell), heights)
