# SPDX-License-Identifier: Apache-2.0
"""Continuous joints: positions that differ by whole turns are the same place.

``continuous`` (J,) tells which joints of a vector are. Planned motions count turns from where the arm stands;
drivers differ in whether they report them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pinch_executor.motion_planner import Float64, JointTrajectory

Mask = NDArray[np.bool_]
TURN_RAD = 2.0 * np.pi


def turned_near(positions: Float64, reference: Float64, continuous: Mask) -> Float64:
    """``positions`` (J,) or (N, J) moved by whole turns of the continuous joints, nearest to ``reference``
    (J,).
    """
    return np.asarray(positions + TURN_RAD * _turns(reference - positions, continuous))


def joint_distance(first: Float64, second: Float64, continuous: Mask) -> Float64:
    """(J,) >= 0 [rad]: how far apart two positions (J,) are, whole turns of continuous joints left out."""
    return np.asarray(np.abs(turned_near(first, second, continuous) - second))


def trajectory_from(trajectory: JointTrajectory, start: Float64, continuous: Mask) -> JointTrajectory:
    """The same motion, counted in the turns in which the arm stands at ``start`` (J,)."""
    turns = TURN_RAD * _turns(start - trajectory.start, continuous)
    return replace(trajectory, positions=trajectory.positions + turns) if turns.any() else trajectory


def _turns(difference: Float64, continuous: Mask) -> Float64:
    return np.asarray(np.where(continuous, np.round(difference / TURN_RAD), 0.0))
