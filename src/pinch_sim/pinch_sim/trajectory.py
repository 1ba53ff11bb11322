# SPDX-License-Identifier: Apache-2.0
"""Joint trajectories: waypoints in time, and the splines between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BPoly, CubicHermiteSpline, PPoly

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class JointTrajectory:
    """``times`` (n,) [s from the start], ``positions`` (n, joints) [rad], and, where the points carry them,
    ``velocities`` and ``accelerations`` of the same shape. ``start_ns``: time it starts at; None: on
    receipt."""

    joint_names: tuple[str, ...]
    times: Float64
    positions: Float64
    velocities: Float64 | None = None
    accelerations: Float64 | None = None
    start_ns: int | None = None


@dataclass(frozen=True, eq=False)
class JointSetpoint:
    """Where the joints should be: ``position``, ``velocity`` and ``acceleration``, each (joints,)."""

    position: Float64
    velocity: Float64
    acceleration: Float64

    @classmethod
    def at_rest(cls, position: Float64) -> JointSetpoint:
        return cls(np.array(position, dtype=np.float64), np.zeros(len(position)), np.zeros(len(position)))


class JointSpline:
    """A piecewise polynomial over [0, duration] that holds its end afterwards."""

    def __init__(self, polynomial: PPoly) -> None:
        self._pieces = (polynomial, polynomial.derivative(1), polynomial.derivative(2))
        self.duration = float(polynomial.x[-1])
        self.end = JointSetpoint.at_rest(polynomial(self.duration))

    @classmethod
    def through(cls, start: JointSetpoint, trajectory: JointTrajectory) -> JointSpline:
        """From ``start`` at time 0 through the points: linear, cubic or quintic by what the points carry."""
        times, positions = trajectory.times, trajectory.positions
        velocities, accelerations = trajectory.velocities, trajectory.accelerations
        if times[0] > 0:
            times = np.concatenate([[0.0], times])
            positions = np.vstack([start.position, positions])
            velocities = None if velocities is None else np.vstack([start.velocity, velocities])
            accelerations = None if accelerations is None else np.vstack([start.acceleration, accelerations])
        if len(times) == 1:
            # A single point at time 0 is a position to jump to; a polynomial needs an interval.
            return cls(PPoly(positions[None], np.array([0.0, 1e-3])))
        if velocities is None:
            slopes = np.diff(positions, axis=0) / np.diff(times)[:, None]
            return cls(PPoly(np.stack([slopes, positions[:-1]]), times))
        if accelerations is None:
            return cls(CubicHermiteSpline(times, positions, velocities))
        derivatives = np.stack([positions, velocities, accelerations], axis=1)
        return cls(PPoly.from_bernstein_basis(BPoly.from_derivatives(times, derivatives)))

    @classmethod
    def stopping(cls, start: JointSetpoint, deceleration: float) -> JointSpline:
        """All joints decelerate uniformly and together, none by more than ``deceleration`` [rad/s^2]."""
        duration = max(float(np.max(np.abs(start.velocity))) / deceleration, 1e-3)
        return cls(
            PPoly(
                np.stack([-start.velocity / (2 * duration), start.velocity, start.position])[:, None],
                [0.0, duration],
            )
        )

    def at(self, time: float) -> JointSetpoint:
        if time >= self.duration:
            return self.end
        position, velocity, acceleration = self._pieces
        time = max(time, 0.0)
        return JointSetpoint(position(time), velocity(time), acceleration(time))

    def extremes(self, samples_per_piece: int = 12) -> tuple[Float64, Float64, Float64]:
        """(lowest position, highest position, highest speed) of each joint, sampled along each piece."""
        knots = self._pieces[0].x
        fractions = np.linspace(0.0, 1.0, samples_per_piece, endpoint=False)
        times = np.append((knots[:-1, None] + np.diff(knots)[:, None] * fractions).ravel(), knots[-1])
        positions, speeds = self._pieces[0](times), np.abs(self._pieces[1](times))
        return positions.min(axis=0), positions.max(axis=0), speeds.max(axis=0)
