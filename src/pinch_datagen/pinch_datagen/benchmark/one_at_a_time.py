# SPDX-License-Identifier: Apache-2.0
"""The stages of generation as they are usually written down, one grasp after the other."""

from __future__ import annotations

import cv2
import numpy as np
import trimesh

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.perception.crop import CropShape
from pinch_datagen.metrics.convex_hull import hull_epsilon, hull_wrench_resistance
from pinch_datagen.metrics.soft_finger import ContactPairs, contact_wrenches
from pinch_datagen.objects.object_model import Float64, ObjectModel
from pinch_datagen.parallel_jaw.antipodal_sampler import AntipodalConfig
from pinch_datagen.parallel_jaw.gripper_collision import CollisionConfig, collides
from pinch_datagen.parallel_jaw.jaw_contacts import close_jaws
from pinch_datagen.parallel_jaw.parallel_jaw_grasps import ParallelJawGrasps
from pinch_datagen.parallel_jaw.proposal import seen_grasps
from pinch_datagen.parallel_jaw.robust_quality import QualityConfig, perturbed_grasps
from pinch_datagen.ray_mesh import RayMesh
from pinch_datagen.rendering.ray_renderer import RayRenderer
from pinch_datagen.scene.friction import sample_friction
from pinch_datagen.scene.placed_object import PlacedObject


def sample_antipodal_singly(
    model: ObjectModel,
    up: Float64,
    count: int,
    opening: float,
    config: AntipodalConfig,
    rng: np.random.Generator,
) -> int:
    """Sample one surface point after the other until ``count`` have a partner; how many were found."""
    mesh, cosine, found = model.mesh, 1.0 / np.hypot(1.0, config.friction), 0
    for _ in range(count * config.draws * config.rounds):
        points, faces = trimesh.sample.sample_surface(mesh, 1, seed=rng)
        inward = -model.rays.face_normals[faces[0]]
        axis = np.cross(up, rng.normal(size=3))
        axis /= np.linalg.norm(axis)
        if axis @ inward < cosine:
            continue
        where, _, hit = mesh.ray.intersects_location(points + 1e-6 * axis, axis[None], multiple_hits=True)
        for point, face in zip(where, hit, strict=True):
            if (
                model.rays.face_normals[face] @ axis >= cosine
                and np.linalg.norm(point - points[0]) <= opening
            ):
                found += 1
                break
        if found == count:
            break
    return found


def collides_singly(
    grasps: ParallelJawGrasps, gripper: ParallelJawGripper, scene: list[PlacedObject], config: CollisionConfig
) -> list[bool]:
    """Set the scene up for every grasp anew."""
    return [
        bool(collides(grasps[slice(row, row + 1)], gripper, scene, config)[0]) for row in range(len(grasps))
    ]


def robust_quality_singly(
    grasps: ParallelJawGrasps,
    opening: float,
    mesh: RayMesh,
    center_of_mass: Float64,
    config: QualityConfig,
    rng: np.random.Generator,
) -> list[float]:
    """Robust epsilon by a convex hull per sample; the same samples as :func:`robust_quality`."""
    perturbed = perturbed_grasps(grasps, center_of_mass, config, rng)
    friction = sample_friction(config.friction, len(perturbed), rng)
    epsilons = []
    for row in range(len(perturbed)):
        one = slice(row, row + 1)
        contacts = close_jaws(perturbed[one], opening, mesh)
        epsilon = 0.0
        if contacts.exist[0]:
            pair = ContactPairs(
                contacts.points - center_of_mass, contacts.normals, friction[one], perturbed.approach[one]
            )
            wrenches = contact_wrenches(pair, config.contact)[0]
            epsilon = hull_epsilon(wrenches)
            hull_wrench_resistance(wrenches, np.concatenate([-perturbed.approach[row], np.zeros(3)]))
        epsilons.append(epsilon)
    return [float(mean) for mean in np.reshape(epsilons, (len(grasps), -1)).mean(1)]


def crops_singly(
    renderer: RayRenderer,
    grasps: ParallelJawGrasps,
    opening: float,
    T_table_cam: Transform,
    intrinsics: CameraIntrinsics,
    shape: CropShape,
) -> list[np.ndarray]:
    """Render the whole image for every grasp, and cut the crop out of it."""
    crops = []
    seen = seen_grasps(grasps, opening, T_table_cam.inverse(), intrinsics)
    side = shape.size * shape.spacing
    for pixel, depth, angle in zip(seen.pixels, seen.depth, seen.angle, strict=True):
        image = renderer.render(T_table_cam, intrinsics)
        cosine, sine = np.cos(angle), np.sin(angle)
        turn = np.array([[cosine, -sine], [sine, cosine]])
        to_image = np.column_stack([turn, pixel - turn @ np.full(2, side // 2)])
        crop = cv2.warpAffine(image, to_image, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        if shape.spacing > 1:
            crop = cv2.resize(crop, (shape.size, shape.size), interpolation=cv2.INTER_AREA)
        crops.append(crop - np.float32(depth))
    return crops
