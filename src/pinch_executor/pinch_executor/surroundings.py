# SPDX-License-Identifier: Apache-2.0
"""What lies around the arm, as far as the last look and what was put down tell."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from pinch_core.geometry.transform import Transform
from pinch_executor.footprint import Footprint, between_pads, in_tcp, measured_footprint, object_cells
from pinch_executor.height_field import HeightField, Mask
from pinch_executor.place_map import PlaceMap

# Round what is gripped: the fingers come down there, and edges in the image are this unsharp.
MARGIN_M = 0.012


class Surroundings:
    """Obstacles beside those of the config. ``areas``: the place areas by their names."""

    def __init__(self, areas: Mapping[str, PlaceMap]) -> None:
        self.areas = areas
        self._seen: HeightField | None = None

    def look(self, seen: HeightField | None) -> None:
        """What the camera sees now, None where it did not tell."""
        self._seen = seen
        if seen is not None:
            for places in self.areas.values():
                places.see(seen)

    def forget(self) -> None:
        """What was seen is no longer so."""
        self._seen = None

    @property
    def fields(self) -> tuple[HeightField, ...]:
        """All that lies around."""
        placed = (places.field() for places in self.areas.values())
        return tuple(field for field in (self._seen, *placed) if field is not None)

    def around(self, T_base_tcp: Transform, size: tuple[float, float]) -> tuple[HeightField, ...]:
        """All but the object of ``size`` [m] along x and y of the TCP that is between the pads."""
        return tuple(
            field.without(_gripped(field, T_base_tcp, size)) if field is self._seen else field
            for field in self.fields
        )

    def take(self, T_base_tcp: Transform, size: tuple[float, float]) -> Footprint | None:
        """The object between the pads is taken away; its extent, None where the camera did not see it."""
        if self._seen is None:
            return None
        footprint = measured_footprint(self._seen, T_base_tcp, size)
        self._seen = self._seen.without(_gripped(self._seen, T_base_tcp, size))
        return footprint


@lru_cache(maxsize=8)
def _gripped(field: HeightField, T_base_tcp: Transform, size: tuple[float, float]) -> Mask:
    points = in_tcp(field, T_base_tcp)
    return object_cells(field, T_base_tcp, size) | between_pads(points, size, MARGIN_M)
