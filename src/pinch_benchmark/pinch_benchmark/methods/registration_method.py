# SPDX-License-Identifier: Apache-2.0
"""REG, the paper's registration baseline: recognize the object, find its pose, take its stored grasp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.errors import BenchmarkError
from pinch_benchmark.methods.method import NoGrasp, PlannedGrasp, PlanningScene, SeenObject
from pinch_benchmark.registration.known_objects import KnownPose
from pinch_benchmark.registration.planar_icp import align, turn
from pinch_benchmark.registration.view import features, view_of_points
from pinch_core.errors import NoTableError
from pinch_core.geometry.transform import Transform
from pinch_core.perception.config import TableFitConfig
from pinch_core.perception.table import fit_table

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

# Views that are looked at closely, as in the paper.
CLOSEST_VIEWS = 3
ALIGNED_POINTS = 800
# What is lower is table, by the noise of the sensor [m].
MIN_HEIGHT_M = 0.004


@dataclass(frozen=True, eq=False)
class Registration:
    """Most similar views, point-to-plane ICP in the table's plane from each, the grasp of what fits best
    (Mahler et al. 2017, V-A). Nothing is checked on the image: the database knows the object.
    """

    known: Sequence[KnownPose]
    name: str = "reg"

    def plan(self, scene: PlanningScene, rng: np.random.Generator) -> PlannedGrasp | NoGrasp:
        try:
            table = fit_table(scene.frame, TableFitConfig(), rng)
        except NoTableError as error:
            return NoGrasp(str(error))
        points = _seen_points(scene, table.T_cam_table.inverse())
        if not len(points):
            return NoGrasp("nothing of the object is seen")
        pose, T_table_placed = self._recognize(points, rng)
        if pose.T_table_tcp is None:
            return NoGrasp(f"no grasp of {pose.name} is stored for that pose")
        T_cam_placed = table.T_cam_table @ T_table_placed
        return PlannedGrasp(
            T_cam_placed @ pose.T_table_tcp,
            pose.opening,
            float("nan"),
            SeenObject(pose.name, T_cam_placed @ pose.surface.points),
        )

    def _recognize(self, points: Float64, rng: np.random.Generator) -> tuple[KnownPose, Transform]:
        """The known pose that fits best, and where it stands."""
        heights, middle = view_of_points(points)
        distance = np.linalg.norm(self._views - features(heights[None]), axis=1)
        few = points[rng.permutation(len(points))[:ALIGNED_POINTS]]
        fits: list[tuple[float, int, KnownPose, Transform]] = []
        for closest in np.argsort(distance)[:CLOSEST_VIEWS]:
            row, view = divmod(int(closest), len(self.known[0].views))
            pose = self.known[row]
            start = turn(pose.turned(view), *(middle - pose.middles[view]))
            T_table_placed, misfit = align(few, pose.surface, start)
            fits.append((misfit, len(fits), pose, T_table_placed))
        _, _, pose, T_table_placed = min(fits, key=lambda fit: fit[:2])
        return pose, T_table_placed

    @cached_property
    def _views(self) -> Float32:
        """Float32[P * VIEWS, F]."""
        return np.concatenate([pose.views for pose in self.known])


def _seen_points(scene: PlanningScene, T_table_cam: Transform) -> Float64:
    """Float64[N, 3]: what is seen of the object, in the table's frame."""
    frame = scene.frame
    if scene.hints.segmask is None:
        raise BenchmarkError("reg recognizes one object by its mask, and this scene has none; leave it out.")
    rows, columns = np.nonzero((scene.hints.segmask != 0) & frame.valid)
    pixels = np.stack([columns, rows], axis=-1)
    points = T_table_cam @ frame.intrinsics.deproject(pixels, frame.depth[rows, columns])
    return np.asarray(points[points[:, 2] > MIN_HEIGHT_M])
