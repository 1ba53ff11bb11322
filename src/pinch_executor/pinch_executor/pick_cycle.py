# SPDX-License-Identifier: Apache-2.0
"""The job: detect, choose, pre-grasp, approach, close, verify, lift, verify, transfer, place, retreat."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from pinch_core.geometry.transform import Transform
from pinch_executor.candidate import Candidate
from pinch_executor.end_effector import GripperModel
from pinch_executor.errors import (
    ContactMet,
    ExecutorError,
    GoalInCollision,
    GraspOutOfReach,
    GraspPlannerFailed,
    InvalidGoal,
    InvalidTrajectory,
    NoIkSolution,
    NothingHeld,
    ObjectDropped,
    PlanningFailed,
    StartStateInCollision,
)
from pinch_executor.executor_config import ExecutorConfig
from pinch_executor.failure_memory import FailureMemory
from pinch_executor.guarded_robot import GuardedRobot
from pinch_executor.job import Job
from pinch_executor.motion_planner import (
    Float64,
    JointTrajectory,
    MotionPlanner,
    Reach,
    ReachPlan,
    Scene,
)
from pinch_executor.place_target import PlaceTarget
from pinch_executor.planned_push import PlannedPush

R = TypeVar("R")
# This grasp cannot be had, but another one may be.
NOT_REACHABLE = (NoIkSolution, GoalInCollision, PlanningFailed, GraspOutOfReach, InvalidTrajectory)
# They were tried in vain and the arm is well: look again. Not so after a loss: where the object lies, and
# what it touches, nobody knows.
TRIED_IN_VAIN = (NothingHeld, ContactMet)


class PickCycle:
    """Serves one goal at a time, in the calling thread."""

    def __init__(
        self,
        robot: GuardedRobot,
        planner: MotionPlanner,
        gripper: GripperModel,
        config: ExecutorConfig,
        memory: FailureMemory | None = None,
    ) -> None:
        self._robot, self._planner, self._gripper, self._config = robot, planner, gripper, config
        self._memory = memory or FailureMemory(config.retries.failed_radius)
        self._waypoints = robot.waypoints

    def execute_grasp(self, grasp: Candidate, job: Job, *, dry_run: bool = False) -> None:
        """Take one grasp: afterwards the object is lifted and held, or an error says why not."""
        self._robot.require_known_state()
        self._require_empty_gripper()
        job.stage("plan")
        try:
            plan = self._plan_grasp(grasp, job)
        except StartStateInCollision:
            # As after a cancel in a retreat: it stands among what it has just put down.
            way, scene = self._robot.way_out()
            plan = self._plan_grasp(grasp, job, start=way.end)
            if not dry_run:
                with self._robot.goal():
                    job.stage("retreat")
                    self._robot.move(way, scene, job)
        job.check()
        if not dry_run:
            with self._robot.goal():
                self.take(grasp, plan, job)

    def pick(self, detect: Callable[[], Sequence[Candidate]], max_attempts: int, job: Job) -> Candidate:
        """Look, choose the best grasp that can be reached, take it; look again if it was in vain.

        Returns the grasp that holds. ``detect`` gives ranked grasps on an image taken after it is called.
        """
        with self.ready():
            return self._pick(detect, max_attempts, job)

    @contextmanager
    def ready(self) -> Iterator[None]:
        """A goal of the robot in a known state and with an empty gripper.

        Raises:
            RecoveryNeeded: the state is not known.
            InvalidGoal: the gripper holds something.
        """
        self._robot.require_known_state()
        self._require_empty_gripper()
        with self._robot.goal():
            yield

    def place(self, target: PlaceTarget, job: Job) -> None:
        """Carry what is held to the first place of the target that can be reached, release it, retreat."""
        self._robot.require_known_state()
        self._robot.forget_lost_object()
        held = self._robot.held
        if held is None:
            raise NothingHeld("nothing is held that this node picked up; send a pick first.")
        job.stage("plan")
        carrying = self._waypoints.scene_holding(held)
        # No wider than the object was approached with: what stands beside the place is not known here.
        released = self._waypoints.scene(held.release_opening)
        try:
            plan = self._choose_place(target.poses(held), carrying, released, job)
        except StartStateInCollision:
            # It hangs among others still; what it was lifted over does not hold it.
            with self._robot.goal():
                self._robot.retreat(job)
            plan = self._choose_place(target.poses(held), carrying, released, job)
        contact = (plan.reach.T_base_goal, plan.reach.contact_distance)
        with self._robot.goal():
            job.stage("transfer")
            self._robot.move(plan.to_via, carrying, job, holding=held)
            job.stage("lower")
            try:
                self._robot.move(plan.approach, carrying, job, contact, holding=held, may_meet=True)
                leave: JointTrajectory | None = plan.leave
            except ContactMet:
                leave = None  # it stands on something: here, and not where it was to
            job.stage("open")
            self._robot.release_in_clutter(job)
            target.put(held, self._planner.tcp_pose(self._robot.positions()))
            job.stage("retreat")
            if leave is None:
                self._robot.retreat(job)
            else:
                self._robot.move(leave, released, job, contact)
            job.stage("verify")
            self._robot.check_released(held, job)

    def recover(self, job: Job) -> None:
        """Stop, open, retreat, go home: from any state to the known one."""
        self._robot.recover(job)

    # ---- stages of a pick ----

    def _pick(self, detect: Callable[[], Sequence[Candidate]], max_attempts: int, job: Job) -> Candidate:
        before = self._memory.serial
        for attempt in range(1, max_attempts + 1):
            job.attempt(attempt)
            try:
                grasp, plan = self.look_and_choose(detect, before, job)
            except (NothingHeld, *NOT_REACHABLE, GraspPlannerFailed):
                if attempt == max_attempts:
                    raise
                continue
            # A motion that is refused from here on ends the pick: the gripper may be down at the object.
            try:
                self.take(grasp, plan, job)
                return grasp
            except TRIED_IN_VAIN:
                if attempt == max_attempts:
                    raise
        raise InvalidGoal(f"max_attempts = {max_attempts}; ask for at least one attempt.")

    def look_and_choose(
        self,
        detect: Callable[[], Sequence[Candidate]],
        since: int,
        job: Job,
        refused: Callable[[Candidate, ExecutorError], None] = lambda grasp, error: None,
    ) -> tuple[Candidate, ReachPlan]:
        """From home, the best grasp that can be reached and is away from every failure since ``since`` (see
        :class:`FailureMemory`), and how; ``refused`` hears of those that cannot be reached.
        """
        self.look(job)
        job.stage("detect")
        candidates = self._untried(self._detected(detect, job), since)
        job.stage("choose")
        return self._choose(candidates, refused, job)

    def look_for(self, plan: Callable[[], R], job: Job) -> R:
        """What ``plan`` makes of an image taken from home."""
        self.look(job)
        job.stage("detect")
        return plan()

    def look(self, job: Job) -> None:
        """Go where the arm is out of the camera's view: home."""
        job.stage("look")
        if not self._robot.at_home():
            self._robot.go_home(job)

    def _detected(self, detect: Callable[[], Sequence[Candidate]], job: Job) -> Sequence[Candidate]:
        for _ in range(job.retries):
            try:
                return detect()
            except GraspPlannerFailed:
                job.check()
        return detect()

    def _choose(
        self, candidates: Sequence[Candidate], refused: Callable[[Candidate, ExecutorError], None], job: Job
    ) -> tuple[Candidate, ReachPlan]:
        reasons: list[ExecutorError] = []
        for candidate in candidates:
            job.trying(candidate)
            job.check()
            try:
                return candidate, self._plan_grasp(candidate, job)
            except NOT_REACHABLE as error:
                reasons.append(error)
                refused(candidate, error)
        if not reasons:
            raise InvalidGoal("the grasp planner returned neither a grasp nor an error; check its log.")
        raise reasons[0].quoted(f"none of {len(reasons)} grasps can be reached; the best one: ")

    def _choose_place(
        self, poses: Iterable[Transform], carrying: Scene, released: Scene, job: Job
    ) -> ReachPlan:
        first: ExecutorError | None = None
        for T_base_tcp in poses:
            reach = self._waypoints.place_reach(T_base_tcp)
            try:
                self._check_workspace(reach.T_base_goal, reach.T_base_via)
                return self._plan_reach(reach, carrying, released, job)
            except NOT_REACHABLE as error:
                first = first or error
                job.check()
        assert first is not None, "a target without a pose raises"
        raise first

    def _plan_grasp(self, grasp: Candidate, job: Job, start: Float64 | None = None) -> ReachPlan:
        """``start``: joint positions; None: where the arm is."""
        self._gripper.check(grasp)
        reach = self._waypoints.pick_reach(grasp)
        self._check_workspace(reach.T_base_goal, reach.T_base_via, reach.T_base_exit)
        entering = self._waypoints.scene_with_target(grasp)
        leaving = self._waypoints.scene_with_planned(grasp)
        return self._plan_reach(reach, entering, leaving, job, start)

    def _plan_reach(
        self, reach: Reach, entering: Scene, leaving: Scene, job: Job, start: Float64 | None = None
    ) -> ReachPlan:
        def plan() -> ReachPlan:
            at, speeds = self._robot.positions(), (self._waypoints.travel, self._waypoints.linear)
            plan = self._planner.plan_reach(at if start is None else start, reach, entering, leaving, *speeds)
            self._robot.check(plan, entering, leaving, start)
            return plan

        for _ in range(job.retries):
            try:
                return plan()
            except (PlanningFailed, InvalidTrajectory):
                job.check()
        return plan()

    def take(self, grasp: Candidate, plan: ReachPlan, job: Job) -> None:
        """Execute a grasp as planned; what fails at the object is remembered.

        Raises:
            NothingHeld, ContactMet: in vain, and the arm is well.
            ObjectDropped: lost in the lift.
        """
        try:
            self._take(grasp, plan, job)
        except (*TRIED_IN_VAIN, ObjectDropped) as error:
            self._memory.add(grasp, error.error_code)
            raise
        self._memory.forget_at(grasp)

    def let_go(self, job: Job) -> None:
        """Open where the arm stands, as far as the last grasp did."""
        job.stage("open")
        self._robot.release_in_clutter(job)

    def push(self, push: PlannedPush, job: Job) -> None:
        """Push with the closed gripper, and leave.

        Raises:
            ContactMet: the arm was held up on the way; it has left.
        """
        job.stage("push")
        reach = self._waypoints.push_reach(push)
        self._check_workspace(reach.T_base_goal, reach.T_base_via, reach.T_base_exit)
        closed = self._waypoints.scene(self._gripper.pushing_opening)
        free = self._waypoints.free_scene(self._gripper.pushing_opening)
        plan = self._plan_reach(reach, closed, closed, job)
        away = self._planner.plan_straight(
            plan.leave.end, push.retreat.end(plan.reach.T_base_exit), free, self._waypoints.linear
        )
        contact = (plan.reach.T_base_goal, plan.reach.contact_distance)
        self._robot.prepare_push(job)
        self._robot.move(plan.to_via, closed, job)
        try:
            self._robot.move(plan.approach, closed, job, contact, may_meet=True)
            self._robot.move(plan.leave, closed, job, contact, may_meet=True)
        except ContactMet:
            self._robot.retreat(job)
            raise
        self._robot.move(away, free, job)

    def _take(self, grasp: Candidate, plan: ReachPlan, job: Job) -> None:
        entering = self._waypoints.scene_with_target(grasp)
        contact = (plan.reach.T_base_goal, plan.reach.contact_distance)
        with job.executing(grasp):
            job.stage("pre-grasp")
            self._robot.prepare(grasp, job)
            self._robot.move(plan.to_via, entering, job)
            job.stage("approach")
            try:
                self._robot.move(plan.approach, entering, job, contact, may_meet=True)
            except ContactMet:
                job.stage("retreat")
                self._robot.retreat(job)
                raise
            job.stage("close")
            try:
                held = self._robot.engage(grasp, job)
            except NothingHeld:
                job.stage("verify")
                self._back_off(grasp, plan, job)
                raise
            job.stage("verify")
            job.stage("lift")
            holding = self._waypoints.scene_holding(held)
            self._robot.move(plan.leave, holding, job, contact, holding=held)
            job.stage("verify")
            self._robot.check_held(held)

    def _back_off(self, grasp: Candidate, plan: ReachPlan, job: Job) -> None:
        """Away as it came: what stands beside the object leaves room for no other opening."""
        job.stage("retreat")
        opening = self._robot.release_in_clutter(job)
        contact = (plan.reach.T_base_goal, plan.reach.contact_distance)
        beside = replace(self._waypoints.scene_beside_target(grasp), opening=opening)
        self._robot.move(plan.leave, beside, job, contact)

    # ---- checks ----

    def _require_empty_gripper(self) -> None:
        self._robot.forget_lost_object()
        if self._robot.held is not None:
            raise InvalidGoal("the gripper holds an object already; place it or call ~/recover.")

    def _untried(self, candidates: Sequence[Candidate], since: int) -> list[Candidate]:
        """Those away from every grasp that failed; raises NothingHeld when none is."""
        radius = self._config.retries.failed_radius
        untried = [grasp for grasp in candidates if not self._memory.is_near_one_since(since, grasp)]
        if candidates and not untried:
            raise NothingHeld(
                f"all {len(candidates)} grasps lie within {radius * 1e3:.0f} mm of one that failed in this "
                "goal; move the object or lower retries.failed_radius."
            )
        return untried

    def _check_workspace(self, *poses: Transform) -> None:
        for pose in poses:
            self._config.workspace.check(pose, "the TCP")
