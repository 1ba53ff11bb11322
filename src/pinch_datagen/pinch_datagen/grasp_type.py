# SPDX-License-Identifier: Apache-2.0
"""The seam for gripper types in data generation: how grasps of a type are proposed, labelled and seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_datagen.dataset.tables import Table
from pinch_datagen.scene.placed_object import PlacedObject

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class GraspCounts:
    """How many grasps of each kind are wanted, see :class:`GraspKind`."""

    surface: int
    blocked: int
    beside: int


@dataclass(frozen=True, eq=False)
class SeenGrasps:
    """Grasps in an image: ``pixels`` Float64[N, 2] (column, row) of the TCPs, ``depth`` of the TCPs [m],
    ``angle`` of the closing axis [rad], ``width_px`` of the open gripper, Float64[N] each.
    """

    pixels: Float64
    depth: Float64
    angle: Float64
    width_px: Float64


class Proposal(Protocol):
    """Grasps of one stable pose, whatever their type."""

    def seen(self, T_cam_table: Transform, intrinsics: CameraIntrinsics) -> SeenGrasps:
        """How they appear in a camera's image."""
        ...


P = TypeVar("P", bound=Proposal)


class LabelledGrasps(Protocol[P]):
    """The grasps of one gripper type, for one gripper and the settings of a dataset."""

    def propose(self, scene: list[PlacedObject], counts: GraspCounts, rng: np.random.Generator) -> P:
        """Up to ``counts`` grasps of the first object of the scene, each with whether it is free of
        collisions, in the table's frame.
        """
        ...

    def label(self, proposal: P, pose: int, target: PlacedObject, rng: np.random.Generator) -> Table:
        """The proposal as rows of GRASPS, in the object's frame, with every metric and the label by the
        type's contact model.

        Args:
            pose: number of the stable pose.
        """
        ...
