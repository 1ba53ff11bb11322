# SPDX-License-Identifier: Apache-2.0
"""What can be read from the cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.transform import Transform
from pinch_sim.scene import Scene

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class JointReadings:
    """Position [rad or m], velocity and effort of the arm joints and then the finger joints, (joints,)
    each."""

    names: tuple[str, ...]
    position: Float64
    velocity: Float64
    effort: Float64


@dataclass(frozen=True)
class Link:
    """A link of the robot. ``moves``: a joint moves it against its parent."""

    name: str
    parent: str
    moves: bool


@dataclass(frozen=True)
class ObjectState:
    """Ground truth. ``clearance``: height of the lowest point over the table [m]."""

    name: str
    T_base_object: Transform
    clearance: float
    in_grasp: bool
    lifted: bool


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What a picture needs: the scene, where everything is, and a key for the sensor's noise."""

    scene: Scene
    qpos: Float64
    time_ns: int
    noise_key: tuple[int, int]
