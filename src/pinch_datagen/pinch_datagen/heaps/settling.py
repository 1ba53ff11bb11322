# SPDX-License-Identifier: Apache-2.0
"""Objects in MuJoCo that are let go one after the other, until all are still."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_core.bin import Bin
from pinch_core.geometry.transform import Transform
from pinch_datagen.heaps.heap_world import (
    add_object,
    add_table,
    add_walls,
    set_options,
    stiffen_contacts,
    without_friction,
)
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.physics.convex_parts import ConvexPart

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]
Intp = NDArray[np.intp]

_logger = logging.getLogger("mujoco")

TIMESTEP = 0.002  # s
STEPS_AT_ONCE = 10
REST_SPEED = 0.005  # m/s at a radius of 0.1 m, too slow to see in an image
REST_TIME = 0.25  # s
# Objects that wait lie far below the table, so far from each other that none touch [m].
WAITING_BELOW = 5.0
WAITING_APART = 1.0


@dataclass(frozen=True, eq=False)
class Matter:
    """An object before it lies anywhere: its model, the parts that touch, ``friction``, ``mass`` [kg]."""

    model: ObjectModel
    parts: list[ConvexPart]
    friction: float
    mass: float


class SettlingWorld:
    """Table, walls and objects; an object takes part from when it is let go until it is put away."""

    def __init__(self, objects: Sequence[Matter], walls: Bin | None) -> None:
        spec = mujoco.MjSpec()
        set_options(spec, TIMESTEP)
        add_table(spec)
        if walls is not None:
            add_walls(spec, walls)
        without_friction(spec)
        for number, item in enumerate(objects):
            body = add_object(spec, f"object_{number}", item.model, item.parts, item.friction, item.mass)
            body.gravcomp = 1.0
        stiffen_contacts(spec)
        self._model = spec.compile()
        # MuJoCo would append its warnings to a file in whatever folder this was started in.
        mujoco.set_mju_user_warning(_logger.warning)
        self._data = mujoco.MjData(self._model)
        joints = [self._model.joint(f"object_{number}") for number in range(len(objects))]
        self._qpos = np.array([int(joint.qposadr[0]) for joint in joints], np.intp)
        self._dof = np.array([int(joint.dofadr[0]) for joint in joints], np.intp)
        self._body = np.array([int(joint.bodyid[0]) for joint in joints], np.intp)
        self._walls = [self._model.geom(wall.name).id for wall in walls.walls] if walls else []
        self.present: Bool = np.zeros(len(objects), np.bool_)
        for number in range(len(objects)):
            self.put_away(number)

    def let_go(self, number: int, T_table_obj: Transform) -> None:
        """Put an object there, at rest, and let it fall."""
        self._place(number, T_table_obj)
        self._model.body_gravcomp[self._body[number]] = 0.0
        self.present[number] = True

    def put_away(self, number: int) -> None:
        """Take an object out of the scene."""
        place = np.array([WAITING_APART * number, 0.0, -WAITING_BELOW])
        self._place(number, Transform(np.eye(3), place))
        self._model.body_gravcomp[self._body[number]] = 1.0
        self.present[number] = False

    def remove_walls(self) -> None:
        """From now on they touch nothing."""
        self._model.geom_contype[self._walls] = 0
        self._model.geom_conaffinity[self._walls] = 0

    def pose(self, number: int) -> Transform:
        """``T_table_obj``."""
        start = self._qpos[number]
        x, y, z, qw, qx, qy, qz = self._data.qpos[start : start + 7]
        return Transform.from_quaternion((qx, qy, qz, qw), (x, y, z))

    def fall(self, longest: float) -> Bool:
        """As :meth:`run`, several times as fast: without the pass against creeping, which costs a full heap
        more than all the rest.
        """
        passes = self._model.opt.noslip_iterations
        self._model.opt.noslip_iterations = 0
        still = self.run(longest)
        self._model.opt.noslip_iterations = passes
        return still

    def run(self, longest: float, rest_time: float = REST_TIME) -> Bool:
        """Until all that take part are still for ``rest_time`` [s], or ``longest`` [s] have passed; Bool[N]:
        which are.
        """
        period = TIMESTEP * STEPS_AT_ONCE
        resting = np.zeros(len(self.present))
        for _ in range(max(round(longest / period), 1)):
            mujoco.mj_step(self._model, self._data, STEPS_AT_ONCE)
            resting = np.where(self._speeds() < REST_SPEED, resting + period, 0.0)
            if (resting >= rest_time)[self.present].all():
                break
        return np.asarray(resting >= rest_time)

    def _speeds(self) -> Float64:
        velocity = self._data.qvel[self._dof[:, None] + np.arange(6)]
        linear, angular = np.linalg.norm(velocity.reshape(-1, 2, 3), axis=-1).T
        return np.asarray(np.maximum(linear, 0.1 * angular))

    def _place(self, number: int, T_table_obj: Transform) -> None:
        x, y, z, w = T_table_obj.quaternion
        start, dof = self._qpos[number], self._dof[number]
        self._data.qpos[start : start + 7] = (*T_table_obj.translation, w, x, y, z)
        self._data.qvel[dof : dof + 6] = 0.0
