# SPDX-License-Identifier: Apache-2.0
"""Many parallel-jaw grasps of one scene at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.poses import Poses
from pinch_core.grasp import image_angles
from pinch_core.parallel_jaw.profiles import Profiles
from pinch_core.planning.grasp_candidates import GraspCandidates, ImageGrasps
from pinch_core.planning.scene import Scene

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]
Intp = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class JawCandidates(GraspCandidates):
    """N grasps whose jaws close along TCP y.

    ``tip_height``: of the fingertips above the table [m]. ``separation``: of the sampled contacts [m].
    ``top``: of the lower of the two contacts above the table [m]. ``friction``: smallest coefficient at which
    the contacts hold; NaN where contacts were not sampled, and ``separation`` is 0 then. ``profile``,
    ``shift``: row of ``profiles`` and the TCP's position along it [m]. Float64[N] each, ``profile`` Intp[N].
    """

    tip_height: Float64
    separation: Float64
    top: Float64
    friction: Float64
    profile: Intp
    shift: Float64
    profiles: Profiles

    @property
    def center(self) -> Float64:
        """Float64[N, 2]: table x, y of the TCP [m]."""
        return self.T_table_tcp.translation[:, :2]

    @property
    def closing(self) -> Float64:
        """Float64[N, 2]: closing direction on the table."""
        return self.T_table_tcp.y[:, :2]

    def to_image(self, scene: Scene) -> ImageGrasps:
        """Where the TCPs and closing axes appear in the image."""
        k, T_cam_tcp = scene.frame.intrinsics, self.T_cam_tcp(scene)
        positions = T_cam_tcp.translation
        return ImageGrasps(k.project(positions), image_angles(positions, T_cam_tcp.y, k), positions[:, 2])

    def select(self, rows: Bool | Intp) -> JawCandidates:
        """The candidates of a boolean mask or index array; their profiles are shared."""
        columns: dict[str, Any] = {
            f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "profiles"
        }
        return replace(self, **columns)

    @classmethod
    def concatenated(cls, parts: Sequence[JawCandidates]) -> JawCandidates:
        """All candidates of one scene, one part after the other."""
        profiles = Profiles(np.concatenate([p.profiles.heights for p in parts]), parts[0].profiles.positions)
        begin = np.cumsum([0, *(len(p.profiles.heights) for p in parts)])
        apart = ("T_table_tcp", "profiles", "profile")
        columns: dict[str, Any] = {
            f.name: np.concatenate([getattr(p, f.name) for p in parts])
            for f in fields(cls)
            if f.name not in apart
        }
        return cls(
            T_table_tcp=Poses.concatenated([p.T_table_tcp for p in parts]),
            profile=np.concatenate([p.profile + start for p, start in zip(parts, begin, strict=False)]),
            profiles=profiles,
            **columns,
        )
