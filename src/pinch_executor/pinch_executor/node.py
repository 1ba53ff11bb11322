# SPDX-License-Identifier: Apache-2.0
"""The grasp executor node: actions in, checked motions out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from geometry_msgs.msg import PoseStamped
from pinch_interfaces.action import ClearBin, ExecuteGrasp, Pick, PickAndPlace, Place
from pinch_interfaces.msg import ErrorCode, Grasp, PlanRequest
from pinch_interfaces.srv import ClearMemory
from rclpy.callback_groups import ReentrantCallbackGroup
from std_msgs.msg import Header
from std_srvs.srv import Trigger

from pinch_core.errors import PinchError
from pinch_executor.attempt_recorder import AttemptRecorder
from pinch_executor.candidate import Candidate
from pinch_executor.clear_bin import ClearLimits
from pinch_executor.errors import PlaceAreaUnknown
from pinch_executor.executor_config import RENAMED, ExecutorConfig
from pinch_executor.failure_board import FailureBoard
from pinch_executor.failure_memory import FailureMemory
from pinch_executor.goal_server import GoalServer, OneAtATime
from pinch_executor.grasp_source import GraspSource
from pinch_executor.job import Job
from pinch_executor.place_area import PlaceArea
from pinch_executor.place_map import PlaceMap
from pinch_executor.place_target import AtPose, InArea, PlaceTarget
from pinch_executor.robot_connection import RobotConnection
from pinch_executor.state_board import StateBoard
from pinch_executor.surroundings import Surroundings
from pinch_ros.conversions import (
    duration_to_seconds,
    grasp_to_message,
    ns_to_stamp,
    transform_from_pose,
)
from pinch_ros.diagnostics import DiagnosticsPublisher, Health, Level
from pinch_ros.lifecycle import PinchNode, node_main
from pinch_ros.parameters import declare_config, refuse_renamed

STOP_TIMEOUT_S = 10.0
EXECUTE_STAGES = 8  # plan, pre-grasp, approach, close, verify, lift, verify, done
PLACE_STAGES = 6  # plan, transfer, lower, open, retreat, done


class GraspExecutorNode(PinchNode):
    """Serves execute_grasp, pick, place, pick_and_place, clear_bin and recover; see the package's README."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("grasp_executor", **kwargs)
        # How an arm moves, and where its attempts are written, is for those to say who start it.
        self._config = declare_config(self, ExecutorConfig, read_only=True)
        refuse_renamed(self, RENAMED)
        areas = {
            name: declare_config(self, PlaceArea, prefix=f"place_areas.{name}", read_only=True)
            for name in self._config.place_area_names
        }
        # What lies in them, and what failed, outlives a cleanup of the node.
        self._places = {name: PlaceMap(name, area, self._config.placing) for name, area in areas.items()}
        self._memory = FailureMemory(self._config.retries.failed_radius)
        self._one = OneAtATime(self)
        self._servers: list[GoalServer] = []

    # ---- lifecycle ----

    def configure(self) -> None:
        """Load the robot and create every server."""
        self._connection = RobotConnection(self, self._config, Surroundings(self._places), self._memory)
        self._base = self._connection.robot.base_frame
        self._source = GraspSource(self, self._connection, self._config, self._memory)
        self._failures = FailureBoard(self, self._base)
        self._memory.tell(self._failures.show)
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
            self._server(ClearBin, "clear_bin", self._clear_bin, self._clear_feedback),
        ]
        group = ReentrantCallbackGroup()
        self._offered = [
            self.create_service(kind, f"~/{name}", serve, callback_group=group)
            for kind, name, serve in (
                (Trigger, "empty_place_areas", self._empty_place_areas),
                (ClearMemory, "clear_memory", self._clear_memory),
                (Trigger, "recover", self._recover),
            )
        ]

    def deactivate(self) -> None:
        """Stop the goal under way."""
        if not self._one.stop(STOP_TIMEOUT_S):
            self.get_logger().error(f"the goal under way did not end within {STOP_TIMEOUT_S:g} s.")

    def cleanup(self) -> None:
        """Undo configure."""
        for server in self._servers:
            server.close()
        self._servers = []
        for service in self._offered:
            self.destroy_service(service)
        self._memory.tell(None)
        self._failures.close()
        self._diagnostics.close()
        self._board.close()
        self._recorder.close()
        self._source.close()
        self._connection.close()

    # ---- the actions ----

    def _execute_grasp(self, goal: ExecuteGrasp.Goal, result: ExecuteGrasp.Result, job: Job) -> None:
        try:
            candidate = self._source.candidate(goal.grasp)
            self._recorder.set_aside(candidate.stamp_ns)
            job.attempt(1)
            self._connection.cycle.execute_grasp(candidate, job, dry_run=goal.dry_run)
        finally:
            result.holding, result.final_opening = self._read_gripper()

    def _pick(self, goal: Any, result: Any, job: Job) -> None:
        try:
            self._connection.cycle.pick(self._detect(goal.request, job), max(1, goal.max_attempts), job)
        finally:
            result.attempts = job.attempts
            result.holding = self._end_of_motion()
            result.grasp = self._grasp_of(job)

    def _detect(self, request: PlanRequest, job: Job) -> Callable[[], list[Candidate]]:
        def detect() -> list[Candidate]:
            grasps = self._source.detect(request, job)
            self._recorder.set_aside(grasps[0].stamp_ns)
            job.watch = self._connection.perception_watch()
            return grasps

        return detect

    def _clear_bin(self, goal: ClearBin.Goal, result: ClearBin.Result, job: Job) -> None:
        limits = ClearLimits(goal.max_picks, goal.max_attempts, duration_to_seconds(goal.time_limit))
        area = self._area(goal.place_area)
        push = (lambda: self._source.plan_push(goal.request, job)) if goal.may_push else None
        try:
            self._connection.clear_bin.clear(limits, self._detect(goal.request, job), area, push, job)
        finally:
            tally = job.tally
            result.picked, result.attempts, result.pushes = tally.picked, tally.attempts, tally.pushes
            result.reasons, result.counts = list(tally.reasons), list(tally.reasons.values())
            result.picks_per_hour = tally.per_hour(self._connection.waiter.now())
            result.empty = tally.empty
            result.holding = self._end_of_motion()

    def _place(self, goal: Any, result: Any, job: Job) -> None:
        target = self._place_target(goal)
        try:
            self._connection.cycle.place(target, job)
        finally:
            result.holding = self._end_of_motion()

    def _pick_and_place(self, goal: PickAndPlace.Goal, result: PickAndPlace.Result, job: Job) -> None:
        target = self._place_target(goal)  # a wrong place is told before anything moves
        self._pick(goal, result, job)
        result.picked = True
        try:
            self._connection.cycle.place(target, job)
        finally:
            result.holding = self._end_of_motion()
        result.placed = True

    def _recover(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        try:
            self._one.claim("recover")
        except PinchError as error:
            response.success, response.message = False, str(error)
            return response
        self._board.start("recover")
        code = ErrorCode.SUCCESS
        self._connection.surroundings.forget()
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

    def _clear_memory(self, _: ClearMemory.Request, response: ClearMemory.Response) -> ClearMemory.Response:
        response.forgotten = self._memory.clear()
        return response

    def _empty_place_areas(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        occupied = [name for name, places in self._places.items() if not places.is_empty]
        for places in self._places.values():
            places.clear()
        response.success = True
        response.message = f"free again: {', '.join(occupied)}." if occupied else "all were free."
        return response

    # ---- goals in the core's terms ----

    def _place_target(self, goal: Any) -> PlaceTarget:
        if goal.place_area:
            return self._area(goal.place_area)
        pose: PoseStamped = goal.pose
        return AtPose(self._source.to_base(pose.header) @ transform_from_pose(pose.pose, "place pose"))

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

    def _clear_feedback(self, job: Job) -> ClearBin.Feedback:
        tally = job.tally
        return ClearBin.Feedback(
            attempt=job.attempts,
            stage=job.current_stage,
            picked=tally.picked,
            attempts=tally.attempts,
            pushes=tally.pushes,
            grasp=self._grasp_of(job),
            error_code=tally.error_code,
            error_msg=tally.error_msg,
        )

    def _end_of_motion(self) -> bool:
        """Whether something is held. If not, what was seen is not so any more: others may act before the next
        image.
        """
        holding, _ = self._read_gripper()
        if not holding:
            self._connection.surroundings.forget()
        return holding

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
