# SPDX-License-Identifier: Apache-2.0
"""The robot as the pick cycle moves it: every trajectory checked, every motion watched, every failure
remembered.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np

from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.robot import Robot
from pinch_executor.devices import Arm, Hand, HandState, StageJob
from pinch_executor.errors import (
    ControllerFailed,
    ExecutorError,
    GoalRejected,
    GripperFailed,
    GripperRejected,
    NotStopped,
    ObjectDropped,
    RecoveryNeeded,
    RobotStateStale,
    ServerUnavailable,
    StartStateInvalid,
    TimedOut,
)
from pinch_executor.executor_config import ExecutorConfig
from pinch_executor.motion_marker import MotionMarker
from pinch_executor.motion_planner import Float64, JointTrajectory, MotionPlanner, ReachPlan, Scene
from pinch_executor.trajectory_guard import TrajectoryGuard
from pinch_executor.waypoints import HeldObject, Waypoints

R = TypeVar("R")
# After these nobody knows where the robot is or what it does.
STATE_UNKNOWN = (
    ControllerFailed,
    GripperFailed,
    ServerUnavailable,
    RobotStateStale,
    StartStateInvalid,
    TimedOut,
    NotStopped,
)
# The only doubt that standing still at home answers.
JUST_STARTED = "this node did not see how it came to stand where it stands"


class GuardedRobot:
    """Arm and hand behind the guard. ``held`` is what the fingers hold, as far as is known.

    ``trouble``: why the arm must not move before recovery. A node that has just started does not know what
    went on before; standing still at home is the one state that needs no history. Unless ``marker`` tells
    that the node before it was killed while it moved the robot: what was under way may go on. Trouble that
    this node has seen (stuck fingers, a controller that did not stop) lasts until recovery, also at home.
    """

    def __init__(
        self,
        arm: Arm,
        hand: Hand,
        planner: MotionPlanner,
        guard: TrajectoryGuard,
        robot: Robot,
        gripper: ParallelJawGripper,
        config: ExecutorConfig,
        marker: MotionMarker,
    ) -> None:
        self._marker = marker
        self._arm, self._hand, self._planner, self._guard = arm, hand, planner, guard
        self._robot, self._gripper, self._config = robot, gripper, config
        self.waypoints = Waypoints(config, gripper)
        self.held: HeldObject | None = None
        self._trouble: str | None = JUST_STARTED
        if marker.left_behind:
            self._trouble = "the node before this one was killed while it moved the robot"

    # ---- what is known ----

    def require_known_state(self) -> None:
        """Raises RecoveryNeeded after trouble, until recovery; after a mere start, until the arm stands still
        at home.
        """
        if self._trouble == JUST_STARTED and self.at_home() and self._arm.is_still():
            self._trouble = None
        if self._trouble is not None:
            raise RecoveryNeeded(
                f"the arm will not move, because {self._trouble.rstrip('.')}; call ~/recover when its way "
                "is clear."
            )

    def at_home(self) -> bool:
        """Whether every joint is within the tolerance of home."""
        away = np.abs(self._arm.positions() - np.array(self._robot.home))
        return bool(np.all(away <= self._config.motion.home_tolerance))

    def positions(self) -> Float64:
        """Measured joint positions (J,) [rad]."""
        return self._arm.positions()

    def width_if_known(self) -> float:
        """Measured distance between the pads [m], NaN while joint states are stale."""
        try:
            return self._hand.width()
        except ExecutorError:
            return math.nan

    def forget_lost_object(self) -> None:
        """Stop believing in a held object that the width of the fingers contradicts."""
        if self.held is not None and abs(self._hand.width() - self.held.width) > self._slack(self.held):
            self.held = None

    def is_empty(self, width: float) -> bool:
        """Whether fingers ``width`` [m] apart are closed on nothing."""
        return width <= self._gripper.min_opening + self._config.hand.empty_width

    def check_held(self, held: HeldObject | None) -> None:
        """Raises ObjectDropped if the fingers have closed further than on ``held``."""
        if held is None:
            return
        width = self._hand.width()
        if held.width - width > self._slack(held) or self.is_empty(width):
            self.held = None
            raise ObjectDropped(
                f"the fingers went from {held.width * 1e3:.1f} to {width * 1e3:.1f} mm while holding: the "
                "object is lost."
            )

    def _slack(self, held: HeldObject) -> float:
        """What fingers may close further on an object that they still hold [m]: one that was met across a
        corner turns until its sides lie on the pads, a square by 29 % of the width.
        """
        return max(self._config.hand.drop_width, self._config.hand.drop_share * held.width)

    # ---- moving ----

    @contextmanager
    def goal(self) -> Iterator[None]:
        """What is moved in this block is one goal; whoever is killed in it leaves the marker behind."""
        try:
            yield
        finally:
            if self._trouble is None:
                self._marker.clear()

    def check(self, plan: ReachPlan, entering: Scene, leaving: Scene) -> None:
        """Show the guard a whole plan before anything moves, so that no hand goes where it cannot leave;
        :meth:`move` shows it each motion again.

        Raises:
            InvalidTrajectory, GraspOutOfReach: what the guard refuses.
        """
        contact = (plan.reach.T_base_goal, plan.reach.contact_distance)
        self._guard.check(plan.to_via, self._arm.positions(), entering)
        self._guard.check(plan.approach, plan.to_via.end, entering, contact)
        self._guard.check(plan.leave, plan.approach.end, leaving, contact)

    def move(
        self,
        trajectory: JointTrajectory,
        scene: Scene,
        job: StageJob,
        contact: tuple[Transform, float] | None = None,
        holding: HeldObject | None = None,
    ) -> None:
        """Follow a trajectory that the guard passes; stop when cancelled or when ``holding`` is lost."""
        job.check()
        self._guard.check(trajectory, self._arm.positions(), scene, contact)

        def watch() -> None:
            job.check()
            self._planner.check_alive()
            self.check_held(holding)

        self._marker.set()
        try:
            _ask(job, lambda: self._arm.execute(trajectory, watch), GoalRejected)
        except STATE_UNKNOWN as error:
            self._trouble = str(error)
            raise

    def close(self, job: StageJob) -> HandState:
        """Close until something is met or nothing is left between the fingers.

        Raises:
            GripperFailed: the fingers did not move, or stopped for no reason they could tell.
        """
        before = self._hand.width()

        def is_stuck(state: HandState) -> bool:
            # Fingers that cannot move report a stall just as fingers on an object do.
            return before - state.width < self._config.hand.least_travel and not self.is_empty(before)

        state = self._actuate(self._gripper.min_opening, job)
        for _ in range(job.retries):
            if is_stuck(state):
                state = self._actuate(self._gripper.min_opening, job)
        if is_stuck(state) or not (state.stalled or self.is_empty(state.width)):
            self._trouble = (
                f"the fingers stopped {state.width * 1e3:.1f} mm apart without having met anything"
            )
            raise GripperFailed(
                f"sent to close from {before * 1e3:.1f} mm, the fingers stand {state.width * 1e3:.1f} mm "
                "apart without having met anything; check the gripper."
            )
        return state

    def open(self, width: float, job: StageJob) -> None:
        """Open to ``width`` [m]; what was held is let go."""
        self.held = None
        state = self._actuate(width, job)
        if abs(state.width - width) > self._config.hand.position_tolerance:
            self._trouble = f"the fingers stand {state.width * 1e3:.1f} mm apart"
            raise GripperFailed(
                f"the fingers were sent to {width * 1e3:.1f} mm and stand {state.width * 1e3:.1f} mm "
                "apart; free them."
            )

    def _actuate(self, width: float, job: StageJob) -> HandState:
        job.check()
        self._marker.set()
        try:
            force = min(self._config.hand.force, self._gripper.max_force)
            return _ask(job, lambda: self._hand.move(width, force, job.check), GripperRejected)
        except ExecutorError as error:
            self._trouble = f"the fingers were stopped on their way: {error}"
            raise

    def go_home(self, job: StageJob) -> None:
        """To the home position; from low over the table, straight up first."""
        T_base_tcp = self._planner.tcp_pose(self._arm.positions())
        height = T_base_tcp.translation[2] - self._config.surroundings.table_height
        if height < self._config.motion.retreat_distance:
            self.retreat(job)
        scene = self.waypoints.scene(self._hand.width(), self.held)
        home = np.array(self._robot.home)
        self.move(
            self._planner.plan_joints(self._arm.positions(), home, scene, self.waypoints.travel), scene, job
        )

    def retreat(self, job: StageJob) -> None:
        """Straight up from wherever the TCP is, also from where the surroundings say it cannot be."""
        start = self._arm.positions()
        free = self.waypoints.free_scene(self._hand.width())
        up = self.waypoints.raised(self._planner.tcp_pose(start))
        self.move(self._planner.plan_straight(start, up, free, self.waypoints.linear), free, job)

    def recover(self, job: StageJob) -> None:
        """Stop, open, retreat upwards, go home; afterwards the state is known again."""
        job.stage("stop")
        self._marker.set()
        self._arm.stop()
        job.stage("open")
        is_free = self._opens(job)
        if not (is_free and self.at_home()):
            job.stage("retreat")
            self.retreat(job)
        if not is_free:
            job.stage("open")
            self.open(self._gripper.max_opening, job)
        if not self.at_home():
            job.stage("home")
            self.go_home(job)
        self._trouble = None
        self._marker.clear()

    def _opens(self, job: StageJob) -> bool:
        """False for fingers that are held where they are: one may stand on the object that it has dropped."""
        try:
            self.open(self._gripper.max_opening, job)
        except GripperFailed:
            return False
        return True


def _ask(job: StageJob, ask: Callable[[], R], refusal: type[ExecutorError]) -> R:
    """What ``ask`` returns; it is called again after a ``refusal`` as often as the stage may."""
    for _ in range(job.retries):
        try:
            return ask()
        except refusal:
            job.check()
    return ask()
