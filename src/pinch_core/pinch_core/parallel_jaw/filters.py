# SPDX-License-Identifier: Apache-2.0
"""The filters of parallel-jaw grasps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.parallel_jaw.candidates import JawCandidates
from pinch_core.parallel_jaw.config import ParallelJawConfig
from pinch_core.parallel_jaw.finger_collision import FingerCollision
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.parallel_jaw.one_object import OneObject
from pinch_core.perception.config import WorkspaceConfig
from pinch_core.planning.filters import ROUNDING_M, ApproachTilt, Finding, GraspFilter, OffObject, Workspace
from pinch_core.planning.scene import Scene

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class JawWidth:
    """The object fits between the open jaws with a margin, and they can close on it."""

    gripper: ParallelJawGripper
    min_opening_margin: float
    name: str = "jaw_width"

    def keep(self, scene: Scene, grasps: JawCandidates) -> Bool:
        widest = self.gripper.max_opening - 2 * self.min_opening_margin
        return np.asarray((grasps.width <= widest) & (grasps.width > self.gripper.min_opening))

    def findings(self, scene: Scene, grasps: JawCandidates) -> tuple[Finding, ...]:
        widest = self.gripper.max_opening - 2 * self.min_opening_margin
        least = math.nextafter(self.gripper.min_opening, math.inf)
        width = np.maximum(grasps.width, 0.0)  # nothing at all is measured as a little less
        return (Finding("width of the object between the pads", "m", width, least, widest),)


@dataclass(frozen=True)
class TableClearance:
    """The fingertips stay above the table and still reach below both contacts. Where the table was given,
    they do not go below the one that the image shows either.
    """

    table_clearance: float
    min_overlap: float
    name: str = "table_clearance"

    def keep(self, scene: Scene, grasps: JawCandidates) -> Bool:
        return np.asarray(
            (grasps.tip_height >= self.table_clearance - ROUNDING_M)
            & (grasps.top - grasps.tip_height >= self.min_overlap - ROUNDING_M)
            & (self._above_measured(scene, grasps) >= -ROUNDING_M)
        )

    def findings(self, scene: Scene, grasps: JawCandidates) -> tuple[Finding, ...]:
        overlap = grasps.top - grasps.tip_height
        return (
            Finding(
                "height of the fingertips above the table",
                "m",
                grasps.tip_height,
                self.table_clearance - ROUNDING_M,
            ),
            Finding(
                "reach of the fingertips below the contacts", "m", overlap, self.min_overlap - ROUNDING_M
            ),
            Finding(
                "height of the fingertips above the table in the image",
                "m",
                self._above_measured(scene, grasps),
                -ROUNDING_M,
            ),
        )

    def _above_measured(self, scene: Scene, grasps: JawCandidates) -> Float64:
        """Float64[N]: of the fingertips above the table in the image [m]; 0 where that is the table."""
        if scene.measured_table is None:
            return np.zeros(len(grasps))
        tips = np.column_stack([grasps.center, grasps.tip_height])
        return scene.measured_table.height(scene.table.T_cam_table @ tips)


@dataclass(frozen=True)
class ImageBorder:
    """TCP and pads are in view."""

    border: int
    name: str = "image_border"

    def keep(self, scene: Scene, grasps: JawCandidates) -> Bool:
        return np.asarray(self._margins(scene, grasps) >= self.border)

    def findings(self, scene: Scene, grasps: JawCandidates) -> tuple[Finding, ...]:
        margins = self._margins(scene, grasps)
        return (Finding("distance of TCP and pads from the image border", "px", margins, self.border),)

    def _margins(self, scene: Scene, grasps: JawCandidates) -> Float64:
        """Float64[N]: how far inside the image the outermost of TCP and pads lies [px]."""
        k = scene.frame.intrinsics
        pixels = key_pixels(scene, grasps)
        inside = np.minimum(pixels, np.array([k.width, k.height]) - 1 - pixels)
        return np.asarray(inside.min(axis=(1, 2)))


@dataclass(frozen=True)
class NoReturn:
    """The camera measured the depth where the TCP and the pads come down: unmeasured space may hold anything.
    At most ``max_unseen`` of each finger's outline may be without return. Gaps narrower than ``gap`` [px]
    count as measured: the thin shadows beside objects.
    """

    gripper: ParallelJawGripper
    max_unseen: float
    gap: int = 1
    name: str = "no_return"

    def keep(self, scene: Scene, grasps: JawCandidates) -> Bool:
        pixels_seen = _measured(scene, key_pixels(scene, grasps), self.gap).all(axis=1)
        return np.asarray(pixels_seen & (self._unseen(scene, grasps) <= self.max_unseen))

    def findings(self, scene: Scene, grasps: JawCandidates) -> tuple[Finding, ...]:
        seen = _measured(scene, key_pixels(scene, grasps), self.gap).sum(axis=1).astype(np.float64)
        unseen = 100 * self._unseen(scene, grasps)
        return (
            Finding("TCP and pads on pixels with a depth, of 3", "", seen, lower=3.0),
            Finding("part of a finger's outline without depth", "%", unseen, upper=100 * self.max_unseen),
        )

    def _unseen(self, scene: Scene, grasps: JawCandidates) -> Float64:
        """Float64[N]: share of the outline of the worse finger that lies on pixels without return."""
        pixels = scene.frame.intrinsics.project(_finger_points(scene, self.gripper, grasps))
        return np.asarray((1.0 - _measured(scene, pixels, self.gap).mean(axis=2)).max(axis=1))


# A point this far behind a measured surface counts as occluded: above the noise, below a thin object [m].
_HIDDEN_M = 0.003
# Length of the finger that is checked, from its tip upward: what is higher was mostly visible [m].
_TIP_M = 0.02


@dataclass(frozen=True)
class Hidden:
    """The fingertips end in space that the camera could see: behind an object, its far side or another object
    may be in the way.
    """

    gripper: ParallelJawGripper
    max_hidden: float
    name: str = "hidden"

    def keep(self, scene: Scene, grasps: JawCandidates) -> Bool:
        return np.asarray(self._hidden(scene, grasps) <= self.max_hidden)

    def findings(self, scene: Scene, grasps: JawCandidates) -> tuple[Finding, ...]:
        hidden = 100 * self._hidden(scene, grasps)
        return (
            Finding("part of a fingertip behind what was seen", "%", hidden, upper=100 * self.max_hidden),
        )

    def _hidden(self, scene: Scene, grasps: JawCandidates) -> Float64:
        """Float64[N]: share of the worse fingertip that the camera could not see."""
        tips = _finger_points(scene, self.gripper, grasps)
        back = grasps.T_cam_tcp(scene).z[:, None, None]
        levels = np.linspace(0.0, min(_TIP_M, self.gripper.finger.length), 3)
        hidden = [_is_hidden(scene, tips - back * level).mean(axis=2) for level in levels]
        return np.asarray(np.mean(hidden, axis=0).max(axis=1))


def _is_hidden(scene: Scene, points: Float64) -> Bool:
    """Bool[...]: which points (..., 3) a measured surface occludes; False if unmeasured or out of view."""
    k = scene.frame.intrinsics
    at = np.rint(k.project(points)).astype(np.intp)
    columns, rows = at[..., 0].clip(0, k.width - 1), at[..., 1].clip(0, k.height - 1)
    with np.errstate(invalid="ignore"):
        return np.asarray(points[..., 2] - scene.frame.depth[rows, columns] > _HIDDEN_M)


def key_pixels(scene: Scene, grasps: JawCandidates) -> Float64:
    """Float64[N, 3, 2]: pixels (column, row) of TCP and both pads at the opening of the approach."""
    T_cam_tcp = grasps.T_cam_tcp(scene)
    center, half = T_cam_tcp.translation, T_cam_tcp.y * (grasps.opening / 2)[:, None]
    return scene.frame.intrinsics.project(np.stack([center, center - half, center + half], axis=1))


def _finger_points(scene: Scene, gripper: ParallelJawGripper, grasps: JawCandidates) -> Float64:
    """Float64[N, 2, 12, 3]: points of the face of each fingertip, on a 3 x 4 grid, optical frame."""
    finger, T_cam_tcp = gripper.finger, grasps.T_cam_tcp(scene)
    across, closing, approach = np.moveaxis(T_cam_tcp.rotation, -1, 0)
    tip = T_cam_tcp.translation + approach * finger.tip_beyond_tcp
    outward, sideways = np.meshgrid(
        np.linspace(0.0, finger.thickness, 4), np.linspace(-0.5, 0.5, 3) * finger.breadth
    )
    along = grasps.opening[:, None] / 2 + outward.ravel()
    offsets = np.stack([-along, along], axis=1)[..., None] * closing[:, None, None]
    return np.asarray(tip[:, None, None] + offsets + sideways.ravel()[:, None] * across[:, None, None])


def _measured(scene: Scene, pixels: Float64, gap: int) -> Bool:
    """Bool[...]: which pixels (..., 2) lie in the image and have a return, or in a gap narrower than ``gap``
    [px].
    """
    k, at = scene.frame.intrinsics, np.rint(pixels).astype(np.intp)
    inside = ((at >= 0) & (at < [k.width, k.height])).all(axis=-1)
    valid = scene.frame.valid
    if gap > 1:
        kernel = np.ones((gap, gap), np.uint8)
        valid = np.asarray(cv2.morphologyEx(valid.astype(np.uint8), cv2.MORPH_CLOSE, kernel) > 0)
    seen = valid[np.where(inside, at[..., 1], 0), np.where(inside, at[..., 0], 0)]
    return np.asarray(seen & inside)


# Shadows beside objects that closer limits do not count as unseen [px]: narrower than a finger is thick.
_THIN_SHADOW_PX = 5


def jaw_filters(
    gripper: ParallelJawGripper,
    config: ParallelJawConfig,
    workspace: WorkspaceConfig,
    *,
    in_holes: bool = False,
    one_object: bool = True,
) -> tuple[GraspFilter[JawCandidates], ...]:
    """All filters that need no robot, cheapest first.

    Args:
        in_holes: the TCP may be in a hole that an object surrounds, and pads in thin shadows.
        one_object: what looks like two objects is two.
    """
    limits, depths = config.filters, config.depths
    alone: tuple[GraspFilter[JawCandidates], ...] = (OneObject(),) if one_object else ()
    return (
        ApproachTilt(limits.max_approach_tilt),
        JawWidth(gripper, limits.min_opening_margin),
        TableClearance(depths.table_clearance, limits.min_overlap),
        Workspace(workspace),
        ImageBorder(limits.border),
        NoReturn(gripper, limits.max_unseen, _THIN_SHADOW_PX if in_holes else 1),
        OffObject(in_holes),
        FingerCollision(
            gripper,
            limits.collision_tolerance,
            limits.min_opening_margin,
            depths.finger_margin,
            depths.palm_clearance,
        ),
        *alone,
        Hidden(gripper, limits.max_hidden),
    )
