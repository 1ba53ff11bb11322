# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest

from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import MaskError, NoObjectError, RegionError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.perception.config import SegmentationConfig, WorkspaceConfig
from pinch_core.perception.region import RegionOfInterest
from pinch_core.perception.segmentation import check_segmask, label_segmask, segment_objects
from pinch_core.perception.table import Plane
from pinch_core.perception.workspace import pixels_in_workspace
from pinch_core.synthetic_scene import BoxSolid, Solid, camera_above, render_depth

CONFIG = SegmentationConfig()
T_TABLE_CAM = camera_above(0.75, math.radians(13))
TABLE = Plane.from_surface_pose(T_TABLE_CAM.inverse())
BIG = BoxSolid.standing(0.06, 0.06, 0.3, (0.10, 0.05, 0.04))
SMALL = BoxSolid.standing(-0.06, -0.06, 0.9, (0.05, 0.03, 0.02))
# A robot arm: reaches into the picture from outside.
ARM = BoxSolid.standing(0.30, -0.10, 0.0, (0.40, 0.08, 0.10))


def look(camera: CameraIntrinsics, *solids: Solid) -> tuple[DepthFrame, np.ndarray]:
    frame = render_depth(solids, T_TABLE_CAM, camera, np.random.default_rng(0), noise=0.001)
    return frame, TABLE.height_image(frame)


def label_at(labels: np.ndarray, camera: CameraIntrinsics, solid: BoxSolid) -> int:
    top = solid.T_table_solid @ [0.0, 0.0, solid.size[2] / 2]
    column, row = camera.project(T_TABLE_CAM.inverse() @ top).round().astype(int)
    return int(labels[row, column])


def test_objects_are_told_apart_and_counted_largest_first(small_camera: CameraIntrinsics) -> None:
    frame, heights = look(small_camera, SMALL, BIG)
    labels = segment_objects(frame, heights, CONFIG)
    assert labels.max() == 2
    assert label_at(labels, small_camera, BIG) == 1
    assert label_at(labels, small_camera, SMALL) == 2


def test_what_reaches_the_image_border_is_no_object(small_camera: CameraIntrinsics) -> None:
    frame, heights = look(small_camera, SMALL, ARM)
    labels = segment_objects(frame, heights, CONFIG)
    assert labels.max() == 1
    assert label_at(labels, small_camera, SMALL) == 1
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    assert not border.any()


def test_a_fragment_of_an_arm_is_no_object(small_camera: CameraIntrinsics) -> None:
    frame, heights = look(small_camera, SMALL, ARM)
    arm = heights > 0.08
    columns = np.flatnonzero(arm.any(0))
    # A shadow cuts the tip off the arm.
    gap = columns[0] + 12
    heights[:, gap : gap + 4] = np.nan
    labels = segment_objects(frame, heights, CONFIG)
    assert labels.max() == 1
    assert label_at(labels, small_camera, SMALL) == 1


def test_what_reaches_a_hole_at_the_border_is_no_object_and_a_thin_shadow_is_no_such_hole(
    small_camera: CameraIntrinsics,
) -> None:
    wall = BoxSolid.standing(0.0, 0.15, 0.0, (0.16, 0.02, 0.05))
    frame, _ = look(small_camera, SMALL, wall)
    depth = frame.depth.copy()
    rows = np.flatnonzero((TABLE.height_image(frame) > 0.04).any(1))
    beyond = slice(None, rows[0] + 1) if rows[0] < depth.shape[0] / 2 else slice(rows[-1], None)
    assert label_at(segment_objects(frame, TABLE.height_image(frame), CONFIG), small_camera, wall) > 0
    depth[beyond] = np.nan
    middle = depth.shape[1] // 2
    depth[: depth.shape[0] // 2, middle : middle + 3] = np.nan
    holed = DepthFrame.from_array(depth, frame.intrinsics)
    labels = segment_objects(holed, TABLE.height_image(holed), CONFIG)
    assert label_at(labels, small_camera, SMALL) > 0
    assert label_at(labels, small_camera, wall) == 0


def test_an_empty_table_says_what_was_seen_instead(small_camera: CameraIntrinsics) -> None:
    frame, heights = look(small_camera, ARM)
    with pytest.raises(NoObjectError, match=r"higher than 4 mm .*1 parts reach the image border"):
        segment_objects(frame, heights, CONFIG)


def test_noise_is_not_an_object(small_camera: CameraIntrinsics) -> None:
    frame = render_depth((), T_TABLE_CAM, small_camera, np.random.default_rng(0), noise=0.002)
    with pytest.raises(NoObjectError):
        segment_objects(frame, TABLE.height_image(frame), CONFIG)


def test_the_workspace_box_hides_objects_outside_it(small_camera: CameraIntrinsics) -> None:
    frame, heights = look(small_camera, SMALL, BIG)
    box = WorkspaceConfig(enabled=True, lower=(0.0, 0.0, -0.1), upper=(0.3, 0.3, 0.5))
    allowed = pixels_in_workspace(frame, box, T_TABLE_CAM, None)
    labels = segment_objects(frame, heights, CONFIG, allowed)
    assert label_at(labels, small_camera, BIG) == 1
    assert label_at(labels, small_camera, SMALL) == 0
    assert pixels_in_workspace(frame, WorkspaceConfig(), None, None) is None


def test_a_region_of_interest_hides_objects_outside_it(small_camera: CameraIntrinsics) -> None:
    frame, heights = look(small_camera, SMALL, BIG)
    both = segment_objects(frame, heights, CONFIG)
    rows, columns = np.nonzero(both == 2)
    region = RegionOfInterest(
        int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1
    )
    labels = segment_objects(frame, heights, CONFIG, region.mask(small_camera))
    assert np.array_equal(labels > 0, both == 2)


@pytest.mark.parametrize("region", [(-1, 0, 5, 5), (0, 0, 0, 5), (310, 0, 20, 5), (0, 236, 5, 5)])
def test_regions_outside_the_image_are_refused(
    small_camera: CameraIntrinsics, region: tuple[int, ...]
) -> None:
    with pytest.raises(RegionError, match=r"does not lie inside the 320 x 240 image"):
        RegionOfInterest(*region).mask(small_camera)


def test_a_given_mask_decides_what_is_an_object(small_camera: CameraIntrinsics) -> None:
    frame, _ = look(small_camera, SMALL, BIG)
    mask = np.zeros((240, 320), np.uint8)
    mask[100:110, 150:170] = 255  # bare table: the caller knows better
    labels = label_segmask(frame, check_segmask(mask, small_camera, "m.png"), CONFIG)
    assert np.array_equal(labels > 0, mask > 0)


def test_a_mask_without_any_return_is_refused(small_camera: CameraIntrinsics) -> None:
    depth = np.full((240, 320), 0.7)
    depth[:20, :20] = 0.0
    frame = DepthFrame.from_array(depth, small_camera)
    mask = np.zeros((240, 320), bool)
    mask[5:10, 5:10] = True
    with pytest.raises(NoObjectError, match=r"\(25 px\) covers no pixel"):
        label_segmask(frame, mask, CONFIG)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.ones((240, 300), np.uint8), "300 x 240 but the depth image is 320 x 240"),
        (np.ones((240, 320, 3), np.uint8), "240 x 320 x 3 but"),
        (np.ones((240, 320), np.float32), "dtype float32"),
        (np.zeros((240, 320), np.uint8), "marks no pixel"),
    ],
)
def test_unusable_masks_are_refused_with_their_value(
    small_camera: CameraIntrinsics, mask: np.ndarray, message: str
) -> None:
    with pytest.raises(MaskError, match=message) as raised:
        check_segmask(mask, small_camera, "mask.png")
    assert "mask.png" in str(raised.value)


def test_masks_of_bool_bytes_and_one_channel_mean_the_same(small_camera: CameraIntrinsics) -> None:
    mask = np.zeros((240, 320), bool)
    mask[3, 4] = True
    for form in (mask, mask.astype(np.uint8) * 255, mask[..., None].astype(np.uint8)):
        assert np.array_equal(check_segmask(form, small_camera, "m"), mask)
