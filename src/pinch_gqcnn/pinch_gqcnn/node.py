# SPDX-License-Identifier: Apache-2.0
"""The planner node: depth image in, ranked grasps out."""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Callable
from typing import Any

from pinch_interfaces.action import PlanGrasps, PlanPush
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from std_msgs.msg import Header

from pinch_core.errors import PinchError, PlanCancelled
from pinch_core.grasp import Grasp
from pinch_core.parallel_jaw.config import ParallelJawConfig
from pinch_core.planner_config import PlannerConfig
from pinch_gqcnn.continuous import ContinuousPlanning
from pinch_gqcnn.errors import NoGraspFoundError, NoPushFoundError, NotActiveError, SupersededError
from pinch_gqcnn.frame_planning import FrameOrigin, FramePlanning, PlannedFrame
from pinch_gqcnn.goal import format_in_goal, frame_in_goal, request_from_message
from pinch_gqcnn.goal_queue import GoalQueue, QueuedGoal
from pinch_gqcnn.latest_frame import LatestFrame
from pinch_gqcnn.network_store import NetworkStore
from pinch_gqcnn.node_config import RENAMED, PlannerNodeConfig
from pinch_gqcnn.outputs import PlanOutputs
from pinch_gqcnn.plan_statistics import PlanStatistics
from pinch_gqcnn.planner import Planner, PlanRequest
from pinch_gqcnn.push_planning import push_of
from pinch_ros.conversions import duration_to_seconds, grasp_to_message, image_is_empty, report_to_message
from pinch_ros.diagnostics import DiagnosticsPublisher, Health, Level
from pinch_ros.error_codes import error_code, error_sentence
from pinch_ros.frame_subscriber import FrameMessages, FrameSubscriber
from pinch_ros.lifecycle import PinchNode, node_main
from pinch_ros.parameters import declare_config, on_config_change, parameter_names, refuse_renamed
from pinch_ros.transforms import TransformLookup

# Settings of parallel jaws were no group of their own in version 1.
_RENAMED = {
    name.removeprefix("parallel_jaw."): name
    for name in parameter_names(ParallelJawConfig, prefix="parallel_jaw")
}
# A finished goal keeps its image until rclpy forgets it, so not for rclpy's default of 15 minutes.
_RESULT_TIMEOUT_S = 10
_LOG_EVERY_S = 5.0
_STALLED_S = 2.0


class GraspPlannerNode(PinchNode):
    """Serves ``~/plan_grasps`` and, where ``continuous`` is set, plans on every frame; see the README."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("grasp_planner", **kwargs)
        self._networks = NetworkStore()
        refuse_renamed(self, {**RENAMED, **_RENAMED})
        self._planner = Planner.load(
            declare_config(self, PlannerNodeConfig), declare_config(self, PlannerConfig), self._networks
        )
        on_config_change(self, PlannerNodeConfig, self._set_node_config, check_config=self._check_node_config)
        on_config_change(
            self, PlannerConfig, self._set_planner_config, check_config=self._check_planner_config
        )
        self._frames = LatestFrame()
        self._queue = GoalQueue()
        self._arrivals_ns: dict[int, int] = {}
        self._statistics = PlanStatistics()
        self._continuous: ContinuousPlanning | None = None

    # ---- life ----

    def configure(self) -> None:
        self._transforms = TransformLookup(self)
        self._outputs = PlanOutputs(self)
        self._planning = FramePlanning(self._transforms, self._outputs, self._statistics)
        self._diagnostics = DiagnosticsPublisher(self, self._health)
        self._subscriber = FrameSubscriber(
            self, "depth/image_rect", "depth/camera_info", self._frames.put,
            segmask_topic="segmask" if self._planner.node.use_segmask else None,
        )  # fmt: skip
        self._servers = [
            ActionServer(
                self, action, name, execute,
                callback_group=ReentrantCallbackGroup(), goal_callback=self._on_goal,
                handle_accepted_callback=self._on_accepted, cancel_callback=lambda _: CancelResponse.ACCEPT,
                result_timeout=_RESULT_TIMEOUT_S,
            )
            for action, name, execute in (
                (PlanGrasps, "~/plan_grasps", self._execute_grasps),
                (PlanPush, "~/plan_push", self._execute_push),
            )
        ]  # fmt: skip

    def activate(self) -> None:
        if self._planner.node.continuous:
            self._continuous = ContinuousPlanning(self._frames, self._plan_continuously)

    def deactivate(self) -> None:
        if self._continuous is not None:
            self._continuous.stop()
            self._continuous = None

    def cleanup(self) -> None:
        for server in self._servers:
            server.destroy()
        self._subscriber.close()
        self._diagnostics.close()
        self._outputs.close()
        self._transforms.close()

    # ---- parameters ----

    def _check_node_config(self, config: PlannerNodeConfig) -> None:
        Planner.load(config, self._planner.config, self._networks)

    def _set_node_config(self, config: PlannerNodeConfig) -> None:
        before = self._planner.node
        self._planner = Planner.load(config, self._planner.config, self._networks)
        self._networks.forget_others(self._planner.networks)
        if self.is_active and before.continuous != config.continuous:
            self.deactivate()
            self.activate()

    def _check_planner_config(self, config: PlannerConfig) -> None:
        Planner.load(self._planner.node, config, self._networks)

    def _set_planner_config(self, config: PlannerConfig) -> None:
        self._planner = dataclasses.replace(self._planner, config=config)

    # ---- goals ----

    def _on_goal(self, goal: PlanGrasps.Goal | PlanPush.Goal) -> GoalResponse:
        has_room = self._queue.waiting < self._planner.node.max_queued_goals
        if self._planner.node.preempt or not self._queue.is_busy or has_room:
            # Noted before the client learns that it is accepted: a frame that it takes then is new enough.
            self._arrivals_ns[id(goal)] = self.get_clock().now().nanoseconds
            return GoalResponse.ACCEPT
        self.get_logger().warning(
            f"goal rejected: {self._queue.waiting} goals wait already (max_queued_goals).",
            throttle_duration_sec=_LOG_EVERY_S,
        )
        return GoalResponse.REJECT

    def _on_accepted(self, handle: ServerGoalHandle) -> None:
        arrival_ns = self._arrivals_ns.pop(id(handle.request))
        self._queue.put(QueuedGoal(handle, arrival_ns), preempt=self._planner.node.preempt)

    def _execute_grasps(self, handle: ServerGoalHandle) -> PlanGrasps.Result:
        return self._execute(handle, PlanGrasps.Result, self._serve_grasps)

    def _execute_push(self, handle: ServerGoalHandle) -> PlanPush.Result:
        return self._execute(handle, PlanPush.Result, self._serve_push)

    def _execute(
        self, handle: ServerGoalHandle, result: type[Any], serve: Callable[[ServerGoalHandle], Any]
    ) -> Any:
        """One goal, to its end: every error becomes a code and a sentence."""
        try:
            served = serve(handle)
            handle.succeed()
            self._statistics.succeeded()
            return served
        except PlanCancelled as error:
            if handle.is_cancel_requested:
                handle.canceled()
                return result(error_code=error_code(error), error_msg=str(error))
            if self._queue.is_superseded():
                superseded = SupersededError("a later goal took its place (preempt is set).")
                return self._fail(handle, result, superseded)
            inactive = NotActiveError("the planner was deactivated while it worked on the goal.")
            return self._fail(handle, result, inactive)
        except PinchError as error:
            return self._fail(handle, result, error)
        except Exception as error:
            self.get_logger().error(f"planning failed unexpectedly:\n{traceback.format_exc()}")
            return self._fail(handle, result, error)
        finally:
            self._queue.finish()

    def _fail(self, handle: ServerGoalHandle, result: type[Any], error: Exception) -> Any:
        sentence = error_sentence(error)
        self._statistics.failed(sentence)
        self.get_logger().warning(f"goal failed: {sentence}")
        failed = result(error_code=error_code(error), error_msg=sentence)
        if isinstance(error, NoGraspFoundError):
            failed.grasps.report = report_to_message(error.report)
        if isinstance(error, NoPushFoundError):
            failed.quality_now = float(error.quality_now)
        handle.abort()
        return failed

    def _serve_grasps(self, handle: ServerGoalHandle) -> PlanGrasps.Result:
        goal: PlanGrasps.Goal = handle.request

        def on_progress(stage: str, iteration: int, best: Grasp | None, header: Header) -> None:
            feedback = PlanGrasps.Feedback(stage=stage, iteration=iteration)
            if best is not None:
                feedback.best = grasp_to_message(best, header)
            handle.publish_feedback(feedback)

        planned = self._plan(handle, self._planner, lambda: frame_in_goal(goal), on_progress)
        report = planned.result.report
        if not planned.result.grasps:
            raise NoGraspFoundError(report.why_empty(), report)
        return PlanGrasps.Result(grasps=planned.message, surroundings=planned.surroundings)

    def _serve_push(self, handle: ServerGoalHandle) -> PlanPush.Result:
        planner = self._planner

        def on_progress(stage: str, iteration: int, best: Grasp | None, header: Header) -> None:
            handle.publish_feedback(PlanPush.Feedback(stage=stage))

        return push_of(self._plan(handle, planner, lambda: None, on_progress), planner)

    def _plan(
        self,
        handle: ServerGoalHandle,
        planner: Planner,
        own_frame: Callable[[], FrameMessages | None],
        on_progress: Callable[[str, int, Grasp | None, Header], None],
    ) -> PlannedFrame:
        """The plan of a goal, on the frame that it brings along or one from the topics."""
        goal = handle.request

        def should_stop() -> bool:
            return handle.is_cancel_requested or not self.is_active or self._queue.is_superseded()

        if not self.is_active:
            raise NotActiveError("the planner is not active; activate it (ros2 lifecycle set).")
        request = request_from_message(goal.request)
        planner.check(request)
        frame = own_frame()
        if frame is None:
            origin = self._topics_origin(planner)
            frame = self._frame_from_topics(goal, planner, should_stop)
        else:
            origin = FrameOrigin("depth of the goal", format_in_goal(goal, planner.node.depth_format))
        if not image_is_empty(goal.request.segmask):
            frame = frame._replace(segmask=goal.request.segmask)
        header = frame.image.header
        planned = self._planning.plan(
            planner, frame, request, origin=origin, target_frame=goal.target_frame,
            should_stop=should_stop,
            on_progress=lambda stage, iteration, best: on_progress(stage, iteration, best, header),
        )  # fmt: skip
        if should_stop():
            raise PlanCancelled("planning was cancelled; no grasp was returned.")
        return planned

    def _topics_origin(self, planner: Planner) -> FrameOrigin:
        topic = self._subscriber.topics[0]
        return FrameOrigin(topic, planner.node.depth_format, topic)

    def _frame_from_topics(
        self, goal: PlanGrasps.Goal | PlanPush.Goal, planner: Planner, should_stop: Callable[[], bool]
    ) -> FrameMessages:
        max_age_s = duration_to_seconds(goal.request.max_age) or planner.node.max_age
        oldest_ns = self._queue.arrival_ns - int(max_age_s * 1e9)
        return self._frames.wait_since(
            oldest_ns,
            planner.node.frame_timeout,
            self._subscriber.topics,
            self._subscriber.why_none,
            should_stop,
        )

    # ---- continuous planning ----

    def _plan_continuously(self, frame: FrameMessages, is_stopping: Callable[[], bool]) -> None:
        def should_stop() -> bool:
            # A goal goes first: somebody waits for it, and the next frame comes anyway.
            return self._queue.is_busy or is_stopping()

        planner = self._planner
        request = PlanRequest(planner.config.max_grasps)
        try:
            self._planning.plan(
                planner, frame, request, origin=self._topics_origin(planner), should_stop=should_stop
            )
            self._statistics.succeeded()
        except PlanCancelled:
            pass
        except PinchError as error:
            self._statistics.failed(str(error))
            self.get_logger().warning(f"no plan for a frame: {error}", throttle_duration_sec=_LOG_EVERY_S)
        except Exception as error:
            self._statistics.failed(f"unexpected {type(error).__name__}, see the log")
            self.get_logger().error(
                f"planning failed unexpectedly:\n{traceback.format_exc()}", throttle_duration_sec=_LOG_EVERY_S
            )

    # ---- diagnostics ----

    def _health(self) -> Health:
        health = self._statistics.health()
        age_s = self._frames.seconds_since
        values = {
            **health.values,
            "policy": self._planner.node.policy,
            "models": ", ".join(f"{n.name} ({n.engine})" for n in self._planner.networks.values()),
            "gripper": self._planner.gripper.name,
            "frames": str(self._frames.received),
            "seconds since last frame": f"{age_s:.2f}",
            "exposures with a message missing": str(self._subscriber.incomplete),
            "goals waiting": str(self._queue.waiting),
        }
        if self._continuous is not None and age_s > _STALLED_S:
            why = self._subscriber.why_none()
            return Health(Level.ERROR, f"no frame for {age_s:.1f} s: {why}.", values)
        return Health(health.level, health.message, values)


def main() -> int:
    """Entry point of ``grasp_planner_node``."""
    return node_main(GraspPlannerNode)
