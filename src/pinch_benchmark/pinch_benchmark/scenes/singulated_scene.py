# SPDX-License-Identifier: Apache-2.0
"""One object alone on the table: where it came to rest, what it is made of, what the camera sees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.benchmark_config import GraspBenchmarkConfig
from pinch_benchmark.errors import UnusableObjectError
from pinch_benchmark.physics.settling import settle
from pinch_benchmark.physics.world import Matter, World, build_world
from pinch_core.depth_frame import DepthFrame, Float32
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.planning.plan import SceneHints
from pinch_datagen.load_object import load_object
from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.physics.convex_parts import ConvexPart, convex_parts
from pinch_datagen.random_streams import RandomStreams
from pinch_datagen.rendering.ray_renderer import RayRenderer
from pinch_datagen.rendering.renderers import scene_surface
from pinch_datagen.scene.friction import sample_friction
from pinch_datagen.scene.placed_object import PlacedObject
from pinch_datagen.scene.view_sampler import sample_camera, sample_placement
from pinch_datagen.stable_poses import stable_poses

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]

# Poses tried until one comes to rest.
ATTEMPTS = 5
# A surface this much nearer than the table is the object's [m].
TABLE_TOLERANCE_M = 1e-4


@dataclass(frozen=True, eq=False)
class SingulatedScene:
    """The truth, and what a planner gets of it: ``frame`` and ``mask``.

    ``mask``: Bool[H, W], where the object is seen. ``T_tcp_real``: where the TCP really goes, seen from
    where it is sent. ``world`` is compiled with ``matter`` and the convex ``parts`` of ``model``.
    """

    number: int
    model: ObjectModel
    parts: list[ConvexPart]
    world: World
    matter: Matter
    T_table_obj: Transform
    T_table_cam: Transform
    frame: DepthFrame
    mask: Bool
    T_tcp_real: Transform

    @property
    def placed(self) -> PlacedObject:
        return PlacedObject(self.model, self.T_table_obj)

    @property
    def hints(self) -> SceneHints:
        """The mask, as planners get it."""
        return SceneHints(self.mask)

    @property
    def gripper(self) -> ParallelJawGripper:
        return self.world.gripper

    @property
    def objects(self) -> tuple[PlacedObject, ...]:
        """The object alone."""
        return (self.placed,)

    @property
    def obstacles(self) -> tuple[PlacedObject, ...]:
        return ()


def make_scene(
    ref: ObjectRef,
    number: int,
    generated: bool,
    gripper: ParallelJawGripper,
    config: GraspBenchmarkConfig,
    seed: int,
    cache: Path,
) -> SingulatedScene:
    """Scene ``number`` with that object; seed, number and object decide all that is random in it.

    Raises:
        BadMeshError: its mesh cannot be made into an object.
        UnusableObjectError: it has no pose that is high enough, or comes to rest in none.
    """
    streams = RandomStreams(seed, f"{ref.name} {number}")
    model = load_object(ref, config.datagen(seed, generated), gripper)
    rng = streams.of("matter")
    friction = float(sample_friction(config.errors.friction, 1, rng)[0])
    density = float(np.exp(rng.uniform(*np.log(config.objects.density))))
    mass = float(np.clip(density * float(model.mesh.volume), *config.objects.mass))
    model = replace(model, mass=mass)
    matter = Matter(friction, mass)
    parts = convex_parts(model, config.decomposition, cache)
    world = build_world(gripper, model, parts, matter, config.gripper_physics)
    T_table_obj = _come_to_rest(world, model, config, streams.of("pose"))
    T_table_cam, intrinsics = sample_camera(config.camera, streams.of("camera"))
    frame, mask = _look(
        PlacedObject(model, T_table_obj), T_table_cam, intrinsics, config, streams.of("noise")
    )
    return SingulatedScene(
        number,
        model,
        parts,
        world,
        matter,
        T_table_obj,
        T_table_cam,
        frame,
        mask,
        _pose_error(config, streams.of("gripper")),
    )


def _come_to_rest(
    world: World, model: ObjectModel, config: GraspBenchmarkConfig, rng: np.random.Generator
) -> Transform:
    """A random stable pose, each as likely as another (P IV), settled in physics."""
    poses = stable_poses(model, config.objects.stable_poses)
    heights = np.array([np.ptp(model.vertices @ up) for up in poses["T_table_obj"][:, 2, :3]])
    high = np.flatnonzero(heights >= config.objects.min_height)
    if not len(high):
        raise UnusableObjectError(
            f"{model.source} is nowhere higher than {heights.max() * 1e3:.1f} mm, below objects.min_height = "
            f"{config.objects.min_height * 1e3:g} mm; it is left out."
        )
    for _ in range(ATTEMPTS):
        pose = Transform.from_matrix(poses["T_table_obj"][rng.choice(high)])
        resting = settle(world, sample_placement(config.placement, rng) @ pose)
        if resting is not None and np.ptp((resting @ model.vertices)[:, 2]) >= config.objects.min_height:
            return resting
    raise UnusableObjectError(
        f"{model.source} came to rest on the table in none of {ATTEMPTS} poses; it is left out."
    )


def _look(
    placed: PlacedObject,
    T_table_cam: Transform,
    intrinsics: CameraIntrinsics,
    config: GraspBenchmarkConfig,
    rng: np.random.Generator,
) -> tuple[DepthFrame, Bool]:
    depth, mask = true_view(placed, T_table_cam, intrinsics)
    noisy = config.noise.chain().apply(depth, intrinsics, rng)
    return DepthFrame.from_array(noisy, intrinsics, source="benchmark scene"), mask


def true_view(
    placed: PlacedObject, T_table_cam: Transform, intrinsics: CameraIntrinsics
) -> tuple[Float32, Bool]:
    """Float32[H, W], depth [m] without noise, NaN beyond the table; Bool[H, W], where the object is seen."""
    depth = RayRenderer(scene_surface([placed])).render(T_table_cam, intrinsics)
    depth[np.isinf(depth)] = np.nan
    columns, rows = np.meshgrid(np.arange(intrinsics.width), np.arange(intrinsics.height))
    pixels = np.stack([columns, rows], axis=-1).astype(np.float64)
    points = T_table_cam @ (intrinsics.rays(pixels) * depth[..., None])
    with np.errstate(invalid="ignore"):
        mask = points[..., 2] > TABLE_TOLERANCE_M
    return depth, np.asarray(mask)


def _pose_error(config: GraspBenchmarkConfig, rng: np.random.Generator) -> Transform:
    error = config.errors.gripper
    return Transform.from_rpy(rng.normal(0.0, error.rotation, 3), rng.normal(0.0, error.translation, 3))
