# SPDX-License-Identifier: Apache-2.0
"""Moves the fingers with limited force and the semantics of ros2_controllers' gripper_action_controller."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from pinch_core.config import configclass, setting
from pinch_sim.errors import GoalRejectedError
from pinch_sim.faults import Faults
from pinch_sim.trajectory_goal import TrajectoryResult


@configclass
class GripperControllerConfig:
    """Speed, default force, and when a motion counts as finished."""

    speed: float = setting(default=0.10, unit="m/s", help="speed of the finger joint", lower=1e-3, upper=1.0)
    default_effort: float = setting(
        default=40.0,
        unit="N",
        help="force limit of a finger for goals whose max_effort is 0",
        lower=0.1,
        upper=500.0,
    )
    goal_tolerance: float = setting(
        default=0.0005, unit="m", help="deviation that counts as reached", lower=1e-5, upper=0.1
    )
    stall_speed: float = setting(
        default=0.001,
        unit="m/s",
        help="a mean speed over stall_timeout below this counts as a stall",
        lower=1e-5,
        upper=1.0,
    )
    stall_timeout: float = setting(
        default=0.30, unit="s", help="duration over which the speed is measured", lower=0.01, upper=10.0
    )
    allow_stalling: bool = setting(
        default=True, help="whether a stall (holding something) succeeds or aborts"
    )


@dataclass(frozen=True)
class GripperGoal:
    """``position`` of the finger joint [m]; ``max_effort``: force limit of each finger [N]."""

    position: float
    max_effort: float


@dataclass(frozen=True)
class GripperState:
    """As in control_msgs/GripperCommand's feedback."""

    position: float
    effort: float
    stalled: bool
    reached_goal: bool


@dataclass(frozen=True)
class GripperOutcome:
    """How a goal ended."""

    state: GripperState
    succeeded: bool
    cancelled: bool = False


class GripperController:
    """The fingers' set point over time; call :meth:`update` once a control period, all from one thread."""

    def __init__(
        self,
        lower: float,
        upper: float,
        max_effort: float,
        config: GripperControllerConfig,
        faults: Faults,
        position: float,
    ) -> None:
        self._lower, self._upper, self._max_effort = lower, upper, max_effort
        self._config = config
        self._faults = faults
        self._on_done: Callable[[GripperOutcome], None] | None = None
        self.setpoint: float
        self.state: GripperState
        self.reset(position)

    @property
    def is_active(self) -> bool:
        return self._on_done is not None

    def check(self, position: float, max_effort: float) -> GripperGoal:
        """The goal in this controller's terms.

        Raises:
            GoalRejectedError: a value is not finite, or the position is out of the joint's range.
        """
        if not (math.isfinite(position) and math.isfinite(max_effort)):
            raise GoalRejectedError(
                TrajectoryResult.INVALID_GOAL,
                f"position {position} m or max_effort {max_effort} N is not finite; send numbers.",
            )
        if not self._lower - 1e-6 <= position <= self._upper + 1e-6:
            raise GoalRejectedError(
                TrajectoryResult.INVALID_GOAL,
                f"position {position:g} m is outside the finger joint's range [{self._lower:g}, "
                f"{self._upper:g}].",
            )
        effort = max_effort if max_effort > 0 else self._config.default_effort
        return GripperGoal(position, min(effort, self._max_effort))

    def start(self, goal: GripperGoal, now_ns: int, on_done: Callable[[GripperOutcome], None]) -> None:
        """Go to ``goal``; the active goal is aborted. ``on_done`` is called once, from update()."""
        self._finish(succeeded=False)
        self._goal = goal
        self.effort_limit = goal.max_effort
        self._moved_ns, self._stands_at = now_ns, self.state.position
        self._on_done = on_done
        # Each motion starts where the fingers are: a set point left inside a held object would delay
        # opening late.
        self.setpoint = self.state.position

    def cancel(self) -> None:
        """Hold the fingers where they are."""
        self._goal = GripperGoal(self.state.position, self.effort_limit)
        self._finish(succeeded=False, cancelled=True)

    def reset(self, position: float) -> None:
        """Hold ``position`` at once with the default force; the active goal is aborted."""
        self.setpoint = position
        self.effort_limit = min(self._config.default_effort, self._max_effort)
        self.state = GripperState(position, 0.0, False, False)
        self._goal = GripperGoal(position, self.effort_limit)
        self._moved_ns, self._stands_at = 0, position
        self._finish(succeeded=False)

    def update(self, now_ns: int, period: float, position: float, effort: float) -> float:
        """The fingers' set point [m] for now, given the measured finger joint."""
        target = self.setpoint if self._faults.gripper_stuck else self._goal.position
        step = self._config.speed * period
        self.setpoint += min(max(target - self.setpoint, -step), step)
        reached = abs(position - self._goal.position) < self._config.goal_tolerance
        # By distance, not by momentary speed: fingers may vibrate on what they hold.
        if abs(position - self._stands_at) > self._config.stall_speed * self._config.stall_timeout:
            self._moved_ns, self._stands_at = now_ns, position
        stalled = not reached and (now_ns - self._moved_ns) * 1e-9 > self._config.stall_timeout
        self.state = GripperState(position, effort, stalled, reached)
        if reached or stalled:
            self._finish(succeeded=reached or self._config.allow_stalling)
        return self.setpoint

    def _finish(self, *, succeeded: bool, cancelled: bool = False) -> None:
        on_done, self._on_done = self._on_done, None
        if on_done is not None:
            on_done(GripperOutcome(self.state, succeeded, cancelled))
