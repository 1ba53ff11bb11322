# SPDX-License-Identifier: Apache-2.0
"""The embedded implementation of :class:`~pinch_executor.motion_planner.MotionPlanner`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pinch_core.config import configclass, setting
from pinch_core.geometry.transform import Transform
from pinch_core.robot import Robot
from pinch_executor.embedded.collision import CollisionChecker
from pinch_executor.embedded.inverse_kinematics import ik_solutions
from pinch_executor.embedded.joint_path import connect, is_free, straight_path
from pinch_executor.embedded.robot_model import RobotModel
from pinch_executor.embedded.straight_line import trace_line
from pinch_executor.embedded.timing import time_path
from pinch_executor.errors import (
    ExecutorError,
    GoalInCollision,
    NoIkSolution,
    PlanningFailed,
    StartStateInCollision,
)
from pinch_executor.joint_turns import turned_near
from pinch_executor.motion_planner import Float64, JointTrajectory, Reach, ReachPlan, Scene, Speed


@configclass
class EmbeddedPlannerConfig:
    """How hard the embedded planner tries."""

    ik_seeds: int = setting(
        default=6,
        help="random starts of inverse kinematics per pose, besides the current and the home position",
        lower=0,
        upper=200,
    )
    max_checks: int = setting(
        default=20000,
        help="collision checks before a joint-space search gives up (about 50 us each)",
        lower=100,
        upper=1000000,
    )
    search_attempts: int = setting(
        default=2, help="joint-space searches per goal, each with another seed", lower=1, upper=20
    )
    seed: int = setting(
        default=0,
        help="seed of every random choice: the same seed plans the same motion",
        lower=0,
        upper=2**31 - 1,
    )


@dataclass(frozen=True, eq=False)
class _Lines:
    """The straight parts of a reach in one arm posture: (N, J) each, approach from via to goal."""

    reach: Reach
    approach: Float64
    leave: Float64


class EmbeddedMotionPlanner:
    """Plans for one robot; see :class:`~pinch_executor.motion_planner.MotionPlanner`. Not for use by two
    threads at once.
    """

    def __init__(self, robot: Robot, config: EmbeddedPlannerConfig) -> None:
        self.model = RobotModel(robot)
        self._shapes = self.model.collision_shapes()
        self._config = config

    def checker(self, scene: Scene) -> CollisionChecker:
        """The robot in ``scene``."""
        return CollisionChecker(self.model, self._shapes, scene)

    def tcp_pose(self, positions: Float64) -> Transform:
        """``T_base_tcp`` at joint positions (J,)."""
        return self.model.tcp_pose(positions)

    def check_alive(self) -> None:
        """It lives as long as its caller."""

    def close(self) -> None:
        """Nothing to end."""

    def plan_reach(
        self, start: Float64, reach: Reach, entering: Scene, leaving: Scene, travel: Speed, linear: Speed
    ) -> ReachPlan:
        """See the protocol. Postures are tried nearest first: those a straight joint path reaches, then by
        search.
        """
        outside, inside = self.checker(entering), self.checker(leaving)
        self._check_start(start, outside)
        postures: list[_Lines] = []
        reason: ExecutorError = NoIkSolution(
            f"no joint positions within limits put the TCP at {_at(reach.T_base_goal)} in "
            f"{self.model.robot.base_frame}; move the object nearer or choose another grasp."
        )
        for yaw, goal in self._goals(start, reach):
            try:
                lines = self._lines(yaw, goal, outside, inside)
            except ExecutorError as error:
                reason = error
                continue
            path = self._straight(outside, start, lines.approach[0])
            plan = self._plan_through(lines, path, outside, inside, travel, linear)
            if plan is not None:
                return plan
            postures.append(lines)
        if not postures:
            raise reason
        for lines in postures:
            path = self._search(outside, start, lines.approach[0])
            plan = self._plan_through(lines, path, outside, inside, travel, linear)
            if plan is not None:
                return plan
        raise PlanningFailed(
            f"no collision-free motion to {_at(reach.T_base_via)} was found with {len(postures)} arm "
            "postures and "
            f"{self._config.max_checks} checks each; clear the way or raise max_checks."
        )

    def plan_joints(self, start: Float64, goal: Float64, scene: Scene, speed: Speed) -> JointTrajectory:
        """See the protocol."""
        checker = self.checker(scene)
        self._check_start(start, checker)
        goal = turned_near(self.model.checked_goal(goal), start, self.model.continuous)
        if checker.collides(goal):
            touching = checker.contacts(goal)
            raise GoalInCollision(
                f"at {np.round(goal, 3).tolist()} rad touch: {touching}; choose another goal.",
                touching=touching,
            )
        for find in (self._straight, self._search):
            path = find(checker, start, goal)
            if path is not None:
                trajectory = time_path(self.model, path, speed)
                if is_free(checker, trajectory.positions):
                    return trajectory
        raise PlanningFailed(
            f"no collision-free motion to {np.round(goal, 3).tolist()} rad was found with "
            f"{self._config.max_checks} "
            "checks; clear the way or raise max_checks."
        )

    def plan_straight(
        self, start: Float64, T_base_goal: Transform, scene: Scene, speed: Speed
    ) -> JointTrajectory:
        """See the protocol."""
        checker = self.checker(scene)
        self._check_start(start, checker)
        path = trace_line(self.model, start, T_base_goal)
        blocked = checker.first_collision(path, [False] * len(path))
        if blocked is not None:
            touching = checker.contacts(path[blocked])
            raise PlanningFailed(
                f"on the straight line to {_at(T_base_goal)} touch: {touching}; clear the way.",
                touching=touching,
            )
        return self._time_line(path, speed)

    def _check_start(self, start: Float64, checker: CollisionChecker) -> None:
        self.model.checked_start(start)
        if checker.collides(start):
            touching = checker.contacts(start)
            raise StartStateInCollision(
                f"where the arm stands, touch: {touching}; call ~/recover or move it by hand.",
                touching=touching,
            )

    def _goals(self, start: Float64, reach: Reach) -> list[tuple[Reach, Float64]]:
        """Arm postures (J,) at the goal, with the yaw they belong to; the one with the quickest way there
        first.
        """
        rng = np.random.default_rng(self._config.seed)
        goals = [
            (yaw, goal)
            for yaw in ((reach, reach.turned()) if reach.symmetric else (reach,))
            for goal in ik_solutions(self.model, yaw.T_base_goal, start, self._config.ik_seeds, rng)
        ]
        return sorted(
            goals, key=lambda item: float((np.abs(item[1] - start) / self.model.max_velocity).max())
        )

    def _lines(
        self, reach: Reach, goal: Float64, outside: CollisionChecker, inside: CollisionChecker
    ) -> _Lines:
        for checker in (outside, inside):
            if checker.collides(goal, may_touch=True):
                touching = checker.contacts(goal, True)
                raise GoalInCollision(
                    f"at {_at(reach.T_base_goal)} touch: {touching}; choose another grasp.", touching=touching
                )
        # Both lines are followed from the goal outwards, so they share its posture exactly.
        approach = trace_line(self.model, goal, reach.T_base_via)
        leave = trace_line(self.model, goal, reach.T_base_exit)
        for name, path, end, checker in (
            ("approach", approach, reach.T_base_via, outside),
            ("lift", leave, reach.T_base_exit, inside),
        ):
            length = np.linalg.norm(end.translation - reach.T_base_goal.translation)
            may_touch = np.linspace(0.0, length, len(path)) <= reach.contact_distance
            blocked = checker.first_collision(path, may_touch.tolist())
            if blocked is not None:
                touching = checker.contacts(path[blocked], bool(may_touch[blocked]))
                raise PlanningFailed(
                    f"on the straight {name} at {_at(reach.T_base_goal)} touch: {touching}; choose another "
                    "grasp.",
                    touching=touching,
                )
        return _Lines(reach, approach[::-1], leave)

    def _plan_through(
        self,
        lines: _Lines,
        path: Float64 | None,
        outside: CollisionChecker,
        inside: CollisionChecker,
        travel: Speed,
        linear: Speed,
    ) -> ReachPlan | None:
        """The timed reach, None where ``path`` is None or the timed form, between the points checked so far,
        collides.
        """
        if path is None:
            return None
        to_via = time_path(self.model, path, travel)
        approach, leave = (self._time_line(line, linear) for line in (lines.approach, lines.leave))
        free = (
            is_free(outside, to_via.positions)
            and self._line_is_free(outside, approach, lines.reach)
            and self._line_is_free(inside, leave, lines.reach)
        )
        return ReachPlan(lines.reach, to_via, approach, leave) if free else None

    def _line_is_free(self, checker: CollisionChecker, line: JointTrajectory, reach: Reach) -> bool:
        """As the guard will see it: contact is allowed by the distance of the TCP, sample by sample."""
        goal = reach.T_base_goal.translation
        away = (np.linalg.norm(self.model.tcp_pose(q).translation - goal) for q in line.positions)
        return (
            checker.first_collision(line.positions, [bool(d <= reach.contact_distance) for d in away]) is None
        )

    def _straight(self, checker: CollisionChecker, start: Float64, goal: Float64) -> Float64 | None:
        """(2, J): the straight path, None where it is not free."""
        return np.stack([start, goal]) if is_free(checker, straight_path(start, goal)) else None

    def _search(self, checker: CollisionChecker, start: Float64, goal: Float64) -> Float64 | None:
        """(N, J): a path found by sampling, None where none was found."""
        for attempt in range(self._config.search_attempts):
            seed = 1 + self._config.seed * self._config.search_attempts + attempt
            path = connect(self.model, checker, start, goal, self._config.max_checks, seed)
            if path is not None:
                return path
        return None

    def _time_line(self, path: Float64, speed: Speed) -> JointTrajectory:
        first, last = self.model.tcp_pose(path[0]), self.model.tcp_pose(path[-1])
        return time_path(self.model, path, speed, tcp_length=first.distance_to(last)[0])


def _at(T_base_tcp: Transform) -> str:
    return "(" + ", ".join(f"{v:.3f}" for v in T_base_tcp.translation) + ") m"
