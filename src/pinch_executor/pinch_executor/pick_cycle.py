# SPDX-License-Identifier: Apache-2.0
"""The job: detect, choose, pre-grasp, approach, close, verify, lift, verify, transfer, place, retreat."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_executor.attempt import NotedJob, attempt_of
from pinch_executor.candidate import Candidate
from pinch_executor.devices import Job, StageJob
from pinch_executor.errors import (
    ExecutorError,
    GoalInCollision,
    GraspOutOfReach,
    GraspPlannerFailed,
    InvalidGoal,
    InvalidTrajectory,
    NoIkSolution,
    NothingHeld,
    PlanningFailed,
    UnknownGripper,
)
from pinch_executor.executor_config import ExecutorConfig
from pinch_executor.guarded_robot import GuardedRobot
from pinch_executor.limited_job import LimitedJob
from pinch_executor.motion_planner import MotionPlanner, Reach, ReachPlan, Scene
from pinch_executor.waypoints import HeldObject

# This grasp cannot be had, but another one may be.
NOT_REACHABLE = (NoIkSolution, GoalInCollision, PlanningFailed, GraspOutOfReach, InvalidTrajectory)
# It was tried in vain and the arm is well: look again. Not so after a loss: where the object lies, and
# what it touches, nobody knows.
TRIED_IN_VAIN = NothingHeld
# Messages carry 32-bit floats.
ROUNDING_M = 1e-6


class PickCycle:
    """Serves one goal at a time, in the calling thread."""

    def __init__(
        self,
        robot: GuardedRobot,
        planner: MotionPlanner,
        gripper: ParallelJawGripper,
        config: ExecutorConfig,
        now: Callable[[], float],
    ) -> None:
        """``now``: the robot's time [s], which the stages' time limits count."""
        self._now = now
        self._robot, self._planner, self._gripper, self._config = robot, planner, gripper, config
        self._waypoints = robot.waypoints

    def execute_grasp(self, grasp: Candidate, job: Job, *, dry_run: bool = False) -> None:
        """Take one grasp: afterwards the object is lifted and held, or an error says why not."""
        self._robot.require_known_state()
        self._require_empty_hand()
        limited = self._limited(job)
        limited.stage("plan")
        plan = self._plan_grasp(grasp, limited)
        limited.check()
        if not dry_run:
            with self._robot.goal():
                self._take(grasp, plan, limited)

    def pick(self, detect: Callable[[], Sequence[Candidate]], max_attempts: int, job: Job) -> Candidate:
        """Look, choose the best grasp that can be reached, take it; look again if it was in vain.

        Returns the grasp that holds. ``detect`` gives ranked grasps on an image taken after it is called.
        """
        self._robot.require_known_state()
        self._require_empty_hand()
        with self._robot.goal():
            return self._pick(detect, max_attempts, self._limited(job))

    def place(self, pose_for: Callable[[HeldObject], Transform], job: Job) -> None:
        """Carry what is held to the TCP pose ``pose_for`` gives for it (in the base frame), release it,
        retreat.
        """
        self._robot.require_known_state()
        self._robot.forget_lost_object()
        held = self._robot.held
        if held is None:
            raise NothingHeld("nothing is held that this node picked up; send a pick first.")
        limited = self._limited(job)
        limited.stage("plan")
        reach = self._waypoints.place_reach(pose_for(held))
        self._check_workspace(reach.T_base_goal, reach.T_base_via)
        # No wider than the object was approached with: what stands beside the place is not known here.
        carrying, released = self._waypoints.scene(held.width, held), self._waypoints.scene(held.opening)
        plan = self._plan_reach(reach, carrying, released, limited)
        contact = (plan.reach.T_base_goal, reach.contact_distance)
        with self._robot.goal():
            limited.stage("transfer")
            self._robot.move(plan.to_via, carrying, limited, holding=held)
            limited.stage("lower")
            self._robot.move(plan.approach, carrying, limited, contact, holding=held)
            limited.stage("open")
            self._robot.open(held.opening, limited)
            limited.stage("retreat")
            self._robot.move(plan.leave, released, limited, contact)

    def recover(self, job: Job) -> None:
        """Stop, open, retreat, go home: from any state to the known one."""
        self._robot.recover(self._limited(job))

    # ---- stages of a pick ----

    def _pick(self, detect: Callable[[], Sequence[Candidate]], max_attempts: int, job: StageJob) -> Candidate:
        failed: list[Candidate] = []
        for attempt in range(1, max_attempts + 1):
            job.attempt(attempt)
            try:
                grasp, plan = self._look_and_choose(detect, failed, job)
            except (TRIED_IN_VAIN, *NOT_REACHABLE, GraspPlannerFailed):
                if attempt == max_attempts:
                    raise
                continue
            # A motion that is refused from here on ends the pick: the hand may be down at the object.
            try:
                self._take(grasp, plan, job)
                return grasp
            except TRIED_IN_VAIN:
                if attempt == max_attempts:
                    raise
                failed.append(grasp)
        raise InvalidGoal(f"max_attempts = {max_attempts}; ask for at least one attempt.")

    def _look_and_choose(
        self, detect: Callable[[], Sequence[Candidate]], failed: Sequence[Candidate], job: StageJob
    ) -> tuple[Candidate, ReachPlan]:
        job.stage("look")
        if not self._robot.at_home():
            self._robot.go_home(job)
        job.stage("detect")
        candidates = self._untried(self._detected(detect, job), failed)
        job.stage("choose")
        return self._choose(candidates, job)

    def _detected(self, detect: Callable[[], Sequence[Candidate]], job: StageJob) -> Sequence[Candidate]:
        for _ in range(job.retries):
            try:
                return detect()
            except GraspPlannerFailed:
                job.check()
        return detect()

    def _choose(self, candidates: Sequence[Candidate], job: StageJob) -> tuple[Candidate, ReachPlan]:
        reasons: list[ExecutorError] = []
        for candidate in candidates:
            job.trying(candidate)
            job.check()
            try:
                return candidate, self._plan_grasp(candidate, job)
            except NOT_REACHABLE as error:
                reasons.append(error)
        if not reasons:
            raise InvalidGoal("the grasp planner returned neither a grasp nor an error; check its log.")
        raise type(reasons[0])(f"none of {len(reasons)} grasps can be reached; the best one: {reasons[0]}")

    def _plan_grasp(self, grasp: Candidate, job: StageJob) -> ReachPlan:
        self._check_opening(grasp)
        reach = self._waypoints.pick_reach(grasp)
        self._check_workspace(reach.T_base_goal, reach.T_base_via, reach.T_base_exit)
        entering = self._waypoints.scene_with_target(grasp)
        leaving = self._waypoints.scene(grasp.width, self._waypoints.held(grasp, grasp.width))
        return self._plan_reach(reach, entering, leaving, job)

    def _plan_reach(self, reach: Reach, entering: Scene, leaving: Scene, job: StageJob) -> ReachPlan:
        def plan() -> ReachPlan:
            start, speeds = self._robot.positions(), (self._waypoints.travel, self._waypoints.linear)
            plan = self._planner.plan_reach(start, reach, entering, leaving, *speeds)
            self._robot.check(plan, entering, leaving)
            return plan

        for _ in range(job.retries):
            try:
                return plan()
            except (PlanningFailed, InvalidTrajectory):
                job.check()
        return plan()

    def _take(self, grasp: Candidate, plan: ReachPlan, job: StageJob) -> None:
        noted = NotedJob(job, self._robot.width_if_known)
        error: BaseException | None = None
        try:
            self._go_and_grasp(grasp, plan, noted)
        except BaseException as raised:
            error = raised
            raise
        finally:
            job.attempted(attempt_of(grasp, noted, error))

    def _go_and_grasp(self, grasp: Candidate, plan: ReachPlan, job: StageJob) -> None:
        entering = self._waypoints.scene_with_target(grasp)
        contact = (plan.reach.T_base_goal, plan.reach.contact_distance)
        job.stage("pre-grasp")
        self._robot.open(entering.opening, job)
        self._robot.move(plan.to_via, entering, job)
        job.stage("approach")
        self._robot.move(plan.approach, entering, job, contact)
        try:
            job.stage("close")
            held = self._close(grasp, job)
        except NothingHeld:
            self._back_off(grasp, plan, contact, job)
            raise
        job.stage("lift")
        self._robot.move(plan.leave, self._waypoints.scene(held.width, held), job, contact, holding=held)
        job.stage("verify")
        self._robot.check_held(held)

    def _close(self, grasp: Candidate, job: StageJob) -> HeldObject:
        state = self._robot.close(job)
        held = None if self._robot.is_empty(state.width) else self._waypoints.held(grasp, state.width)
        # Known before the client hears of it: a cancel may come just now.
        self._robot.held = held
        job.stage("verify")
        if held is None:
            raise NothingHeld(
                f"the fingers closed to {state.width * 1e3:.1f} mm with nothing between them; the object "
                "has moved."
            )
        return held

    def _back_off(
        self, grasp: Candidate, plan: ReachPlan, contact: tuple[Transform, float], job: StageJob
    ) -> None:
        """Away with the opening it came with: what stands beside the object leaves room for no other."""
        job.stage("retreat")
        self._robot.open(grasp.opening, job)
        self._robot.move(plan.leave, self._waypoints.scene(grasp.opening), job, contact)

    # ---- checks ----

    def _check_opening(self, grasp: Candidate) -> None:
        name, widest = self._gripper.name, self._gripper.max_opening
        if grasp.grasp.gripper not in ("", name):
            raise UnknownGripper(
                f"the grasp was planned for gripper '{grasp.grasp.gripper}' and the robot has '{name}'; "
                "start the grasp planner with the robot's gripper."
            )
        if grasp.opening == 0.0:
            raise InvalidGoal(
                "the grasp's opening is 0 m; give the distance between the pads on the approach."
            )
        if grasp.opening < grasp.width - ROUNDING_M:
            raise GoalInCollision(
                f"the grasp opens the pads {grasp.opening * 1e3:.1f} mm for an object "
                f"{grasp.width * 1e3:.1f} mm wide; give an opening of at least the width."
            )
        if grasp.opening > widest + ROUNDING_M:
            raise GoalInCollision(
                f"the grasp opens the pads {grasp.opening * 1e3:.1f} mm but gripper '{name}' opens to "
                f"{widest * 1e3:.1f} mm; choose another grasp."
            )

    def _limited(self, job: Job) -> LimitedJob:
        return LimitedJob(job, self._config.stages, self._now)

    def _require_empty_hand(self) -> None:
        self._robot.forget_lost_object()
        if self._robot.held is not None:
            width = self._robot.held.width * 1e3
            raise InvalidGoal(f"an object of {width:.0f} mm is held already; place it or call ~/recover.")

    def _untried(self, candidates: Sequence[Candidate], failed: Sequence[Candidate]) -> list[Candidate]:
        """Those away from every grasp that failed; raises NothingHeld when none is."""
        radius = self._config.retries.failed_radius

        def is_near_a_failure(grasp: Candidate) -> bool:
            return any(grasp.T_base_tcp.distance_to(tried.T_base_tcp)[0] < radius for tried in failed)

        untried = [grasp for grasp in candidates if not is_near_a_failure(grasp)]
        if candidates and not untried:
            raise NothingHeld(
                f"all {len(candidates)} grasps lie within {radius * 1e3:.0f} mm of one that closed on "
                "nothing in this pick; move the object or lower retries.failed_radius."
            )
        return untried

    def _check_workspace(self, *poses: Transform) -> None:
        for pose in poses:
            self._config.workspace.check(pose, "the TCP")
