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
    LOW_EPSILON = 4  # robust epsilon is below the threshold

    @property
    def text(self) -> str:
        return self.name.lower().replace("_", " ")


def negative_reasons(kind: ArrayLike, collision_free: ArrayLike, in_contact: ArrayLike) -> NDArray[np.uint8]:
    """The :class:`Reason` of each grasp, should it be a negative; arguments broadcast."""
    kind, hit = np.asarray(kind), ~np.asarray(collision_free, np.bool_)
    conditions = [
        kind == GraspKind.BESIDE,
        hit & (kind == GraspKind.BLOCKED),
        hit,
        ~np.asarray(in_contact, np.bool_),
    ]
    choices = [np.uint8(reason) for reason in Reason]
    return np.select(conditions, choices[:-1], choices[-1])


def reasons_of(grasps: Table) -> NDArray[np.uint8]:
    """The same for rows of GRASPS."""
    return negative_reasons(grasps["kind"], grasps["collision_free"], np.isfinite(grasps["width"]))
