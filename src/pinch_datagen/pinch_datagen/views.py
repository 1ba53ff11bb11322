# SPDX-License-Identifier: Apache-2.0
"""Depth images of a stable pose and the crops of its grasps; only what the crops need is rendered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_noise.chain import DepthNoise
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.perception.crop import CropShape, crop_depth, relative_crops
from pinch_datagen.datagen_config import ViewConfig
from pinch_datagen.dataset.tables import EXAMPLES, VIEWS, Table
from pinch_datagen.grasp_type import Proposal, SeenGrasps
from pinch_datagen.rendering.depth_renderer import DepthRenderer
from pinch_datagen.scene.view_sampler import sample_camera, sample_placement

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

# Room for interpolation and for the mean over neighbours.
ROI_MARGIN_PX = 3


@dataclass(frozen=True, eq=False)
class PoseViews:
    """Rows of VIEWS and EXAMPLES (view and grasp numbers count within the pose), and crops per size."""

    views: Table
    examples: Table
    crops: dict[int, Float32]


def look_at_pose(
    renderer: DepthRenderer,
    proposal: Proposal,
    labels: Bool,
    center_of_mass: Float64,
    pose: int,
    T_table_obj: Transform,
    config: ViewConfig,
    shapes: tuple[CropShape, ...],
    rng: np.random.Generator,
) -> PoseViews:
    """``config.per_pose`` random views of the scene and, from each, a crop of every grasp in the image.

    Args:
        proposal: in the table's frame, as the renderer's surface and ``center_of_mass``.
    """
    noise = config.noise.chain()
    views = np.zeros(config.per_pose, dtype=VIEWS)
    examples = np.zeros((config.per_pose, len(labels)), dtype=EXAMPLES)
    crops = {
        shape.size: np.zeros((config.per_pose, len(labels), shape.size, shape.size), np.float32)
        for shape in shapes
    }
    inside = np.zeros((config.per_pose, len(labels)), dtype=np.bool_)
    for number in range(config.per_pose):
        T_table_cam, intrinsics = sample_camera(config.camera, rng)
        T_placed_pose = sample_placement(config.placement, rng)
        # The object stays where the renderer has it; the camera moves the other way.
        T_pose_cam = T_placed_pose.inverse() @ T_table_cam
        T_cam_pose = T_pose_cam.inverse()
        seen = proposal.seen(T_cam_pose, intrinsics)
        inside[number] = ((seen.pixels >= 0) & (seen.pixels <= np.array(intrinsics.size) - 1)).all(1)
        views[number] = _view_row(pose, T_placed_pose @ T_table_obj, T_table_cam, intrinsics)
        object_pixel = intrinsics.project(T_cam_pose @ center_of_mass)
        _fill_examples(examples[number], number, seen, object_pixel, labels)
        if inside[number].any():
            column, row, roi = _region(seen.pixels[inside[number]], shapes, intrinsics)
            depth = _depth_image(renderer, T_pose_cam, roi, noise, rng)
            for shape in shapes:
                cut = crop_depth(depth, seen.pixels - (column, row), seen.angle, shape)
                crops[shape.size][number] = relative_crops(cut, seen.depth)
    return PoseViews(views, examples[inside], {size: crop[inside] for size, crop in crops.items()})


def _depth_image(
    renderer: DepthRenderer,
    T_table_cam: Transform,
    intrinsics: CameraIntrinsics,
    noise: DepthNoise,
    rng: np.random.Generator,
) -> Float32:
    depth = renderer.render(T_table_cam, intrinsics)
    depth[np.isinf(depth)] = np.nan
    return noise.apply(depth, intrinsics, rng)


def _region(
    pixels: Float64, shapes: tuple[CropShape, ...], intrinsics: CameraIntrinsics
) -> tuple[int, int, CameraIntrinsics]:
    """Column, row and intrinsics of the part of the image that the crops round ``pixels`` cover."""
    reach = max(shape.size * shape.spacing for shape in shapes) / np.sqrt(2) + ROI_MARGIN_PX
    low = np.clip(np.floor(pixels.min(0) - reach), 0, None).astype(int)
    high = np.minimum(np.ceil(pixels.max(0) + reach) + 1, intrinsics.size).astype(int)
    column, row = int(low[0]), int(low[1])
    return column, row, intrinsics.cropped(column, row, int(high[0]) - column, int(high[1]) - row)


def _view_row(
    pose: int, T_table_obj: Transform, T_table_cam: Transform, intrinsics: CameraIntrinsics
) -> tuple[object, ...]:
    k = intrinsics
    return (pose, T_table_obj.matrix, T_table_cam.matrix, k.fx, k.fy, k.cx, k.cy, k.width, k.height)


def _fill_examples(rows: Table, view: int, seen: SeenGrasps, object_pixel: Float64, labels: Bool) -> None:
    rows["view"], rows["grasp"] = view, np.arange(len(rows))
    rows["depth"], rows["angle"], rows["width_px"] = seen.depth, seen.angle, seen.width_px
    rows["column"], rows["row"] = seen.pixels.T
    rows["object_column"], rows["object_row"] = object_pixel
    rows["label"] = labels
