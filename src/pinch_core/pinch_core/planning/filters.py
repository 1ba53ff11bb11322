# SPDX-License-Identifier: Apache-2.0
"""Filters of grasps. The report counts the rejections of each filter under its name."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pinch_core.perception.config import WorkspaceConfig
from pinch_core.planning.grasp_candidates import GraspCandidates
from pinch_core.planning.scene import Scene

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]
G_contra = TypeVar("G_contra", bound=GraspCandidates, contravariant=True)


@dataclass(frozen=True, eq=False)
class Finding:
    """What a filter measured of each grasp, and what it allows.

    ``quantity``: in words. ``values``: Float64[N] in ``unit``. Grasps pass from ``lower`` to ``upper``.
    """

    quantity: str
    unit: str
    values: Float64
    lower: float = -math.inf
    upper: float = math.inf

    @property
    def passes(self) -> Bool:
        """Bool[N]: which grasps are within the limits; NaN is not."""
        return np.asarray((self.values >= self.lower) & (self.values <= self.upper))


class GraspFilter(Protocol[G_contra]):
    """Accepts or rejects candidates."""

    @property
    def name(self) -> str: ...

    def keep(self, scene: Scene, grasps: G_contra) -> Bool:
        """Bool[N]: False for every rejected candidate."""
        ...

    def findings(self, scene: Scene, grasps: G_contra) -> tuple[Finding, ...]:
        """The numbers behind :meth:`keep`, which keeps what passes all of them; to explain a plan."""
        ...


@dataclass(frozen=True)
class OffObject:
    """The TCP is on a pixel of an object: inside the mask if one was given, and not in the hole of a ring.
    There, scorers that learned from grasps on objects cannot be trusted.

    ``through_holes``: it may be in a hole that one object surrounds.
    """

    through_holes: bool = False
    name: str = "off_object"

    def keep(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        pixels = scene.frame.intrinsics.project(grasps.positions(scene))
        return np.asarray(scene.labels_at_pixels(pixels, self.through_holes) > 0)

    def findings(self, scene: Scene, grasps: GraspCandidates) -> tuple[Finding, ...]:
        on_object = self.keep(scene, grasps).astype(np.float64)
        return (Finding("TCP on the pixels of an object (1 = yes)", "", on_object, lower=1.0),)


# Heights are sums of settings: rounding errors are no reason to reject.
ROUNDING_M = 1e-9


@dataclass(frozen=True)
class BelowTable:
    """The TCP is not below the table: neither the one that heights are measured from nor, where that was
    given, the one that the image shows. Every search applies this filter, whatever the gripper type, and no
    setting switches it off.
    """

    name: str = "below_table"

    def keep(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        return np.asarray(self._heights(scene, grasps) >= -ROUNDING_M)

    def findings(self, scene: Scene, grasps: GraspCandidates) -> tuple[Finding, ...]:
        heights = self._heights(scene, grasps)
        return (Finding("height of the TCP above the table", "m", heights, lower=-ROUNDING_M),)

    def _heights(self, scene: Scene, grasps: GraspCandidates) -> Float64:
        """Float64[N]: above the higher of the tables [m]."""
        height = grasps.T_table_tcp.translation[:, 2]
        if scene.measured_table is None:
            return height
        return np.minimum(height, scene.measured_table.height(grasps.positions(scene)))


@dataclass(frozen=True)
class Workspace:
    """The TCP is in the workspace box, if one is enabled."""

    config: WorkspaceConfig
    name: str = "workspace"

    def keep(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        if not self.config.enabled:
            return np.ones(len(grasps), dtype=bool)
        return self.config.contains(grasps.positions(scene), scene.T_base_cam)

    def findings(self, scene: Scene, grasps: GraspCandidates) -> tuple[Finding, ...]:
        inside = self.keep(scene, grasps).astype(np.float64)
        return (Finding("TCP inside the workspace (1 = yes)", "", inside, lower=1.0),)


@dataclass(frozen=True)
class ApproachTilt:
    """The approach is near enough to the optical axis for the image to show what the gripper will meet.

    ``max_tilt``: largest angle between them [rad].
    """

    max_tilt: float
    name: str = "approach_tilt"

    def keep(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        return np.asarray(_tilts(scene, grasps) <= self.max_tilt)

    def findings(self, scene: Scene, grasps: GraspCandidates) -> tuple[Finding, ...]:
        tilts = np.degrees(_tilts(scene, grasps))
        return (Finding("approach from the optical axis", "deg", tilts, upper=math.degrees(self.max_tilt)),)


def _tilts(scene: Scene, grasps: GraspCandidates) -> Float64:
    """Float64[N]: angle between each approach and the optical axis [rad]."""
    along_axis = grasps.T_table_tcp.z @ scene.table.T_cam_table.rotation[2]
    return np.asarray(np.arccos(np.clip(along_axis, -1.0, 1.0)))
