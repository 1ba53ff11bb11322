# SPDX-License-Identifier: Apache-2.0
"""Why a grasp is a negative."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pinch_datagen.dataset.tables import GraspKind, Table


class Reason(IntEnum):
    """What alone would make the grasp a negative; of several reasons, the first."""

    BESIDE = 0  # proposed off the object
    BLOCKED = 1  # proposed because fingers or palm hit something
    COLLISION = 2  # proposed for its contacts, but fingers or palm hit something
    NO_CONTACT = 3  # a jaw meets nothing
    SEVERAL_OBJECTS = 4  # in a heap, the pads touch others beside, or different ones
    NOT_RESISTED = 5  # in a heap, gravity with a disturbance is resisted too seldom
    LOW_EPSILON = 6  # robust epsilon is below the threshold

    @property
    def text(self) -> str:
        return self.name.lower().replace("_", " ")


# Reasons that only grasps in heaps have.
IN_HEAPS = (Reason.SEVERAL_OBJECTS, Reason.NOT_RESISTED)


def negative_reasons(
    kind: ArrayLike, collision_free: ArrayLike, in_contact: ArrayLike, exactly_one: ArrayLike | None = None
) -> NDArray[np.uint8]:
    """The :class:`Reason` of each grasp, should it be a negative; arguments broadcast.

    Args:
        exactly_one: of grasps in heaps, whether their pads touch one object alone.
    """
    kind, hit = np.asarray(kind), ~np.asarray(collision_free, np.bool_)
    conditions = [
        kind == GraspKind.BESIDE,
        hit & (kind == GraspKind.BLOCKED),
        hit,
        ~np.asarray(in_contact, np.bool_),
        np.False_ if exactly_one is None else ~np.asarray(exactly_one, np.bool_),
        np.bool_(exactly_one is not None),
    ]
    choices = [np.uint8(reason) for reason in Reason]
    return np.select(conditions, choices[:-1], choices[-1])


def reasons_of(grasps: Table, exactly_one: ArrayLike | None = None) -> NDArray[np.uint8]:
    """The same for rows of GRASPS."""
    in_contact = np.isfinite(grasps["width"])
    return negative_reasons(grasps["kind"], grasps["collision_free"], in_contact, exactly_one)
