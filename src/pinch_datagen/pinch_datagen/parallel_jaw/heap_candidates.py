# SPDX-License-Identifier: Apache-2.0
"""Which grasps of a heap are labelled: those that the policy itself would look at, and known good ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import NoObjectError
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.candidates import JawCandidates
from pinch_core.parallel_jaw.config import UniformSamplerConfig
from pinch_core.parallel_jaw.grasp_type import ParallelJaw
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.parallel_jaw.sampler import UniformSampler
from pinch_core.perception.table import Plane
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.grasp_policy import ScoredGrasps, Search
from pinch_core.planning.plan import SceneHints, plan_grasps
from pinch_core.planning.scene import Scene
from pinch_datagen.heaps.heap import Heap
from pinch_datagen.heaps.heap_surface import HeapSurface
from pinch_datagen.parallel_jaw.antipodal_sampler import AntipodalConfig, sample_antipodal
from pinch_datagen.parallel_jaw.heap_labels import HeapLabelConfig, HeapLabels, label_in_heap
from pinch_datagen.parallel_jaw.opened_grasps import OpenedGrasps
from pinch_datagen.parallel_jaw.parallel_jaw_grasps import ParallelJawGrasps


@dataclass(frozen=True, eq=False)
class PolicyDraw:
    """``grasps`` in the true table's frame; ``depth``: what networks get of the image, Float32[H, W] [m],
    without gaps.
    """

    grasps: OpenedGrasps
    depth: NDArray[np.float32]


@dataclass
class _Drawing:
    """A policy that keeps the grasps with which a search starts, and searches no further."""

    count: int
    name: str = "drawing"
    scorer: None = None
    found: list[JawCandidates] = field(default_factory=list)

    def search(self, search: Search[Any]) -> ScoredGrasps[Any]:
        start = search.seeds(self.count)
        start = start.select(search.rng.permutation(len(start))[: self.count])
        self.found.append(start)
        one = start.select(np.arange(min(len(start), 1)))
        return ScoredGrasps(one, np.zeros(len(one)))


def drawn_by_policy(
    frame: DepthFrame,
    heap: Heap,
    T_table_cam: Transform,
    gripper: ParallelJawGripper,
    planner: PlannerConfig,
    count: int,
    uniform: float,
    rng: np.random.Generator,
) -> PolicyDraw | None:
    """Up to ``count`` grasps that a search starts with, as the filters leave them; a
    share ``uniform`` of them anywhere on the objects instead, unfiltered, as a dense search scores them.

    None where the planner sees no object.

    Args:
        frame: what the camera sees of the heap.
    """
    grasp_type = ParallelJaw(gripper, planner.parallel_jaw, planner.workspace)
    T_cam_table = T_table_cam.inverse()
    hints = SceneHints(
        table=Plane.from_surface_pose(T_cam_table) if heap.bin is None else None,
        bin=heap.bin,
        T_cam_bin=None if heap.bin is None else T_cam_table,
    )
    anywhere = round(uniform * count)
    drawing = _Drawing(count - anywhere)
    try:
        scene = plan_grasps(frame, grasp_type, planner, rng, hints=hints, policy=drawing).scene
    except NoObjectError:
        return None
    parts = [_in_table(found, scene, T_table_cam) for found in drawing.found]
    if anywhere:
        sampler = UniformSampler(gripper, UniformSamplerConfig(count=anywhere), planner.parallel_jaw.depths)
        parts.append(_in_table(sampler.sample(scene, rng), scene, T_table_cam))
    return PolicyDraw(OpenedGrasps.concatenated(parts), scene.filled_depth)


def known_good(
    heap: Heap,
    surface: HeapSurface,
    gripper: ParallelJawGripper,
    per_object: int,
    margin: float,
    antipodal: AntipodalConfig,
    labels: HeapLabelConfig,
    rng: np.random.Generator,
) -> tuple[OpenedGrasps, HeapLabels]:
    """Antipodal grasps of the objects' true surfaces that are good in the heap, with their labels.

    Args:
        per_object: antipodal grasps of an object that are tried.
        margin: free space between object and each pad on the approach [m].
    """
    parts = []
    for item in heap.scene:
        pairs = sample_antipodal(
            item.model.rays, item.T_table_obj.rotation[2], per_object, gripper.max_opening, antipodal, rng
        )
        opening = np.minimum(pairs.contacts.widths + 2 * margin, gripper.max_opening)
        parts.append(OpenedGrasps(pairs.grasps.moved(item.T_table_obj), opening))
    tried = OpenedGrasps.concatenated(parts)
    found = label_in_heap(tried, heap, surface, gripper, labels, rng)
    good = found.table["label"]
    return tried[good], found[good]


def _in_table(candidates: JawCandidates, scene: Scene, T_table_cam: Transform) -> OpenedGrasps:
    """In the true table's frame, as the camera's true place has it; the scene's own comes from the image."""
    T_true_seen = T_table_cam @ scene.table.T_cam_table
    poses = candidates.T_table_tcp
    grasps = ParallelJawGrasps(poses.translation, poses.y, poses.z).moved(T_true_seen)
    return OpenedGrasps(grasps, np.array(candidates.opening, np.float64))
