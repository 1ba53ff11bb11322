# SPDX-License-Identifier: Apache-2.0
"""The grasp executor node: actions in, checked motions out."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from typing import Any

from geometry_msgs.msg import PoseStamped, Vector3
from pinch_interfaces.action import ExecuteGrasp, Pick, PickAndPlace, Place, PlanGrasps
from pinch_interfaces.msg import ErrorCode, Grasp, KeepOutBox, PlanRequest
from rclpy.callback_groups import ReentrantCallbackGroup
from std_msgs.msg import Header
from std_srvs.srv import Trigger

from pinch_core.errors import PinchError
from pinch_core.geometry.transform import Transform
from pinch_executor.attempt_recorder import AttemptRecorder
from pinch_executor.candidate import Candidate
from pinch_executor.errors import InvalidGoal, PlaceAreaUnknown
from pinch_executor.executor_config import RENAMED, ExecutorConfig
from pinch_executor.goal_server import GoalServer, OneAtATime
from pinch_executor.job import Job
from pinch_executor.place_area import PlaceArea
from pinch_executor.place_map import PlaceMap
from pinch_executor.place_target import AtPose, InArea, PlaceTarget
from pinch_executor.robot_connection import RobotConnection
from pinch_executor.state_board import StateBoard
from pinch_executor.surroundings import Surroundings
from pinch_ros.conversions import (
    duration_to_seconds,
    grasp_from_message,
    grasp_to_message,
    ns_to_stamp,
    pose_from_transform,
    seconds_to_duration,
    stamp_to_ns,
    transform_from_pose,
)
from pinch_ros.diagnostics import DiagnosticsPublisher, Health, Level
from pinch_ros.lifecycle import PinchNode, node_main
from pinch_ros.parameters import declare_config, refuse_renamed
from pinch_ros.transforms import TransformLookup

STOP_TIMEOUT_S = 10.0
# A frame is fresh enough for the planner's own limit once the arm has stood this long.
FRESH_S = 1.0
SHORTEST_AGE_S = 1e-3
EXECUTE_STAGES = 8  # plan, pre-grasp, approach, close, verify, lift, verify, done
PLACE_STAGES = 6  # plan, transfer, lower, open, retreat, done


class GraspExecutorNode(PinchNode):
    """Serves execute_grasp, pick, place, pick_and_place and recover; see the package's README."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("grasp_executor", **kwargs)
        # How an arm moves, and where its attempts are written, is for those to say who start it.
        self._config = declare_config(self, ExecutorConfig, read_only=True)
        refuse_renamed(self, RENAMED)
        areas = {
            name: declare_config(self, PlaceArea, prefix=f"place_areas.{name}", read_only=True)
            for name in self._config.place_area_names
        }
        # What lies in them outlives a cleanup of the node.
        self._places = {name: PlaceMap(name, area, self._config.placing) for name, area in areas.items()}
        self._one = OneAtATime(self)
        self._servers: list[GoalServer] = []

    # ---- lifecycle ----

    def configure(self) -> None:
        """Load the robot and create every server."""
        self._connection = RobotConnection(self, self._config, Surroundings(self._places))
        self._base = self._connection.robot.base_frame
        self._transforms = TransformLookup(self)
        self._recorder = AttemptRecorder(self, self._config.recording)
        self._board = StateBoard(self, self._read_gripper)
        self._diagnostics = DiagnosticsPublisher(self, self._health)
        self._servers = [
            self._server(
                ExecuteGrasp, "execute_grasp", self._execute_grasp, _progress(ExecuteGrasp, EXECUTE_STAGES)
            ),
            self._server(Pick, "pick", self._pick, self._pick_feedback(Pick)),
            self._server(Place, "place", self._place, _progress(Place, PLACE_STAGES)),
            self._server(
                PickAndPlace, "pick_and_place", self._pick_and_place, self._pick_feedback(PickAndPlace)
            ),
        ]
        self._empty_service = self.create_service(Trigger, "~/empty_place_areas", self._empty_place_areas)
        self._recover_service = self.create_service(
            Trigger, "~/recover", self._recover, callback_group=ReentrantCallbackGroup()
        )

    def deactivate(self) -> None:
        """Stop the goal under way."""
        if not self._one.stop(STOP_TIMEOUT_S):
            self.get_logger().error(f"the goal under way did not end within {STOP_TIMEOUT_S:g} s.")

    def cleanup(self) -> None:
        """Undo configure."""
        for server in self._servers:
            server.close()
        self._servers = []
        self.destroy_service(self._recover_service)
        self.destroy_service(self._empty_service)
        self._diagnostics.close()
        self._board.close()
        self._recorder.close()
        self._transforms.close()
        self._connection.close()

    # ---- the actions ----

    def _execute_grasp(self, goal: ExecuteGrasp.Goal, result: ExecuteGrasp.Result, job: Job) -> None:
        try:
            candidate = self._candidate(goal.grasp)
            self._recorder.set_aside(candidate.stamp_ns)
            job.attempt(1)
            self._connection.cycle.execute_grasp(candidate, job, dry_run=goal.dry_run)
        finally:
            result.holding, result.final_opening = self._read_gripper()

    def _pick(self, goal: Any, result: Any, job: Job) -> None:
        def detect() -> list[Candidate]:
            grasps = self._connection.planner_client.plan(self._plan_goal(goal.request), job.check)
            self._recorder.set_aside(stamp_to_ns(grasps[0].header.stamp))
            job.watch = self._connection.perception_watch()
            return [self._candidate(grasp) for grasp in grasps]

        try:
            self._connection.cycle.pick(detect, max(1, goal.max_attempts), job)
        finally:
            result.attempts = job.attempts
            result.holding, _ = self._read_gripper()
            result.grasp = self._grasp_of(job)

    def _place(self, goal: Any, result: Any, job: Job) -> None:
        target = self._place_target(goal)
        try:
            self._connection.cycle.place(target, job)
        finally:
            result.holding, _ = self._read_gripper()

    def _pick_and_place(self, goal: PickAndPlace.Goal, result: PickAndPlace.Result, job: Job) -> None:
        target = self._place_target(goal)  # a wrong place is told before anything moves
        self._pick(goal, result, job)
        result.picked = True
        try:
            self._connection.cycle.place(target, job)
        finally:
            result.holding, _ = self._read_gripper()
        result.placed = True

    def _recover(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        try:
            self._one.claim("recover")
        except PinchError as error:
            response.success, response.message = False, str(error)
            return response
        self._board.start("recover")
        code = ErrorCode.SUCCESS
        try:
            self._connection.cycle.recover(self._make_job(lambda _: self._one.check(), self._tell_board))
            response.success = True
        except PinchError as error:
            response.success, response.message = False, str(error)
            code = ErrorCode.NOT_RECOVERED
        finally:
            self._board.finish(code, response.message)
            self._one.release()
        return response

    def _empty_place_areas(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        occupied = [name for name, places in self._places.items() if not places.is_empty]
        for places in self._places.values():
            places.clear()
        response.success = True
        response.message = f"free again: {', '.join(occupied)}." if occupied else "all were free."
        return response

    # ---- goals in the core's terms ----

    def _plan_goal(self, asked: PlanRequest) -> PlanGrasps.Goal:
        """The client's request, for grasps in the base frame on an image taken after the last motion."""
        request = copy.deepcopy(asked)
        request.max_grasps = asked.max_grasps or self._config.retries.max_grasps
        quiet = max(SHORTEST_AGE_S, self._connection.seconds_since_motion())
        if quiet < (duration_to_seconds(asked.max_age) or FRESH_S):
            request.max_age = seconds_to_duration(quiet)
        if self._config.placing.keep_out:
            request.keep_out = [*asked.keep_out, *(self._keep_out(p) for p in self._places.values())]
        return PlanGrasps.Goal(request=request, target_frame=self._base)

    def _keep_out(self, places: PlaceMap) -> KeepOutBox:
        box = places.keep_out()
        x, y, z = box.size.tolist()
        return KeepOutBox(
            name=box.name,
            header=Header(frame_id=self._base),
            pose=pose_from_transform(box.T_base_box),
            size=Vector3(x=x, y=y, z=z),
        )

    def _candidate(self, message: Grasp) -> Candidate:
        grasp = grasp_from_message(message)
        return Candidate(grasp, self._to_base(message.header), stamp_to_ns(message.header.stamp))

    def _to_base(self, header: Any) -> Transform:
        if not header.frame_id:
            raise InvalidGoal("header.frame_id of the pose is empty; name the frame that it is given in.")
        return self._transforms.lookup(
            self._base, header.frame_id, stamp_to_ns(header.stamp), self._config.timeouts.tf
        )

    def _place_target(self, goal: Any) -> PlaceTarget:
        if goal.place_area:
            return self._area(goal.place_area)
        pose: PoseStamped = goal.pose
        return AtPose(self._to_base(pose.header) @ transform_from_pose(pose.pose, "place pose"))

    def _area(self, name: str) -> InArea:
        if name not in self._places:
            known = ", ".join(self._places) or "none"
            raise PlaceAreaUnknown(
                f"no place area '{name}' is configured; known: {known}; add it to place_area_names and "
                "place_areas.",
                place_area=name,
            )
        above = self._config.surroundings.object_above_tcp
        return InArea(self._places[name], self._config.placing, above)

    def _grasp_of(self, job: Job) -> Grasp:
        """The grasp under way in the base frame, an empty message while there is none."""
        candidate = job.candidate
        if candidate is None:
            return Grasp()
        header = Header(stamp=ns_to_stamp(candidate.stamp_ns), frame_id=self._base)
        message = grasp_to_message(candidate.grasp, header, candidate.T_base_cam)
        message.source = message.source or "unnamed"
        return message

    # ---- what is told ----

    def _server(self, action_type: Any, name: str, serve: Any, feedback: Any) -> GoalServer:
        return GoalServer(
            self,
            action_type,
            name,
            self._one,
            self._board,
            serve,
            feedback,
            self._make_job,
            self._connection.waiter,
        )

    def _make_job(self, must_stop: Callable[[Job], None], tell: Callable[[Job], None]) -> Job:
        return Job(
            self._config.stages,
            self._connection.waiter.now,
            self._connection.opening,
            must_stop=must_stop,
            tell=tell,
            record=self._recorder.record,
        )

    def _tell_board(self, job: Job) -> None:
        self._board.stage(job.current_stage, job.attempts)

    def _pick_feedback(self, action_type: Any) -> Callable[[Job], Any]:
        def feedback(job: Job) -> Any:
            return action_type.Feedback(
                attempt=job.attempts, stage=job.current_stage, grasp=self._grasp_of(job)
            )

        return feedback

    def _read_gripper(self) -> tuple[bool, float]:
        return self._connection.holding(), self._connection.opening()

    def _health(self) -> Health:
        state = self._board.state
        values = {
            "action": state.action,
            "stage": state.stage,
            "holding": str(state.holding),
            "last_error_code": str(state.last_error_code),
        }
        problem = self._connection.problem()
        if problem:
            return Health(Level.ERROR, problem, values)
        if state.last_error_code != ErrorCode.SUCCESS:
            return Health(Level.WARN, state.last_error_msg, values)
        return Health(Level.OK, "serving" if state.action else "ready", values)


def _progress(action_type: Any, stages: int) -> Callable[[Job], Any]:
    return lambda job: action_type.Feedback(stage=job.current_stage, progress=min(1.0, job.stages / stages))


def main() -> None:
    """Console entry point."""
    sys.exit(node_main(GraspExecutorNode))
