# SPDX-License-Identifier: Apache-2.0
"""Many grasps of one scene at once: full poses of the TCP, and what every gripper type has beside them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from pinch_core.geometry.poses import Poses
from pinch_core.planning.scene import Scene

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
Intp = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class ImageGrasps:
    """N grasps in an image, the pose input of networks: ``pixels`` Float64[N, 2] (column, row) of the TCPs,
    ``angles`` Float64[N] of the closing axes in the image [rad], ``depths`` Float64[N] of the TCPs [m].
    """

    pixels: Float64
    angles: Float64
    depths: Float64

    def __len__(self) -> int:
        return len(self.depths)


@dataclass(frozen=True, eq=False)
class GraspCandidates(ABC):
    """N grasps; gripper types add columns of their own.

    ``T_table_tcp``: N poses of the TCP, z = approach, y = closing direction. ``width``: Float64[N], extent of
    the object between the pads [m]. ``opening``: Float64[N], distance between the pads on the approach [m].
    ``label``: Int32[N] of the object.
    """

    T_table_tcp: Poses
    width: Float64
    opening: Float64
    label: Int32

    def __len__(self) -> int:
        return len(self.label)

    def select(self, rows: Bool | Intp) -> Self:
        """The candidates of a boolean mask or index array."""
        columns: dict[str, Any] = {f.name: getattr(self, f.name)[rows] for f in fields(self)}
        return replace(self, **columns)

    @classmethod
    def concatenated(cls, parts: Sequence[Self]) -> Self:
        """All candidates of one scene, one part after the other."""
        columns: dict[str, Any] = {
            f.name: np.concatenate([getattr(part, f.name) for part in parts])
            for f in fields(cls)
            if f.name != "T_table_tcp"
        }
        return cls(T_table_tcp=Poses.concatenated([part.T_table_tcp for part in parts]), **columns)

    def T_cam_tcp(self, scene: Scene) -> Poses:
        """N poses of the TCP in the optical frame."""
        return self.T_table_tcp.moved(scene.table.T_cam_table)

    def positions(self, scene: Scene) -> Float64:
        """Float64[N, 3]: TCPs in the optical frame [m]."""
        return scene.table.T_cam_table @ self.T_table_tcp.translation

    @abstractmethod
    def to_image(self, scene: Scene) -> ImageGrasps:
        """The pose input of a network for each candidate."""
