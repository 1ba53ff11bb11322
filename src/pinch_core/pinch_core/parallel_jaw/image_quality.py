# SPDX-License-Identifier: Apache-2.0
"""Image-based grasp quality (IGQ), the analytic baseline of Mahler et al. 2017, sec. V."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.parallel_jaw.candidates import JawCandidates
from pinch_core.parallel_jaw.config import ImageQualityConfig
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.planning.scene import Scene

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class ImageQuality:
    """Ranks force-closure pairs by the distance of the jaw centre to the centroid of the object's mask.

    The paper's baseline uses only that distance and a fixed depth. On real images many pairs have the same
    distance. Among these it prefers low friction, the narrow side, the preferred depth, and an extent between
    the pads equal to that between the contacts (if it is larger, the pads would touch something else first).
    """

    gripper: ParallelJawGripper
    config: ImageQualityConfig
    name: str = "igq"

    def score(self, scene: Scene, grasps: JawCandidates) -> Float64:
        c = self.config
        centroids, radii = object_centroids(scene)
        distance = np.linalg.norm(grasps.center - centroids[grasps.label], axis=1)
        centred = 1.0 / (1.0 + (2.0 * distance / np.maximum(radii[grasps.label], 1e-6)) ** 2)
        reach = np.maximum(np.minimum(c.depth_offset, grasps.top), 1e-6)
        miss = np.abs(grasps.top - grasps.tip_height - c.depth_offset) / reach
        elsewhere = 1.0 - grasps.separation / np.maximum(grasps.width, 1e-6)
        for weight, loss in (
            (c.friction_weight, np.nan_to_num(grasps.friction, nan=1.0)),
            (c.depth_weight, miss),
            (c.width_weight, grasps.width / self.gripper.max_opening),
            (c.contact_weight, np.where(grasps.separation > 0, elsewhere, 0.0)),
        ):
            centred = centred * (1.0 - weight * np.clip(loss, 0.0, 1.0))
        return np.asarray(centred)

    def warnings(self, scene: Scene) -> list[str]:
        return []


def object_centroids(scene: Scene) -> tuple[Float64, Float64]:
    """(Float64[L + 1, 2], Float64[L + 1]): centroid of each label's pixels in table x, y, and the largest
    distance of one of its pixels from there [m]; row 0 is no object.
    """
    rows, columns = np.nonzero((scene.labels > 0) & scene.frame.valid)
    label = scene.labels[rows, columns]
    pixels = np.stack([columns, rows], -1)
    points = scene.frame.intrinsics.deproject(pixels, scene.frame.depth[rows, columns])
    ground = (scene.table.T_cam_table.inverse() @ points)[:, :2]
    count = np.maximum(np.bincount(label), 1)
    centroids = np.stack([np.bincount(label, weights=ground[:, axis]) / count for axis in (0, 1)], -1)
    radii = np.zeros(len(count))
    np.maximum.at(radii, label, np.linalg.norm(ground - centroids[label], axis=1))
    return centroids, radii
