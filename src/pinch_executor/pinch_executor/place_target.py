# SPDX-License-Identifier: Apache-2.0
"""Where a held object goes: a pose, or wherever there is room in an area."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Protocol

import numpy as np

from pinch_core.geometry.transform import Transform
from pinch_executor.end_effector import HeldObject
from pinch_executor.errors import PlaceAreaFull
from pinch_executor.footprint import Footprint
from pinch_executor.place_area import PlacingConfig
from pinch_executor.place_map import PlaceMap


class PlaceTarget(Protocol):
    """A place for what is held."""

    def poses(self, held: HeldObject) -> Iterator[Transform]:
        """``T_base_tcp`` to let go at, best first; raises PlaceAreaFull."""
        ...

    def put(self, held: HeldObject, T_base_tcp: Transform) -> None:
        """It was let go there."""
        ...


class AtPose:
    """One pose of the TCP in the base frame."""

    def __init__(self, T_base_tcp: Transform) -> None:
        self._T_base_tcp = T_base_tcp

    def poses(self, held: HeldObject) -> Iterator[Transform]:
        """See the protocol."""
        yield self._T_base_tcp

    def put(self, held: HeldObject, T_base_tcp: Transform) -> None:
        """Nothing is remembered of it."""


class InArea:
    """Anywhere in a place area."""

    def __init__(self, places: PlaceMap, config: PlacingConfig, above: float) -> None:
        """``above`` [m]: how far an object is taken to reach up over the TCP where no image tells."""
        self._places, self._config, self._above = places, config, above

    def poses(self, held: HeldObject) -> Iterator[Transform]:
        """See the protocol: straight down, the object's underside a little over what lies there."""
        footprint = self._footprint(held)
        lift = np.array([0.0, 0.0, held.below + self._config.drop_height])
        any_spot = False
        for spot in islice(self._places.spots(footprint, held.released_size), self._config.tries):
            any_spot = True
            yield Transform(spot.T_base_tcp.rotation, spot.T_base_tcp.translation + lift)
        if not any_spot:
            raise self._full(footprint)

    def put(self, held: HeldObject, T_base_tcp: Transform) -> None:
        """It lies there from now on."""
        self._places.put(T_base_tcp, self._footprint(held))

    def check_room(self) -> None:
        """Raises PlaceAreaFull where not even an object of the assumed size fits."""
        size = self._config.object_size
        footprint = Footprint.centered((size, size), self._above)
        if next(self._places.spots(footprint, (size, size)), None) is None:
            raise self._full(footprint)

    def _footprint(self, held: HeldObject) -> Footprint:
        if held.footprint is not None:
            return held.footprint.around(held.size)
        length = max(held.size[0], self._config.object_size)
        return Footprint.centered((length, held.size[1]), self._above)

    def _full(self, footprint: Footprint) -> PlaceAreaFull:
        x, y = (100 * (b - a) for a, b in zip(footprint.lower, footprint.upper, strict=True))
        name, area = self._places.name, self._places.area
        return PlaceAreaFull(
            f"place area '{name}' ({100 * area.size[0]:.0f} x {100 * area.size[1]:.0f} cm) has no free "
            f"spot for an object of {x:.0f} x {y:.0f} cm; empty it and call ~/empty_place_areas, or enlarge "
            f"place_areas.{name}.size.",
            place_area=name,
        )
