# SPDX-License-Identifier: Apache-2.0
"""Many grasps at once, as arrays in the table frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.profiles import Profiles
from pinch_core.planning.scene import Scene

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
Intp = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class GraspCandidates:
    """N grasps that come down along the table normal.

    ``center``: Float64[N, 2] table x, y of the tool [m]. ``closing``: Float64[N, 2] unit closing direction
    on the table. ``tip_height``: of the fingertips above the table [m]. ``separation``: of the sampled
    contacts [m].
    ``width``: extent of the object between the pads [m]. ``opening``: pad distance on the approach [m].
    ``top``: of the lower of the two contacts [m]. ``friction``: smallest coefficient at which the contacts
    hold; NaN where contacts were not sampled, and ``separation`` is 0 then. ``label``: object. ``profile``,
    ``shift``: row of ``profiles`` and the tool's position along it [m].
    """

    center: Float64
    closing: Float64
    tip_height: Float64
    separation: Float64
    width: Float64
    opening: Float64
    top: Float64
    friction: Float64
    label: Int32
    profile: Intp
    shift: Float64
    profiles: Profiles

    def __len__(self) -> int:
        return len(self.width)

    def select(self, rows: Bool | Intp) -> GraspCandidates:
        """The candidates of a boolean mask or index array."""
        arrays = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "profiles"}
        return replace(self, **arrays)

    @classmethod
    def concatenated(cls, parts: Sequence[GraspCandidates]) -> GraspCandidates:
        """All candidates of one scene, one part after the other."""
        profiles = Profiles(np.concatenate([p.profiles.heights for p in parts]), parts[0].profiles.positions)
        begin = np.cumsum([0, *(len(p.profiles.heights) for p in parts)])
        arrays = {
            f.name: np.concatenate([getattr(p, f.name) for p in parts])
            for f in fields(cls)
            if f.name not in ("profiles", "profile")
        }
        profile = np.concatenate([p.profile + start for p, start in zip(parts, begin, strict=False)])
        return cls(**arrays, profile=profile, profiles=profiles)

    def positions(self, scene: Scene) -> Float64:
        """Float64[N, 3]: tool centre points in the optical frame [m]."""
        tool_height = self.tip_height + scene.gripper.finger.tip_beyond_tcp
        in_table = np.concatenate([self.center, tool_height[:, None]], axis=1)
        return scene.table.T_cam_table.apply(in_table)

    def closing_directions(self, scene: Scene) -> Float64:
        """Float64[N, 3]: unit closing directions in the optical frame."""
        in_table = np.concatenate([self.closing, np.zeros((len(self), 1))], axis=1)
        return scene.table.T_cam_table.rotate(in_table)

    def pose(self, row: int, scene: Scene) -> Transform:
        """``T_cam_tcp`` of one candidate."""
        y, z = self.closing_directions(scene)[row], scene.table.approach
        return Transform.from_axes(np.cross(y, z), y, z, self.positions(scene)[row])
