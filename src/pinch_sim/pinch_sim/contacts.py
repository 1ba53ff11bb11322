# SPDX-License-Identifier: Apache-2.0
"""What touches what: who holds an object, what it rests on, how hard the robot touches the bin."""

from __future__ import annotations

from collections.abc import Iterable

import mujoco
import numpy as np

from pinch_sim.bin_in_cell import BIN_BODY
from pinch_sim.scene import Scene

# Bodies that carry what stands on them.
GROUND = frozenset({"world", BIN_BODY})


class Contacts:
    """The contacts of one moment, by the names of bodies; table and floor are the body ``world``."""

    def __init__(self, scene: Scene, data: mujoco.MjData) -> None:
        self._model, self._data = scene.model, data
        self._objects = frozenset(placed.name for placed in scene.objects)
        self._bodies = self._model.geom_bodyid[data.contact.geom[: data.ncon]].reshape(-1, 2)
        self._touching: dict[str, set[str]] = {}
        for first, second in np.unique(self._bodies, axis=0):
            a, b = self._model.body(first).name, self._model.body(second).name
            self._touching.setdefault(a, set()).add(b)
            self._touching.setdefault(b, set()).add(a)

    def touched_by(self, name: str) -> set[str]:
        """The bodies in contact with a body."""
        return self._touching.get(name, set())

    @property
    def supported(self) -> set[str]:
        """Objects that stand on table or bin, or on others that do."""
        return self._reached_from(GROUND)

    def carried_by(self, links: Iterable[str]) -> set[str]:
        """Objects in contact with these links, or with others that are, and with nothing they could stand
        on."""
        return self._reached_from(links) - self.supported

    def force(self, links: Iterable[str], body: str) -> float:
        """Sum of the normal forces between these links and a body [N]."""
        wanted = {self._model.body(link).id for link in links}
        other = self._model.body(body).id
        total, force = 0.0, np.zeros(6)
        for index in np.flatnonzero((self._bodies == other).any(axis=1)):
            if not wanted.isdisjoint(self._bodies[index].tolist()):
                mujoco.mj_contactForce(self._model, self._data, int(index), force)
                total += float(force[0])
        return total

    def _reached_from(self, starts: Iterable[str]) -> set[str]:
        """Objects that a chain of touching objects joins to one of these bodies."""
        reached: set[str] = set()
        edge = set(starts)
        while edge:
            edge = {
                name for start in edge for name in self.touched_by(start) if name in self._objects
            } - reached
            reached |= edge
        return reached
