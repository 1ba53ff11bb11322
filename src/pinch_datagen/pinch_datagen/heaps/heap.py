# SPDX-License-Identifier: Apache-2.0
"""A heap: objects at rest on each other, on a table or in a bin."""

from __future__ import annotations

from dataclasses import dataclass

from pinch_core.bin import Bin
from pinch_datagen.scene.placed_object import PlacedObject


@dataclass(frozen=True, eq=False)
class HeapObject:
    """``placed``: where it rests; ``friction`` against anything; ``mass`` [kg], as that of its model."""

    placed: PlacedObject
    friction: float
    mass: float


@dataclass(frozen=True, eq=False)
class Heap:
    """Objects at rest. Poses are ``T_table_obj``; the table's frame is the bin's where there is a bin, with z
    = 0 at the table or at the bin's floor.

    ``redropped``: how often a lost object was dropped again; ``removed``: objects that were drawn and are not
    here, because they came to rest outside, or nowhere, or found no place.
    """

    objects: tuple[HeapObject, ...]
    bin: Bin | None = None
    redropped: int = 0
    removed: int = 0

    @property
    def scene(self) -> list[PlacedObject]:
        """The objects without what they are made of."""
        return [item.placed for item in self.objects]
