# SPDX-License-Identifier: Apache-2.0
"""Whether a robot in a given pose touches the table, by the geometry of the simulated cell."""

from __future__ import annotations

from collections.abc import Sequence

import mujoco

from pinch_core.robot import Robot
from pinch_sim.scene import TABLE_GEOM, WorldConfig, build_scene


class TableContact:
    """The robot over its table, without physics: joint positions in, contact out."""

    def __init__(self, robot: Robot) -> None:
        self._model = build_scene((), WorldConfig(), robot=robot).model
        self._data = mujoco.MjData(self._model)
        self._table = int(self._model.geom(TABLE_GEOM).id)

    def touches(self, names: Sequence[str], positions: Sequence[float]) -> bool:
        """Whether a link that can move touches the table or is in it, at these joint positions [rad, m]."""
        for name, position in zip(names, positions, strict=True):
            self._data.qpos[self._model.joint(name).qposadr[0]] = position
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_comPos(self._model, self._data)
        mujoco.mj_collision(self._model, self._data)
        return any(
            contact.dist < 0.0 and self._moves(*contact.geom)
            for contact in self._data.contact[: self._data.ncon]
            if self._table in contact.geom
        )

    def _moves(self, *geoms: int) -> bool:
        """Whether one of the two is not bolted to the world, as the robot's base is."""
        return any(self._model.body_weldid[self._model.geom_bodyid[geom]] != 0 for geom in geoms)
