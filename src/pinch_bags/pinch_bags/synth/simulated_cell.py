# SPDX-License-Identifier: Apache-2.0
"""Simulated scenes before cameras that stand still: what truly is there, and what each camera measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pinch_bags.ground_truth import instance_mask
from pinch_core.config import load_yaml
from pinch_core.depth_frame import DepthFrame
from pinch_core.depth_noise.noise_config import NoiseConfig
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.gripper import Gripper
from pinch_core.resources import find_config
from pinch_datagen.benchmark.random_scenes import IMAGE_SIZE, JudgedScene, RandomScenes
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.random_streams import RandomStreams
from pinch_datagen.rendering.ray_renderer import RayRenderer
from pinch_datagen.rendering.renderers import scene_surface
from pinch_datagen.scene.placed_object import PlacedObject
from pinch_datagen.scene.view_sampler import sample_camera

Float32 = NDArray[np.float32]
UInt8 = NDArray[np.uint8]

# A surface this much above the table is an object's [m].
_TABLE_TOLERANCE_M = 1e-4


@dataclass(frozen=True)
class FixedCamera:
    """``frame_id``: its optical frame."""

    frame_id: str
    T_table_cam: Transform
    intrinsics: CameraIntrinsics


@dataclass(frozen=True, eq=False)
class View:
    """A scene as a camera without noise sees it: ``depth`` Float32[H, W] [m], ``mask`` as in ground_truth."""

    camera: FixedCamera
    depth: Float32
    mask: UInt8


class SimulatedCell:
    """Scenes of a few objects that no network was trained on; seed and number decide all that is random."""

    def __init__(
        self, gripper: Gripper, frame_ids: Sequence[str], seed: int, noise: NoiseConfig, pool: int
    ) -> None:
        config = load_yaml(DatagenConfig, Path(find_config("datagen", "pinch")))
        self.config = replace(config, seed=seed)
        self._streams = RandomStreams(seed, "simulated cell")
        self._noise = noise.chain()
        self._scenes = RandomScenes(self.config, gripper, pool=pool)
        camera = replace(config.views.camera, width=IMAGE_SIZE[0], height=IMAGE_SIZE[1])
        self.cameras = [
            FixedCamera(frame_id, *sample_camera(camera, self._streams.of("camera", number)))
            for number, frame_id in enumerate(frame_ids)
        ]

    def objects(self, scene: int) -> tuple[PlacedObject, ...]:
        """What stands on the table."""
        return self._scenes.scene(scene).objects

    def view(self, objects: Sequence[PlacedObject], camera: FixedCamera) -> View:
        """The scene from a camera, without noise."""
        depth = _render(objects, camera)
        points = DepthFrame.from_array(depth, camera.intrinsics).points().astype(np.float64)
        with np.errstate(invalid="ignore"):
            above = (camera.T_table_cam @ points)[..., 2] > _TABLE_TOLERANCE_M
        alone = [_render([item], camera) for item in objects]
        return View(camera, depth, instance_mask(depth, alone, np.asarray(above)))

    def measured(self, view: View, number: int, stamp_ns: int) -> DepthFrame:
        """Frame ``number`` of the recording as the sensor measures it."""
        rng = self._streams.of(f"noise of {view.camera.frame_id}", number)
        depth = self._noise.apply(view.depth, view.camera.intrinsics, rng)
        return DepthFrame.from_array(
            depth,
            view.camera.intrinsics,
            frame_id=view.camera.frame_id,
            stamp_ns=stamp_ns,
            source=f"simulated frame {number}",
        )

    def judged(self, objects: Sequence[PlacedObject], frame: DepthFrame, camera: FixedCamera) -> JudgedScene:
        """What a judge of grasps needs to know."""
        return JudgedScene(0, frame, tuple(objects), camera.T_table_cam.inverse())


def _render(objects: Sequence[PlacedObject], camera: FixedCamera) -> Float32:
    depth = RayRenderer(scene_surface(list(objects))).render(camera.T_table_cam, camera.intrinsics)
    depth[np.isinf(depth)] = np.nan
    return depth
