# SPDX-License-Identifier: Apache-2.0
"""Where the time of generation goes, and how fast each stage is beside its one-at-a-time version."""

from __future__ import annotations

import cProfile
import pstats
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.perception.crop import CROP_32, crop_depth
from pinch_core.synthetic_scene import camera_above
from pinch_datagen.benchmark.one_at_a_time import (
    collides_singly,
    crops_singly,
    robust_quality_singly,
    sample_antipodal_singly,
)
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.dataset.shard import CropPrecision, write_shard
from pinch_datagen.generate import generate_object
from pinch_datagen.load_object import load_object
from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.parallel_jaw.antipodal_sampler import AntipodalGrasps, sample_antipodal
from pinch_datagen.parallel_jaw.gripper_collision import collides
from pinch_datagen.parallel_jaw.proposal import seen_grasps
from pinch_datagen.parallel_jaw.robust_quality import robust_quality
from pinch_datagen.rendering.ray_renderer import RayRenderer
from pinch_datagen.rendering.renderers import scene_surface
from pinch_datagen.scene.placed_object import PlacedObject
from pinch_datagen.stable_poses import stable_poses

# Functions that are a stage of their own, and what is done in them.
STAGES = {
    "load_object": "make and prepare the object",
    "stable_poses": "stable poses",
    "sample_antipodal": "antipodal grasps",
    "free_approaches": "collision",
    "label_grasps": "metrics",
    "render": "rendering",
    "crop_depth": "crops",
    "write_shard": "storage",
}


@dataclass(frozen=True)
class StageRate:
    """Things per second, batched and one at a time."""

    what: str
    per_s: float
    singly_per_s: float

    @property
    def ratio(self) -> float:
        return self.per_s / self.singly_per_s


def stage_shares(
    refs: list[ObjectRef], config: DatagenConfig, gripper: ParallelJawGripper
) -> dict[str, float]:
    """Share of the time of one process that each stage takes; the rest is "other"."""
    profile = cProfile.Profile()
    with tempfile.TemporaryDirectory() as folder:
        profile.enable()
        for ref in refs:
            write_shard(Path(folder, ref.name), generate_object(ref, config, gripper), CropPrecision.FLOAT16)
        profile.disable()
    # Entries are (file, line, function) -> (calls, primitive calls, own time, time with callees, callers).
    entries: dict[tuple[str, int, str], Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    spent = dict.fromkeys(STAGES, 0.0)
    for (file, _, function), (_, _, _, seconds, _) in entries.items():
        if function in STAGES and "pinch" in file:
            spent[function] += seconds
    total = sum(own for _, _, own, _, _ in entries.values())
    shares = {STAGES[function]: seconds / total for function, seconds in spent.items()}
    return {**shares, "other": 1.0 - sum(shares.values())}


def stage_rates(ref: ObjectRef, config: DatagenConfig, gripper: ParallelJawGripper) -> list[StageRate]:
    """Speed of the stages that are batched, on one object, both ways in turn."""
    opening, rng = gripper.max_opening, np.random.default_rng
    model = load_object(ref, config, gripper)
    mesh = model.rays
    T_table_obj = Transform.from_matrix(stable_poses(model, config.stable_poses)["T_table_obj"][0])
    up, scene = T_table_obj.rotation[2], [PlacedObject(model, T_table_obj)]
    antipodal = config.grasps.antipodal
    pairs: AntipodalGrasps = sample_antipodal(mesh, up, 200, opening, antipodal, rng(0))
    few = pairs[slice(0, 10)].grasps
    on_table = pairs.grasps.moved(T_table_obj)
    camera, T_table_cam = CameraIntrinsics(600, 600, 525.0, 525.0, 299.5, 299.5), camera_above(0.7, 0.2)
    renderer = RayRenderer(scene_surface(scene))
    quality, com = config.quality, model.center_of_mass

    def batched_crops() -> int:
        seen = seen_grasps(on_table, opening, T_table_cam.inverse(), camera)
        low = np.floor(seen.pixels.min(0) - 72).astype(int)
        wide, high = (np.ceil(seen.pixels.max(0) + 72).astype(int) - low).tolist()
        image = renderer.render(T_table_cam, camera.cropped(int(low[0]), int(low[1]), wide, high))
        return len(crop_depth(image, seen.pixels - low, seen.angle, CROP_32))

    return [
        StageRate(
            "antipodal grasps",
            rate(lambda: len(sample_antipodal(mesh, up, 200, opening, antipodal, rng(1)))),
            rate(lambda: sample_antipodal_singly(model, up, 5, opening, antipodal, rng(1))),
        ),
        StageRate(
            "collision checks",
            rate(lambda: len(collides(on_table, gripper, scene, config.collision))),
            rate(lambda: len(collides_singly(few.moved(T_table_obj), gripper, scene, config.collision))),
        ),
        StageRate(
            "grasp-samples of robust epsilon",
            rate(
                lambda: (
                    robust_quality(pairs.grasps, opening, mesh, com, quality, rng(1)).epsilon.size
                    * quality.samples
                )
            ),
            rate(
                lambda: len(robust_quality_singly(few, opening, mesh, com, quality, rng(1))) * quality.samples
            ),
        ),
        StageRate(
            "crops, rendering included",
            rate(batched_crops),
            rate(
                lambda: len(
                    crops_singly(renderer, on_table[slice(0, 10)], opening, T_table_cam, camera, CROP_32)
                )
            ),
        ),
    ]


def rate(work: Callable[[], int], seconds: float = 1.0) -> float:
    """Things per second of a function that returns how many it did, after one call to warm up."""
    work()
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        done += work()
    return done / (time.perf_counter() - start)
