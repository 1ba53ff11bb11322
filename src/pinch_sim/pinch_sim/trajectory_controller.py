# SPDX-License-Identifier: Apache-2.0
"""Follows joint trajectories within tolerances, as ros2_controllers' joint_trajectory_controller does."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pinch_core.config import configclass, setting
from pinch_sim.errors import GoalRejectedError
from pinch_sim.faults import Faults
from pinch_sim.trajectory import Float64, JointSetpoint, JointSpline, JointTrajectory
from pinch_sim.trajectory_goal import (
    LIMIT_SLACK,
    JointLimits,
    Tolerances,
    TrajectoryGoal,
    TrajectoryResult,
    checked_trajectory,
)

# Splines between points at the speed limit overshoot it slightly; drives tolerate this much.
SPEED_SLACK = 1.10


@configclass
class TrajectoryControllerConfig:
    """Tolerances for goals without any, and the arm's deceleration."""

    path_tolerance: float = setting(
        default=0.10, unit="rad", help="deviation from the path that aborts a goal", lower=1e-4, upper=10.0
    )
    goal_tolerance: float = setting(
        default=0.010,
        unit="rad",
        help="deviation at the end that still counts as reached",
        lower=1e-5,
        upper=10.0,
    )
    goal_time_tolerance: float = setting(
        default=0.5, unit="s", help="how late the goal may be reached", lower=0.0, upper=100.0
    )
    stop_deceleration: float = setting(
        default=20.0,
        unit="rad/s^2",
        help="deceleration of the fastest joint on cancel and abort",
        lower=0.1,
        upper=200.0,
    )


@dataclass(frozen=True)
class TrajectoryOutcome:
    """How a goal ended. ``cancelled``: on request."""

    code: TrajectoryResult
    message: str
    cancelled: bool = False


@dataclass(eq=False)
class _Active:
    spline: JointSpline
    start_ns: int
    tolerances: Tolerances
    on_done: Callable[[TrajectoryOutcome], None]


class TrajectoryController:
    """The arm's set point over time; call :meth:`update` once a control period.

    Not thread-safe: one thread calls everything but :meth:`check`.
    """

    def __init__(
        self, limits: JointLimits, config: TrajectoryControllerConfig, faults: Faults, position: Float64
    ) -> None:
        self._limits = limits
        self._config = config
        self._faults = faults
        self._active: _Active | None = None
        self._stop: tuple[JointSpline, int] | None = None
        self.setpoint = JointSetpoint.at_rest(position)

    @property
    def is_active(self) -> bool:
        return self._active is not None

    def elapsed_ns(self, now_ns: int) -> int:
        """Time since the active goal started; 0 before its start and without a goal."""
        return max(now_ns - self._active.start_ns, 0) if self._active is not None else 0

    def check(
        self,
        trajectory: JointTrajectory,
        now_ns: int,
        path: dict[str, float] | None = None,
        goal: dict[str, float] | None = None,
        goal_time: float = 0.0,
    ) -> TrajectoryGoal:
        """The goal in this controller's terms.

        Args:
            path, goal: joint name to tolerance [rad]; as in control_msgs, 0 = the controller's own,
                -1 = none.
            goal_time: [s]; 0 = the controller's own, negative = wait for ever.

        Raises:
            GoalRejectedError: the goal cannot be followed; it carries the result code.
        """
        if self._faults.reject_trajectories:
            raise GoalRejectedError(
                TrajectoryResult.INVALID_GOAL, "the fault reject_trajectories is on; switch it off."
            )
        ordered = checked_trajectory(trajectory, self._limits, now_ns)
        tolerances = Tolerances(
            self._tolerance(path or {}, self._config.path_tolerance),
            self._tolerance(goal or {}, self._config.goal_tolerance),
            self._config.goal_time_tolerance if goal_time == 0 else math.inf if goal_time < 0 else goal_time,
        )
        self._check_spline(ordered)
        return TrajectoryGoal(ordered, tolerances)

    def start(self, goal: TrajectoryGoal, now_ns: int, on_done: Callable[[TrajectoryOutcome], None]) -> None:
        """Follow ``goal`` from now on; the active goal is aborted. ``on_done`` is called once, from
        update()."""
        self._finish(TrajectoryOutcome(TrajectoryResult.INVALID_GOAL, "a newer goal replaced this one."))
        start_ns = now_ns if goal.trajectory.start_ns is None else goal.trajectory.start_ns
        self._stop = None
        spline = JointSpline.through(self.setpoint, goal.trajectory)
        self._active = _Active(spline, start_ns, goal.tolerances, on_done)

    def cancel(self, now_ns: int) -> None:
        """Brake and hold; the active goal ends as cancelled once the arm's set point rests."""
        if self._active is not None and self._stop is None:
            self._brake(now_ns)

    def reset(self, position: Float64) -> None:
        """Hold ``position`` at once; the active goal is aborted."""
        self._finish(TrajectoryOutcome(TrajectoryResult.INVALID_GOAL, "the cell was reset."))
        self._stop = None
        self.setpoint = JointSetpoint.at_rest(position)

    def update(self, now_ns: int, position: Float64) -> JointSetpoint:
        """The set point for now, given the measured joint ``position`` (joints,)."""
        if self._faults.silent_trajectories:
            return JointSetpoint.at_rest(self.setpoint.position)
        if self._stop is not None:
            self._follow_stop(now_ns)
        elif self._active is not None:
            self._follow(self._active, now_ns, position)
        return self.setpoint

    def _follow(self, active: _Active, now_ns: int, position: Float64) -> None:
        time = (now_ns - active.start_ns) * 1e-9
        if time < 0:
            return
        if self._faults.abort_trajectories and time > 0.5 * active.spline.duration:
            self._abort(
                now_ns, TrajectoryResult.PATH_TOLERANCE_VIOLATED, "the fault abort_trajectories is on"
            )
            return
        self.setpoint = active.spline.at(time)
        error = position - self.setpoint.position
        if time < active.spline.duration:
            worst = self._violated(error, active.tolerances.path)
            if worst is not None:
                self._abort(
                    now_ns, TrajectoryResult.PATH_TOLERANCE_VIOLATED,
                    f"{self._limits.names[worst]} strayed by {error[worst]:.4f} rad, more than "
                    f"{active.tolerances.path[worst]:.4f}, {time:.3f} s into the trajectory",
                )  # fmt: skip
            return
        worst = self._violated(error, active.tolerances.goal)
        if worst is None:
            self._finish(TrajectoryOutcome(TrajectoryResult.SUCCESSFUL, ""))
        elif time > active.spline.duration + active.tolerances.goal_time:
            self._abort(
                now_ns, TrajectoryResult.GOAL_TOLERANCE_VIOLATED,
                f"{self._limits.names[worst]} is {error[worst]:.4f} rad from the goal, more than "
                f"{active.tolerances.goal[worst]:.4f}, {active.tolerances.goal_time:g} s after the "
                "trajectory's end",
            )  # fmt: skip

    def _follow_stop(self, now_ns: int) -> None:
        assert self._stop is not None
        spline, start_ns = self._stop
        time = (now_ns - start_ns) * 1e-9
        self.setpoint = spline.at(time)
        if time >= spline.duration:
            self._stop = None
            self._finish(
                TrajectoryOutcome(TrajectoryResult.SUCCESSFUL, "cancelled on request.", cancelled=True)
            )

    def _abort(self, now_ns: int, code: TrajectoryResult, reason: str) -> None:
        self._finish(TrajectoryOutcome(code, f"{reason}; the arm holds its position."))
        self._brake(now_ns)

    def _brake(self, now_ns: int) -> None:
        spline = JointSpline.stopping(self.setpoint, self._config.stop_deceleration)
        self._stop = (spline, now_ns)

    def _finish(self, outcome: TrajectoryOutcome) -> None:
        active, self._active = self._active, None
        if active is not None:
            active.on_done(outcome)

    def _tolerance(self, given: dict[str, float], default: float) -> Float64:
        unknown = set(given) - set(self._limits.names)
        if unknown:
            raise GoalRejectedError(
                TrajectoryResult.INVALID_JOINTS,
                f"a tolerance is for {', '.join(sorted(unknown))}; this controller moves "
                f"{', '.join(self._limits.names)}.",
            )
        values = []
        for name in self._limits.names:
            value = given.get(name, 0.0)
            if not math.isfinite(value) or (value < 0 and value != -1.0):
                raise GoalRejectedError(
                    TrajectoryResult.INVALID_GOAL,
                    f"the tolerance of {name} is {value:g}; give a positive one, 0 for the default or "
                    "-1 for none.",
                )
            values.append(math.inf if value == -1.0 else value or default)
        return np.array(values)

    def _check_spline(self, trajectory: JointTrajectory) -> None:
        lowest, highest, speed = JointSpline.through(self.setpoint, trajectory).extremes()
        limits = self._limits
        for joint in np.flatnonzero(speed > limits.velocity * SPEED_SLACK):
            raise GoalRejectedError(
                TrajectoryResult.INVALID_GOAL,
                f"the trajectory moves {limits.names[joint]} at {speed[joint]:.3f} rad/s, above its limit of "
                f"{limits.velocity[joint]:.3f}; slow it down.",
            )
        slack = 100 * LIMIT_SLACK
        for joint in np.flatnonzero((lowest < limits.lower - slack) | (highest > limits.upper + slack)):
            raise GoalRejectedError(
                TrajectoryResult.INVALID_GOAL,
                f"between its points the trajectory moves {limits.names[joint]} over [{lowest[joint]:.4f}, "
                f"{highest[joint]:.4f}] rad, outside [{limits.lower[joint]:.4f}, "
                f"{limits.upper[joint]:.4f}]; add points.",
            )

    @staticmethod
    def _violated(error: Float64, tolerance: Float64) -> int | None:
        excess = np.abs(error) - tolerance
        worst = int(np.argmax(excess))
        return worst if excess[worst] > 0 else None
