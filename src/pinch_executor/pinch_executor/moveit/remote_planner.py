# SPDX-License-Identifier: Apache-2.0
"""The executor's end of the MoveIt process: a MotionPlanner that outlives it."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
import threading
from multiprocessing.connection import Connection

import numpy as np

from pinch_core.geometry.transform import Transform
from pinch_core.robot import Robot
from pinch_executor.embedded.robot_model import RobotModel
from pinch_executor.errors import ServerUnavailable, TimedOut
from pinch_executor.motion_planner import Float64, JointTrajectory, Reach, ReachPlan, Scene, Speed
from pinch_executor.moveit.channel import (
    Answer,
    Failed,
    PlanJoints,
    Planned,
    PlanReach,
    PlanStraight,
    Request,
    Start,
)
from pinch_executor.moveit.moveit_config import MoveItPlannerConfig

END_TIMEOUT_S = 2.0
SERVER = "pinch_executor.moveit.server"


class RemoteMotionPlanner:
    """See :class:`~pinch_executor.motion_planner.MotionPlanner`. The process starts at once and is waited for
    by the first plan; one that ends or hangs fails the plan under way with a ServerUnavailable or TimedOut,
    and another one is started.
    """

    def __init__(
        self, robot: Robot, config: MoveItPlannerConfig, *, use_sim_time: bool = False, namespace: str = "/"
    ) -> None:
        self._model = RobotModel(robot)
        self._config = config
        self._start_message = Start(robot, self._model.limits, config, use_sim_time, namespace)
        self._one_at_a_time = threading.Lock()
        self._connection: Connection
        self._is_ready = False
        self._start()

    @property
    def pid(self) -> int:
        """Process id of the MoveIt process that serves now."""
        return self._process.pid

    def plan_reach(
        self, start: Float64, reach: Reach, entering: Scene, leaving: Scene, travel: Speed, linear: Speed
    ) -> ReachPlan:
        """See the protocol."""
        plan = self._ask(
            PlanReach(self._model.checked_start(start), reach, entering, leaving, travel, linear)
        )
        assert isinstance(plan, ReachPlan)
        return plan

    def plan_joints(self, start: Float64, goal: Float64, scene: Scene, speed: Speed) -> JointTrajectory:
        """See the protocol."""
        checked = self._model.checked_goal(goal)
        plan = self._ask(PlanJoints(self._model.checked_start(start), checked, scene, speed))
        assert isinstance(plan, JointTrajectory)
        return plan

    def plan_straight(
        self, start: Float64, T_base_goal: Transform, scene: Scene, speed: Speed
    ) -> JointTrajectory:
        """See the protocol."""
        plan = self._ask(PlanStraight(self._model.checked_start(start), T_base_goal, scene, speed))
        assert isinstance(plan, JointTrajectory)
        return plan

    def tcp_pose(self, positions: Float64) -> Transform:
        """``T_base_tcp`` at joint positions (J,)."""
        return self._model.tcp_pose(np.asarray(positions))

    def check_alive(self) -> None:
        """See the protocol; another process is started then."""
        if self._process.poll() is not None:
            with self._one_at_a_time:
                raise self._restarted("while the arm moved")

    def close(self) -> None:
        """End the MoveIt process."""
        self._connection.close()  # it leaves by itself
        try:
            self._process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._kill()

    def _ask(self, request: Request) -> ReachPlan | JointTrajectory:
        with self._one_at_a_time:
            if not self._is_ready:
                self._receive(self._config.start_timeout, "while it started")
                self._is_ready = True
            try:
                self._connection.send(request)
            except OSError as error:
                raise self._restarted("before it was asked") from error
            answer = self._receive(self._config.answer_timeout, "while it planned")
        assert isinstance(answer, Planned)
        return answer.plan

    def _receive(self, timeout: float, when: str) -> Answer:
        try:
            if not self._connection.poll(timeout):
                self._kill()
                self._restart()
                raise TimedOut(
                    f"the MoveIt process gave no answer for {timeout:g} s {when} and is started anew; send "
                    "the goal again or raise moveit.answer_timeout."
                )
            answer: Answer = self._connection.recv()
        except (EOFError, OSError) as error:
            raise self._restarted(when) from error
        if isinstance(answer, Failed):
            if not self._is_ready:
                self._restart()
            raise answer.error
        return answer

    def _restarted(self, when: str) -> ServerUnavailable:
        """The error that says how the process ended; another one is on its way."""
        try:
            code = self._process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._kill()
            code = -signal.SIGKILL
        cause = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        self._restart()
        return ServerUnavailable(
            f"the MoveIt process ended {cause} {when} and is started anew; send the goal again."
        )

    def _restart(self) -> None:
        self._connection.close()
        if self._process.poll() is None:
            try:
                self._process.wait(END_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._kill()
        self._start()

    def _start(self) -> None:
        self._connection, theirs = multiprocessing.Pipe()
        # A session of its own: an interrupt from the terminal stops the executor first, which then ends it.
        self._process = subprocess.Popen(
            [sys.executable, "-m", SERVER, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        self._is_ready = False
        self._connection.send(self._start_message)

    def _kill(self) -> None:
        self._process.kill()
        self._process.wait()
