# SPDX-License-Identifier: Apache-2.0
"""Random scenes on a table with ground truth: what a camera would see, and what truly stands there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pinch_core.depth_frame import DepthFrame
from pinch_core.depth_noise.noise_config import NoiseConfig
from pinch_core.geometry.transform import Transform
from pinch_core.gripper import Gripper
from pinch_core.perception.table import Plane
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.dataset.tables import Table
from pinch_datagen.load_object import load_object
from pinch_datagen.object_ref import ObjectRef, procedural_name
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.random_streams import RandomStreams
from pinch_datagen.rendering.ray_renderer import RayRenderer
from pinch_datagen.rendering.renderers import scene_surface
from pinch_datagen.scene.clutter import place_clutter
from pinch_datagen.scene.placed_object import PlacedObject
from pinch_datagen.scene.view_sampler import sample_camera, sample_placement
from pinch_datagen.stable_poses import stable_poses

IMAGE_SIZE = (640, 480)
# No dataset counts so far (procedural_count): a network never saw one of these objects.
FIRST_OBJECT = 10_000_000
# Of the jaws' opening 36 to 81 % are the middle extent of an object, whichever way it lies.
GRASPABLE_SCALE = (0.4, 0.9)
# Fingertips that stay clear of the table find nothing to hold on flatter things.
MIN_HEIGHT_M = 0.01
OBJECTS_IN_A_SCENE = 4


@dataclass(frozen=True, eq=False)
class JudgedScene:
    """What the camera sees, and the truth: ``objects`` in the table's frame, the table at z = 0."""

    number: int
    frame: DepthFrame
    objects: tuple[PlacedObject, ...]
    T_cam_table: Transform

    @property
    def table(self) -> Plane:
        """The true table in the optical frame."""
        normal = self.T_cam_table.rotation[:, 2]
        return Plane(normal, -float(normal @ self.T_cam_table.translation))


class RandomScenes:
    """Scenes of 1 to 4 procedural objects for a gripper; number and seed decide each, nothing else.

    Args:
        config: of it count the objects, the cameras and how neighbours stand; its seed decides all that is
            random.
        noise: of the camera; none as it comes.
        pool: different objects that the scenes are made of, each prepared when it is first needed.
    """

    def __init__(
        self,
        config: DatagenConfig,
        gripper: Gripper,
        noise: NoiseConfig | None = None,
        pool: int = 300,
    ) -> None:
        camera = replace(config.views.camera, width=IMAGE_SIZE[0], height=IMAGE_SIZE[1])
        clutter = replace(config.views.clutter, max_objects=OBJECTS_IN_A_SCENE - 1)
        self._views = replace(config.views, camera=camera, clutter=clutter)
        self._config = replace(config, object_scale=GRASPABLE_SCALE, views=self._views)
        self._gripper, self._pool = gripper, pool
        self._noise = (noise or NoiseConfig()).chain()
        self._prepared: dict[int, tuple[ObjectModel, Table]] = {}

    def scene(self, number: int) -> JudgedScene:
        """Scene number ``number``; the same at every call."""
        streams = RandomStreams(self._config.seed, "random scenes")
        objects = self._place(streams.of("objects", number))
        T_table_cam, intrinsics = sample_camera(self._views.camera, streams.of("camera", number))
        depth = RayRenderer(scene_surface(objects)).render(T_table_cam, intrinsics)
        depth[np.isinf(depth)] = np.nan
        depth = self._noise.apply(depth, intrinsics, streams.of("noise", number))
        frame = DepthFrame.from_array(depth, intrinsics, source=f"random scene {number}")
        return JudgedScene(number, frame, tuple(objects), T_table_cam.inverse())

    def _place(self, rng: np.random.Generator) -> list[PlacedObject]:
        """A first object anywhere on the table, as often in each pose as it comes to rest so, and neighbours
        round it."""
        chosen = rng.choice(self._pool, min(OBJECTS_IN_A_SCENE, self._pool), replace=False)
        (model, poses), *others = [self._object(int(index)) for index in chosen]
        chances = poses["probability"] / poses["probability"].sum()
        pose = rng.choice(len(poses), p=chances)
        T_table_placed = sample_placement(self._views.placement, rng)
        first = PlacedObject(model, T_table_placed @ Transform.from_matrix(poses["T_table_obj"][pose]))
        neighbours = [neighbour for neighbour, _ in others]
        resting = [table for _, table in others]
        return [first, *place_clutter(first, neighbours, resting, self._views.clutter, rng)]

    def _object(self, index: int) -> tuple[ObjectModel, Table]:
        """A prepared object and its stable poses that are high enough; drawn again where none is."""
        number = FIRST_OBJECT + index
        while index not in self._prepared:
            reference = ObjectRef(procedural_name(number), index=number)
            model = load_object(reference, self._config, self._gripper)
            poses = stable_poses(model, self._config.stable_poses)
            tall = np.array(
                [np.ptp(model.vertices @ up) >= MIN_HEIGHT_M for up in poses["T_table_obj"][:, 2, :3]]
            )
            if tall.any():
                self._prepared[index] = model, poses[tall]
            number += self._pool
        return self._prepared[index]
