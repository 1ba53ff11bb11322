# SPDX-License-Identifier: Apache-2.0
"""What a grasp must not do. Each filter has the name under which the report counts what it rejects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pinch_core.parallel_jaw.config import FilterConfig, GraspDepthConfig
from pinch_core.parallel_jaw.finger_collision import FingerCollision
from pinch_core.perception.config import WorkspaceConfig
from pinch_core.planning.grasp_candidates import GraspCandidates
from pinch_core.planning.scene import Scene

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]


class GraspFilter(Protocol):
    """Decides which candidates may stay."""

    @property
    def name(self) -> str: ...

    def keep(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        """Bool[N]: False for every candidate that is forbidden."""
        ...


@dataclass(frozen=True)
class JawWidth:
    """The object fits between the open jaws with room to spare, and they can close on it."""

    min_opening_margin: float
    name: str = "jaw_width"

    def keep(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        widest = scene.gripper.max_opening - 2 * self.min_opening_margin
        return np.asarray((grasps.width <= widest) & (grasps.width > scene.gripper.min_opening))


@dataclass(frozen=True)
class TableClearance:
    """The fingertips stay above the table and still reach below both contacts."""

    table_clearance: float
    min_overlap: float
    name: str = "table_clearance"

    def keep(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        return np.asarray(
            (grasps.tip_height >= self.table_clearance - 1e-9)
            & (grasps.top - grasps.tip_height >= self.min_overlap - 1e-9)
        )


@dataclass(frozen=True)
class ImageBorder:
    """Tool centre and pads are in view."""

    border: int
    name: str = "image_border"

    def keep(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        k = scene.frame.intrinsics
        pixels = key_pixels(scene, grasps)
        low, high = np.array([self.border] * 2), np.array([k.width, k.height]) - 1 - self.border
        return np.asarray(((pixels >= low) & (pixels <= high)).all(axis=(1, 2)))


@dataclass(frozen=True)
class OffObject:
    """The tool centre is seen on an object: inside the mask where one was given, and never in the middle of a
    ring, where scorers that learnt from grasps on objects cannot be trusted.
    """

    name: str = "off_object"

    def keep(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        return np.asarray(scene.labels_at(grasps.positions(scene)) > 0)


@dataclass(frozen=True)
class NoReturn:
    """The camera measured what the tool centre and the pads come down on: where nothing was seen, anything
    may be. Under each finger at most ``max_unseen`` of the outline may be without return.
    """

    max_unseen: float
    name: str = "no_return"

    def keep(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        pixels_seen = _measured(scene, key_pixels(scene, grasps)).all(axis=1)
        unseen = 1.0 - _measured(scene, _finger_pixels(scene, grasps)).mean(axis=2)
        return np.asarray(pixels_seen & (unseen <= self.max_unseen).all(axis=1))


# How far behind what was seen a point counts as hidden: more than noise, less than a thin object [m].
_HIDDEN_M = 0.003
# How much of a finger is looked at from its tip upward: what is higher was mostly seen [m].
_TIP_M = 0.02


@dataclass(frozen=True)
class Hidden:
    """The fingertips end where the camera could look: in the shadow of an object its own far side, or
    something else, may stand in the way.
    """

    max_hidden: float
    name: str = "hidden"

    def keep(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        finger, approach = scene.gripper.finger, scene.table.approach
        tips = _finger_points(scene, grasps)
        levels = np.linspace(0.0, min(_TIP_M, finger.length), 3)
        hidden = [_is_hidden(scene, tips - approach * level).mean(axis=2) for level in levels]
        return np.asarray((np.mean(hidden, axis=0) <= self.max_hidden).all(axis=1))


def _is_hidden(scene: Scene, points: Float64) -> Bool:
    """Bool[...]: which points (..., 3) lie behind what was seen in front of them; unseen or outside: no."""
    k = scene.frame.intrinsics
    at = np.rint(k.project(points)).astype(np.intp)
    columns, rows = at[..., 0].clip(0, k.width - 1), at[..., 1].clip(0, k.height - 1)
    with np.errstate(invalid="ignore"):
        return np.asarray(points[..., 2] - scene.frame.depth[rows, columns] > _HIDDEN_M)


@dataclass(frozen=True)
class Workspace:
    """The tool centre point lies in the workspace box, where one is enabled."""

    config: WorkspaceConfig
    name: str = "workspace"

    def keep(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        if not self.config.enabled:
            return np.ones(len(grasps), dtype=bool)
        return self.config.contains(grasps.positions(scene), scene.T_base_cam)


@dataclass(frozen=True)
class ApproachTilt:
    """The approach is near enough to the optical axis for the image to show what the fingers will meet."""

    max_tilt: float
    name: str = "approach_tilt"

    def keep(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        return np.full(len(grasps), scene.table.tilt <= self.max_tilt)


def key_pixels(scene: Scene, grasps: GraspCandidates) -> Float64:
    """Float64[N, 3, 2]: pixels (column, row) of tool centre and both pads at the opening of the approach."""
    center = grasps.positions(scene)
    half = grasps.closing_directions(scene) * (grasps.opening / 2)[:, None]
    return scene.frame.intrinsics.project(np.stack([center, center - half, center + half], axis=1))


def _finger_pixels(scene: Scene, grasps: GraspCandidates) -> Float64:
    """Float64[N, 2, 12, 2]: pixels (column, row) under the outline of each fingertip."""
    return scene.frame.intrinsics.project(_finger_points(scene, grasps))


def _finger_points(scene: Scene, grasps: GraspCandidates) -> Float64:
    """Float64[N, 2, 12, 3]: points of the face of each fingertip, on a 3 x 4 grid, optical frame."""
    finger, approach = scene.gripper.finger, scene.table.approach
    closing = grasps.closing_directions(scene)
    across = np.cross(closing, approach)
    tip = grasps.positions(scene) + approach * finger.tip_beyond_tcp
    outward, sideways = np.meshgrid(
        np.linspace(0.0, finger.thickness, 4), np.linspace(-0.5, 0.5, 3) * finger.breadth
    )
    along = grasps.opening[:, None] / 2 + outward.ravel()
    offsets = np.stack([-along, along], axis=1)[..., None] * closing[:, None, None]
    return np.asarray(tip[:, None, None] + offsets + sideways.ravel()[:, None] * across[:, None, None])


def _measured(scene: Scene, pixels: Float64) -> Bool:
    """Bool[...]: which pixels (..., 2) lie in the image and have a return."""
    k, at = scene.frame.intrinsics, np.rint(pixels).astype(np.intp)
    inside = ((at >= 0) & (at < [k.width, k.height])).all(axis=-1)
    seen = scene.frame.valid[np.where(inside, at[..., 1], 0), np.where(inside, at[..., 0], 0)]
    return np.asarray(seen & inside)


def standard_filters(
    config: FilterConfig, depths: GraspDepthConfig, workspace: WorkspaceConfig
) -> tuple[GraspFilter, ...]:
    """All filters that need no robot, cheap ones first."""
    return (
        ApproachTilt(config.max_approach_tilt),
        JawWidth(config.min_opening_margin),
        TableClearance(depths.table_clearance, config.min_overlap),
        Workspace(workspace),
        ImageBorder(config.border),
        NoReturn(config.max_unseen),
        OffObject(),
        FingerCollision(
            config.collision_tolerance,
            config.min_opening_margin,
            depths.finger_margin,
            depths.palm_clearance,
        ),
        Hidden(config.max_hidden),
    )
