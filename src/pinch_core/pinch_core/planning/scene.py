# SPDX-License-Identifier: Apache-2.0
"""The scene: table, heights and objects of one image, shared by all stages of planning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.transform import Transform
from pinch_core.gripper import Gripper
from pinch_core.perception.config import SegmentationConfig
from pinch_core.perception.depth_edges import fill_holes
from pinch_core.perception.height_map import HeightMap
from pinch_core.perception.seen_bin import SeenBin
from pinch_core.perception.segmentation import label_segmask, segment_objects
from pinch_core.perception.smoothing import height_noise, smooth_heights
from pinch_core.perception.table import Plane
from pinch_core.planning.failed_grasps import FailedGrasp, ScenePatch
from pinch_core.planning.keep_out import KeepOutBox
from pinch_core.planning.search_config import FailureMemoryConfig

Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]

# In deviations of the noise: higher points are objects.
_ABOVE_NOISE = 3.0
# Resolution at which an arm keeps clear of what was seen.
_SURROUNDINGS_CELL_M = 0.005


@dataclass(frozen=True, eq=False)
class Scene:
    """An undistorted ``frame``, its ``table``, and what stands on it.

    ``heights``: Float32[H, W] above the table [m], NaN = no return. ``labels``: Int32[H, W], 0 = no object.
    ``height_map``: the surroundings of the objects from above.
    ``T_base_cam``: camera in the robot's base, where known. ``measured_table``: where ``table`` was given,
    the one that the image shows, if it shows any. ``seen_bin``: the bin whose floor is ``table``, if any.
    ``failed``: where grasps failed and the scene has not changed since. ``keep_out``: where no grasp is
    planned.
    """

    frame: DepthFrame
    gripper: Gripper
    table: Plane
    heights: Float32
    labels: Int32
    height_map: HeightMap
    T_base_cam: Transform | None
    measured_table: Plane | None = None
    seen_bin: SeenBin | None = None
    failed: tuple[FailedGrasp, ...] = ()
    keep_out: tuple[KeepOutBox, ...] = ()

    @classmethod
    def look(
        cls,
        frame: DepthFrame,
        gripper: Gripper,
        table: Plane,
        config: SegmentationConfig,
        *,
        segmask: Bool | None = None,
        allowed: Bool | None = None,
        T_base_cam: Transform | None = None,
        measured_table: Plane | None = None,
        seen_bin: SeenBin | None = None,
        wall_clearance: float = 0.0,
        keep_out: tuple[KeepOutBox, ...] = (),
    ) -> Scene:
        """Measure heights, label the objects and map what is around them.

        Args:
            frame: undistorted.
            segmask: Bool[H, W] of the objects; None = they are found.
            allowed: Bool[H, W], pixels on which objects may lie; None = all.
            seen_bin: the bin that is picked from; its floor is the table.
            wall_clearance: what is this close to a wall of the bin is wall [m].

        Raises:
            NoObjectError: there is none.
        """
        heights = table.height_image(frame)
        if (noise := height_noise(heights)) >= config.smoothing.from_noise:
            heights = smooth_heights(heights, noise, config.smoothing)
            # What is left of the noise is no object.
            left = _ABOVE_NOISE * height_noise(heights)
            config = replace(config, min_height=max(config.min_height, left))
        inside = None if seen_bin is None else seen_bin.inside(frame, wall_clearance)
        if segmask is None:
            labels = segment_objects(frame, heights, config, allowed, inside)
        else:
            labels = label_segmask(frame, segmask if inside is None else segmask & inside, config, allowed)
        # How far any part of a gripper reaches while its TCP is over an object.
        margin = gripper.reach
        height_map = HeightMap.from_frame(frame, table, heights, labels > 0, margin, config.min_height)
        if seen_bin is not None:
            height_map = seen_bin.closed_outside(height_map, table)
        return cls(
            frame,
            gripper,
            table,
            heights,
            labels,
            height_map,
            T_base_cam,
            measured_table,
            seen_bin,
            keep_out=keep_out,
        )

    def patch_around(self, T_cam_tcp: Transform) -> ScenePatch:
        """What the scene looks like around a TCP, to be kept with a grasp that may fail."""
        return ScenePatch.around(self.height_map, self.table, T_cam_tcp)

    def surroundings(self, cell: float = _SURROUNDINGS_CELL_M) -> HeightMap:
        """All that the camera saw, from straight above, with the walls of a bin; NaN where it saw nothing."""
        everything = HeightMap.of_all_seen(self.frame, self.table, self.heights, cell)
        return everything if self.seen_bin is None else self.seen_bin.with_walls(everything, self.table)

    def remembering(
        self, failed: Sequence[FailedGrasp], config: FailureMemoryConfig
    ) -> tuple[Scene, tuple[str, ...]]:
        """(The scene with the failures that still count, ids of the others: it has changed around them)."""
        changed = [one.has_changed(self.height_map, self.table, config) for one in failed]
        kept = tuple(one for one, gone in zip(failed, changed, strict=True) if not gone)
        forgotten = tuple(one.id for one, gone in zip(failed, changed, strict=True) if gone)
        return replace(self, failed=kept), forgotten

    def labels_at(self, points: Float64) -> Int32:
        """Int32[N]: the object that is seen in front of each point (N, 3) of the optical frame, 0 = none."""
        return self.labels_at_pixels(self.frame.intrinsics.project(points))

    def labels_at_pixels(self, pixels: Float64, in_holes: bool = False) -> Int32:
        """Int32[N]: the object at each pixel (N, 2), column and row; 0 = none, or outside the image. With
        ``in_holes``, the hole of an object is part of it.
        """
        at = np.rint(pixels).astype(np.intp)
        height, width = self.labels.shape
        inside = ((at >= 0) & (at < [width, height])).all(axis=1)
        columns, rows = at[:, 0].clip(0, width - 1), at[:, 1].clip(0, height - 1)
        labels = self.labels_without_holes if in_holes else self.labels
        found: Int32 = np.where(inside, labels[rows, columns], 0).astype(np.int32)
        return found

    @cached_property
    def labels_without_holes(self) -> Int32:
        """Int32[H, W]: ``labels`` with what one object surrounds as part of it."""
        filled: Int32 = self.labels.copy()
        for label in range(1, int(self.labels.max()) + 1):
            mask = (self.labels == label).astype(np.uint8)
            outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            solid = cv2.drawContours(np.zeros_like(mask), outlines, -1, 1, cv2.FILLED)
            filled[(solid > 0) & (filled == 0)] = label
        return filled

    @cached_property
    def filled_heights(self) -> Float32:
        """Float32[H, W]: ``heights`` without gaps [m]; see :func:`fill_holes`."""
        return fill_holes(self.heights)

    @cached_property
    def filled_depth(self) -> Float32:
        """Float32[H, W]: depth without gaps [m]; for networks only, as filled pixels were not measured."""
        if self.frame.valid.all():
            return self.frame.depth
        filled = (self.filled_heights - np.float32(self.table.offset)) / self.table.ray_slope(self.frame)
        return np.where(self.frame.valid, self.frame.depth, filled).astype(np.float32)
