# SPDX-License-Identifier: Apache-2.0
"""Closing axes: lines on the table along which jaws may close, from any sampler."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.parallel_jaw.antipodal_pairs import ContactPairs
from pinch_core.parallel_jaw.contacts import Contacts
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.parallel_jaw.profiles import Profiles, measure_profiles
from pinch_core.planning.scene import Scene

Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class JawAxes:
    """P closing axes. Where no contacts were sampled, ``half_separation`` is 0 and the rest of them NaN.

    ``center``: Float64[P, 2] table x, y of a point between the jaws [m]. ``closing``: Float64[P, 2] unit
    direction. ``half_separation``: Float64[P] half the distance between the contacts [m]. ``contact_height``:
    Float64[P] of the lower contact [m]. ``friction``: Float64[P], smallest coefficient at which they hold.
    ``label``: Int32[P] of the object.
    """

    center: Float64
    closing: Float64
    half_separation: Float64
    contact_height: Float64
    friction: Float64
    label: Int32

    def __len__(self) -> int:
        return len(self.center)

    @classmethod
    def through(cls, contacts: Contacts, pairs: ContactPairs) -> JawAxes:
        """Through pairs of contacts."""
        from_, to = contacts.position[pairs.first], contacts.position[pairs.second]
        separation = np.linalg.norm(to - from_, axis=1)
        return cls(
            center=(from_ + to) / 2,
            closing=(to - from_) / separation[:, None],
            half_separation=separation / 2,
            # Both pads must meet something, so the lower contact counts.
            contact_height=np.minimum(contacts.height[pairs.first], contacts.height[pairs.second]),
            friction=pairs.friction,
            label=contacts.label[pairs.first],
        )

    @classmethod
    def anywhere(cls, center: Float64, closing: Float64, label: Int32) -> JawAxes:
        """Without contacts: they are found when the extent is measured."""
        unknown = np.full(len(center), np.nan)
        return cls(center, closing, np.zeros(len(center)), unknown, unknown, label)

    def profiles(
        self, scene: Scene, gripper: ParallelJawGripper, opening_margin: float, finger_margin: float
    ) -> Profiles:
        """Height profiles under the axes, as long and broad as an open gripper with these margins [m]."""
        finger = gripper.finger
        plate = finger.thickness + finger_margin
        half_length = gripper.max_opening / 2 + opening_margin + plate + 2 * scene.height_map.cell
        half_breadth = finger.breadth / 2 + finger_margin
        return measure_profiles(scene.height_map, self.center, self.closing, half_length, half_breadth)
