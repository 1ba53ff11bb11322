# SPDX-License-Identifier: Apache-2.0
"""A client of the whole graph: resets the cell, asks for picks, watches what happens."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from action_msgs.msg import GoalStatus
from pinch_interfaces.action import ExecuteGrasp, PickAndPlace, PlanGrasps
from pinch_interfaces.msg import ErrorCode, Grasp, GraspArray
from pinch_interfaces.srv import ClearMemory, GetObjectState, ResetCell
from rclpy.action.client import ClientGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.context import Context
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.task import Future
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image
from std_srvs.srv import Trigger
from typing_extensions import Self

from pinch_core.errors import PinchError
from pinch_core.geometry.transform import Transform
from pinch_core.grasp import GripperTranslation
from pinch_ros.action_client import ActionClient
from pinch_ros.conversions import (
    color_image_from_message,
    pose_from_transform,
    stamp_to_ns,
    transform_from_pose,
)
from pinch_ros.conversions.grasps import translation_to_message
from pinch_ros.qos import RESULT, SENSOR_DATA
from pinch_system.client.film import Film
from pinch_system.client.known_pick import KnownPick
from pinch_system.client.pick_record import PickRecord
from pinch_system.node_process import NodeProcess

# Wall-clock bounds: how long a server may take to appear, a service to answer, a whole pick to end.
START_TIMEOUT_S = 60.0
SERVICE_TIMEOUT_S = 60.0
PICK_TIMEOUT_S = 180.0
# After a reset the arm stands elsewhere at once, which no robot does: nodes get so long to see it.
SETTLE_S = 0.5
# Length of the straight approach and retreat of a known grasp.
STRAIGHT_M = 0.10
# Ground truth is asked for this often (simulated seconds).
OBSERVE_EVERY_S = 0.2

# The arm stood still, so another grasp may be tried.
NOT_REACHABLE = (
    ErrorCode.NO_IK_SOLUTION,
    ErrorCode.GOAL_IN_COLLISION,
    ErrorCode.PLANNING_FAILED,
    ErrorCode.GRASP_OUT_OF_REACH,
)


class CellError(PinchError):
    """A part of the graph did not appear, did not answer in time, or refused."""


class CellClient:
    """Asks for picks in the simulated cell and records them; use it in a ``with`` block."""

    def __init__(self, namespace: str = "/", *, watch: bool = True) -> None:
        """
        Args:
            namespace: of the graph.
            watch: whether to have the overview drawn for the film of a pick; False saves the cell the work.
        """
        self._context = Context()
        self._context.init(args=["--ros-args", "-r", "/clock:=clock"])
        self._node = Node("demo", namespace=namespace, context=self._context)
        self._group = ReentrantCallbackGroup()
        self._executor = MultiThreadedExecutor(num_threads=3, context=self._context)
        self._executor.add_node(self._node)
        self._thread = threading.Thread(target=self._spin, name="demo_client", daemon=True)

        self._closing = False
        self._lock = threading.Lock()
        self._film = Film()
        self._stage = "reset"
        self._stage_since = 0.0
        self._now = 0.0
        self._pick_start = 0.0
        self._observed = 0.0
        self._frame_time = 0.0
        self._frame_came = threading.Condition(self._lock)
        self._record = PickRecord(seed=0)
        self._pictures: Path | None = None
        self._goal: ClientGoalHandle | None = None
        self._cancel_asked = False
        self._on_stage: Callable[[str, float], None] = lambda stage, seconds: None

        make: dict[str, Any] = {"callback_group": self._group}
        self._pick = ActionClient(self._node, PickAndPlace, "grasp_executor/pick_and_place", **make)
        self._execute = ActionClient(self._node, ExecuteGrasp, "grasp_executor/execute_grasp", **make)
        self._planner = ActionClient(self._node, PlanGrasps, "grasp_planner/plan_grasps", **make)
        self._reset = self._node.create_client(ResetCell, "sim_cell/reset", **make)
        self._object_state = self._node.create_client(GetObjectState, "sim_cell/get_object_state", **make)
        self._recover = self._node.create_client(Trigger, "grasp_executor/recover", **make)
        self._empty = self._node.create_client(Trigger, "grasp_executor/empty_place_areas", **make)
        self._forget = self._node.create_client(ClearMemory, "grasp_executor/clear_memory", **make)
        self._node.create_subscription(Clock, "/clock", self._on_clock, SENSOR_DATA, **make)
        self._node.create_subscription(
            CameraInfo, "depth_camera/depth/camera_info", self._on_frame, SENSOR_DATA, **make
        )
        if watch:
            self._node.create_subscription(
                Image, "overview/image_raw", self._on_overview, SENSOR_DATA, **make
            )
        self._node.create_subscription(
            Image, "grasp_planner/debug_image", self._on_plan_picture, RESULT, **make
        )
        self._node.create_subscription(GraspArray, "grasp_planner/grasps", self._on_grasps, RESULT, **make)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # The context first: spinning ends of itself then, and nothing is destroyed under a callback at work.
        self._closing = True
        self._context.try_shutdown()
        self._thread.join(timeout=5.0)
        self._executor.shutdown(timeout_sec=5.0)
        self._node.destroy_node()

    def _spin(self) -> None:
        try:
            self._executor.spin()
        except Exception:
            # rclpy lets callbacks that are still at work meet a context that is gone.
            if not self._closing:
                raise

    def wait_until_ready(self, ended: Callable[[], list[NodeProcess]]) -> None:
        """Until cell, executor and planner answer; ``ended`` tells which nodes are dead."""
        servers = {
            "sim_cell/reset": self._reset.wait_for_service,
            "grasp_executor/pick_and_place": self._pick.wait_for_server,
            "grasp_planner/plan_grasps": self._planner.wait_for_server,
        }
        deadline = time.monotonic() + START_TIMEOUT_S
        for relative, wait in servers.items():
            name = self._node.resolve_service_name(relative)
            while not wait(timeout_sec=0.5):
                for node in ended():
                    raise CellError(f"a node ended while starting, see {node.log_file}: {node.last_line()}")
                if time.monotonic() > deadline:
                    raise CellError(f"{name} did not appear within {START_TIMEOUT_S:g} s; see the logs.")

    @property
    def node(self) -> Node:
        """The client's node, for those who listen beside it."""
        return self._node

    @property
    def now(self) -> float:
        """The cell's time [s]."""
        return self._now

    @property
    def stage(self) -> str:
        """Of the executor, as it last told in pick_and_place."""
        return self._stage

    def cancel(self) -> None:
        """Ask that pick_and_place end; returns at once. Feedback may come before the goal's acceptance, and
        so may this: the goal is cancelled then as soon as it is known.
        """
        with self._lock:
            self._cancel_asked = True
            goal = self._goal
        if goal is not None:
            goal.cancel_goal_async()

    def reset(self, seed: int, object_name: str, *, heap: int = 0) -> str:
        """A fresh scene that the camera node has seen, with one object or a heap; returns the object's
        name."""
        response = self._call(self._reset, ResetCell.Request(seed=seed, object=object_name, heap=heap))
        if not response.success:
            raise CellError(f"the cell could not be reset to seed {seed}: {response.message}")
        # The executor cannot know that what was placed is gone, and that nothing is where grasps failed.
        self._call(self._empty, Trigger.Request())
        self._call(self._forget, ClearMemory.Request())
        self._wait_for_a_frame()
        return str(response.object_name)

    def _wait_for_a_frame(self) -> None:
        """Until the camera node has published what the cell looks like now."""
        with self._frame_came:
            seen = self._now + SETTLE_S
            if not self._frame_came.wait_for(lambda: self._frame_time > seen, SERVICE_TIMEOUT_S):
                raise CellError(
                    f"depth_camera published no frame within {SERVICE_TIMEOUT_S:g} s; see the logs."
                )

    def object_pose(self) -> Transform:
        """``T_world_object`` of the object, by the simulator; the robot's base stands in the origin."""
        return transform_from_pose(self._state().pose, "the object's pose")

    def execute_first_reachable(self, grasps: Sequence[tuple[Transform, float]], opening: float) -> KnownPick:
        """Send (``T_base_tcp``, width [m]) in turn until one can be reached; only that one moves the arm.

        Args:
            opening: distance between the pads on the approach [m].
        """
        pick = KnownPick("no grasp is known")
        for T_base_tcp, width in grasps:
            began: dict[str, float] = {}  # wall time of each stage's first feedback

            def on_feedback(message: Any, began: dict[str, float] = began) -> None:
                began.setdefault(str(message.feedback.stage), time.monotonic())

            started, sent = self._now, time.monotonic()
            goal = ExecuteGrasp.Goal(grasp=known_grasp(T_base_tcp, width, opening))
            sent_goal = self._execute.send_goal_async(goal, on_feedback)
            handle = self.wait(sent_goal, "execute_grasp goal", SERVICE_TIMEOUT_S)
            accepted = time.monotonic()
            result = self.wait(handle.get_result_async(), "execute_grasp result", PICK_TIMEOUT_S).result
            pick = KnownPick(
                str(result.error_msg),
                lifted_s=self._now - started,
                accepted_ms=1e3 * (accepted - sent),
                planned_ms=1e3 * (began["pre-grasp"] - began["plan"]) if "pre-grasp" in began else None,
            )
            if result.error_code == ErrorCode.SUCCESS:
                state = self._state()
                seen = state.lifted and state.in_grasp
                return pick if seen else replace(pick, error="the simulator does not see the object lifted")
            if result.error_code not in NOT_REACHABLE:
                break
        return pick

    def execute_grasp(self, grasp: Grasp, *, dry_run: bool = False) -> ExecuteGrasp.Result:
        """Run one goal to its end."""
        goal = ExecuteGrasp.Goal(grasp=grasp, dry_run=dry_run)
        handle = self.wait(self._execute.send_goal_async(goal), "execute_grasp goal", SERVICE_TIMEOUT_S)
        return self.wait(handle.get_result_async(), "execute_grasp result", PICK_TIMEOUT_S).result

    def _state(self) -> Any:
        return self._call(self._object_state, GetObjectState.Request())

    def recover(self) -> str:
        """Open, retreat and go home after a failed pick; why that failed, empty when it did not."""
        response = self._call(self._recover, Trigger.Request())
        return "" if response.success else str(response.message)

    def pick_and_place(
        self,
        record: PickRecord,
        goal: PickAndPlace.Goal,
        pictures: Path,
        on_stage: Callable[[str, float], None],
    ) -> Film:
        """Run one goal to its end and fill in ``record``; ``on_stage(stage, seconds)`` after each stage."""
        with self._lock:
            self._film, self._record, self._pictures, self._on_stage = Film(), record, pictures, on_stage
            self._stage, self._stage_since, self._pick_start = "start", self._now, self._now
            self._goal, self._cancel_asked = None, False
        started = time.monotonic()
        handle = self.wait(
            self._pick.send_goal_async(goal, feedback_callback=self._on_feedback),
            "pick_and_place goal",
            SERVICE_TIMEOUT_S,
        )
        if not handle.accepted:
            raise CellError("the executor rejected the goal; see its log.")
        with self._lock:
            self._goal, too_early = handle, self._cancel_asked
        if too_early:
            handle.cancel_goal_async()
        try:
            response = self.wait(handle.get_result_async(), "pick_and_place result", PICK_TIMEOUT_S)
        except BaseException:
            handle.cancel_goal_async()
            raise
        result = response.result
        self._enter_stage("done" if result.error_code == 0 else "failed")
        with self._lock:
            record.wall_s = round(time.monotonic() - started, 2)
            record.total_s = round(self._now - self._pick_start, 2)
            record.attempts = int(result.attempts)
            record.held, record.placed = bool(result.picked), bool(result.placed)
            record.error_code, record.error_msg = int(result.error_code), str(result.error_msg)
            record.quality = round(float(result.grasp.quality), 4)
            record.width_mm = round(1e3 * float(result.grasp.width), 1)
            succeeded = response.status == GoalStatus.STATUS_SUCCEEDED and result.error_code == 0
            record.success = succeeded and record.lifted and record.held and record.placed
            film, self._pictures = self._film, None
        return film

    def _call(self, client: Any, request: Any) -> Any:
        return self.wait(client.call_async(request), client.srv_name, SERVICE_TIMEOUT_S)

    def wait(self, future: Future, what: str, timeout_s: float) -> Any:
        """What a future gives; CellError names ``what`` where it does not come in time."""
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        if not done.wait(timeout_s):
            raise CellError(f"{what} did not come within {timeout_s:g} s; see the logs.")
        return future.result()

    def _enter_stage(self, stage: str) -> None:
        with self._lock:
            if stage == self._stage:
                return
            finished, seconds = self._stage, self._now - self._stage_since
            if finished != "start":
                self._record.add_stage_time(finished, seconds)
            self._stage, self._stage_since = stage, self._now
            report = self._on_stage
        if finished != "start":
            report(finished, seconds)

    def _on_feedback(self, message: Any) -> None:
        self._enter_stage(str(message.feedback.stage))

    def _on_clock(self, clock: Clock) -> None:
        with self._lock:
            self._now = stamp_to_ns(clock.clock) * 1e-9
            if self._pictures is None or self._now - self._observed < OBSERVE_EVERY_S:
                return
            self._observed, record = self._now, self._record
        future = self._object_state.call_async(GetObjectState.Request())
        future.add_done_callback(lambda done: self._on_object_state(done.result(), record))

    def _on_object_state(self, state: Any, record: PickRecord) -> None:
        if state is not None and state.success and state.lifted and state.in_grasp:
            record.lifted = True

    def _on_frame(self, info: CameraInfo) -> None:
        with self._frame_came:
            self._frame_time = stamp_to_ns(info.header.stamp) * 1e-9
            self._frame_came.notify_all()

    def _on_overview(self, message: Image) -> None:
        image = color_image_from_message(message)
        with self._lock:
            if self._pictures is not None:
                self._film.add(
                    image, stamp_to_ns(message.header.stamp) * 1e-9 - self._pick_start, self._stage
                )

    def _on_plan_picture(self, message: Image) -> None:
        image = color_image_from_message(message)
        with self._lock:
            if self._pictures is None:
                return
            plans = sum("plan" in name for name in self._record.pictures)
            path = self._pictures / f"seed{self._record.seed}_plan{plans + 1}.png"
            self._record.pictures.append(path.name)
        cv2.imwrite(str(path), image)

    def _on_grasps(self, message: GraspArray) -> None:
        report = message.report
        with self._lock:
            self._record.plan_ms = {
                name: round(1e3 * seconds, 2)
                for name, seconds in zip(report.stage_names, report.stage_seconds, strict=True)
            }


def known_grasp(T_base_tcp: Transform, width: float, opening: float, frame: str = "world") -> Grasp:
    """The message of a grasp that no planner found: along its own axis to the object, and straight up from
    there.

    Args:
        width: extent of the object between the pads [m].
        opening: distance between the pads on the approach [m].
    """
    grasp = Grasp(
        pose=pose_from_transform(T_base_tcp), width=width, opening=opening, quality=1.0, source="known"
    )
    grasp.header.frame_id = frame
    approach, up = T_base_tcp.rotation[:, 2], np.array([0.0, 0.0, 1.0])
    grasp.approach = translation_to_message(GripperTranslation(approach, STRAIGHT_M))
    grasp.retreat = translation_to_message(GripperTranslation(up, STRAIGHT_M))
    return grasp
