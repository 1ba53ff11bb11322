# SPDX-License-Identifier: Apache-2.0
"""The robot as the pick cycle moves it: every trajectory checked, every motion watched, every failure
remembered.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TypeVar

import numpy as np

from pinch_core.geometry.transform import Transform
from pinch_core.robot import Robot
from pinch_executor.arm import Arm
from pinch_executor.candidate import Candidate
from pinch_executor.end_effector import EndEffector, HeldObject
from pinch_executor.errors import (
    ControllerFailed,
    ExecutorError,
    GoalRejected,
    GripperBlocked,
    GripperFailed,
    NothingHeld,
    NotStopped,
    ObjectDropped,
    ObjectStuck,
    RecoveryNeeded,
    RobotStateStale,
    ServerUnavailable,
    StartStateInCollision,
    StartStateInvalid,
    TimedOut,
)
from pinch_executor.executor_config import ExecutorConfig
from pinch_executor.job import Job
from pinch_executor.motion_marker import MotionMarker
from pinch_executor.motion_planner import Float64, JointTrajectory, MotionPlanner, ReachPlan, Scene
from pinch_executor.surroundings import Surroundings
from pinch_executor.trajectory_guard import TrajectoryGuard
from pinch_executor.waypoints import Waypoints

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
    """Arm and end effector behind the guard. ``held`` is what the gripper holds, as far as is known.

    ``trouble``: why the arm must not move before recovery. A node that has just started does not know what
    went on before; standing still at home is the one state that needs no history. Unless ``marker`` tells
    that the node before it was killed while it moved the robot: what was under way may go on. Trouble that
    this node has seen (a stuck gripper, a controller that did not stop) lasts until recovery, also at home.
    """

    def __init__(
        self,
        arm: Arm,
        end_effector: EndEffector,
        planner: MotionPlanner,
        guard: TrajectoryGuard,
        robot: Robot,
        config: ExecutorConfig,
        marker: MotionMarker,
        surroundings: Surroundings | None = None,
    ) -> None:
        self._marker = marker
        self._arm, self._end_effector, self._planner, self._guard = arm, end_effector, planner, guard
        self._robot, self._config = robot, config
        self.waypoints = Waypoints(config, end_effector.model, surroundings)
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
        away = self._guard.distance(self._arm.positions(), np.array(self._robot.home))
        return bool(np.all(away <= self._config.motion.home_tolerance))

    def positions(self) -> Float64:
        """Measured joint positions (J,) [rad]."""
        return self._arm.positions()

    def opening_if_known(self) -> float:
        """Measured opening of the gripper [m], NaN while joint states are stale."""
        try:
            return self._end_effector.opening()
        except ExecutorError:
            return math.nan

    def forget_lost_object(self) -> None:
        """Stop believing in a held object that the gripper's state contradicts."""
        if self.held is not None and not self._end_effector.is_holding(self.held):
            self.held = None

    def check_held(self, held: HeldObject | None) -> None:
        """Raises ObjectDropped once ``held`` is lost."""
        if held is None:
            return
        try:
            self._end_effector.watch(held)
        except ObjectDropped:
            self.held = None
            raise

    # ---- moving ----

    @contextmanager
    def goal(self) -> Iterator[None]:
        """What is moved in this block is one goal; whoever is killed in it leaves the marker behind."""
        try:
            yield
        finally:
            if self._trouble is None:
                self._marker.clear()

    def check(self, plan: ReachPlan, entering: Scene, leaving: Scene, start: Float64 | None = None) -> None:
        """Show the guard a whole plan before anything moves, so that it goes nowhere it cannot leave;
        :meth:`move` shows it each motion again.

        Args:
            start: joint positions that it begins at; None: those of the arm.

        Raises:
            InvalidTrajectory, GraspOutOfReach: what the guard refuses.
        """
        contact = (plan.reach.T_base_goal, plan.reach.contact_distance)
        at = self._arm.positions() if start is None else start
        for motion, scene, near in (
            (plan.to_via, entering, None),
            (plan.approach, entering, contact),
            (plan.leave, leaving, contact),
        ):
            counted = self._guard.counted_from(motion, at)
            self._guard.check(counted, at, scene, near)
            at = counted.end

    def move(
        self,
        trajectory: JointTrajectory,
        scene: Scene,
        job: Job,
        contact: tuple[Transform, float] | None = None,
        holding: HeldObject | None = None,
        *,
        may_meet: bool = False,
    ) -> None:
        """Follow a trajectory that the guard passes; stop when cancelled or when ``holding`` is lost.

        ``may_meet``: something may be in the way; the arm stops there and ContactMet is raised.
        """
        job.check()
        measured = self._arm.positions()
        trajectory = self._guard.counted_from(trajectory, measured)
        self._guard.check(trajectory, measured, scene, contact)

        def watch() -> None:
            job.check()
            self._planner.check_alive()
            self.check_held(holding)

        self._marker.set()
        try:
            job.ask(lambda: self._arm.execute(trajectory, watch, may_meet=may_meet), GoalRejected)
        except STATE_UNKNOWN as error:
            self._trouble = str(error)
            raise

    def prepare(self, grasp: Candidate, job: Job) -> None:
        """Get the gripper ready for the approach."""
        self.held = None
        self._act(lambda: self._end_effector.prepare(grasp, job), job)

    def prepare_push(self, job: Job) -> None:
        """Close the empty gripper."""
        self.held = None
        self._act(lambda: self._end_effector.prepare_push(job), job)

    def engage(self, grasp: Candidate, job: Job) -> HeldObject:
        """Take hold at the grasp. Raises NothingHeld, and GripperFailed."""
        height = self.waypoints.height(grasp.T_base_tcp)
        # Known before the client hears of it: a cancel may come just now.
        held = self._act(lambda: self._end_effector.engage(grasp, height, job), job)
        footprint = self.waypoints.surroundings.take(grasp.T_base_tcp, held.size)
        self.held = held = replace(held, footprint=footprint)
        return held

    def release(self, job: Job) -> None:
        """Let go of what is held, without touching what stands beside it."""
        self.held = None
        self._act(lambda: self._end_effector.release(job), job)

    def release_in_clutter(self, job: Job) -> float:
        """The same where something may stand so close that the gripper does not open all the way; the
        opening that it came to [m].
        """

        def let_go() -> None:
            with suppress(GripperBlocked):
                self._end_effector.release(job)

        self.held = None
        self._act(let_go, job)
        return self._end_effector.opening()

    def check_released(self, held: HeldObject, job: Job) -> None:
        """Away from everything: raises ObjectStuck where ``held`` did not come off; it is held still."""
        try:
            self._act(lambda: self._end_effector.check_released(job), job)
        except ObjectStuck:
            self.held = held
            raise

    def _act(self, act: Callable[[], R], job: Job) -> R:
        job.check()
        self._marker.set()
        try:
            return act()
        except (NothingHeld, ObjectStuck):
            raise
        except GripperFailed as error:
            self._trouble = error.cause
            raise
        except ExecutorError as error:
            self._trouble = f"the gripper was stopped on its way: {error}"
            raise

    def go_home(self, job: Job) -> None:
        """To the home position; from low over the table, straight up first."""
        height = self.waypoints.height(self._planner.tcp_pose(self._arm.positions()))
        if height < self._config.motion.retreat_distance:
            self.retreat(job)
        if self.held is None:
            scene = self.waypoints.scene(self._end_effector.opening())
        else:
            scene = self.waypoints.scene_holding(self.held)
        home = np.array(self._robot.home)

        def way() -> JointTrajectory:
            return self._planner.plan_joints(self._arm.positions(), home, scene, self.waypoints.travel)

        try:
            home_way = way()
        except StartStateInCollision:
            # Beside something that was seen from above only, or among what it was taken from.
            self.retreat(job)
            home_way = way()
        self.move(home_way, scene, job, holding=self.held)

    def way_out(self) -> tuple[JointTrajectory, Scene]:
        """Straight up out of what was seen or put down where the TCP is, and the scene that allows it.

        Raises:
            StartStateInCollision: something else is touched, too.
        """
        start = self._arm.positions()
        scene = replace(self.waypoints.scene(self._end_effector.opening()), fields=())
        up = self.waypoints.raised(self._planner.tcp_pose(start))
        return self._planner.plan_straight(start, up, scene, self.waypoints.linear), scene

    def retreat(self, job: Job) -> None:
        """Straight up from wherever the TCP is, also from where the surroundings say it cannot be."""
        start = self._arm.positions()
        free = self.waypoints.free_scene(self._end_effector.opening())
        up = self.waypoints.raised(self._planner.tcp_pose(start))
        way = self._planner.plan_straight(start, up, free, self.waypoints.linear)
        self.move(way, free, job, holding=self.held)

    def recover(self, job: Job) -> None:
        """Stop, let go, retreat upwards, go home; afterwards the state is known again."""
        job.stage("stop")
        self._marker.set()
        self._arm.stop()
        job.stage("open")
        is_free = self._lets_go(job)
        if not (is_free and self.at_home()):
            job.stage("retreat")
            self.retreat(job)
        if not is_free:
            job.stage("open")
            self.release(job)
        if not self.at_home():
            job.stage("home")
            self.go_home(job)
        # Only here is it certain that nothing stands beside the gripper.
        job.stage("open")
        self._act(lambda: self._end_effector.reset(job), job)
        self._trouble = None
        self._marker.clear()

    def _lets_go(self, job: Job) -> bool:
        """False for a gripper that cannot move: a finger may stand on the object that it has dropped."""
        try:
            self.release(job)
        except GripperFailed:
            return False
        return True
