# SPDX-License-Identifier: Apache-2.0
"""Segmentation of the objects on the table."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import MaskError, NoObjectError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.perception.config import SegmentationConfig
from pinch_core.perception.depth_edges import fill_holes
from pinch_core.perception.instances import split_touching

Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]


# Slim objects count by their height: this share of the least area is enough where they are this tall.
_SLIM, _TALL_M = 0.2, 0.012
# What hangs together is an arm where this share of it is cut off, or where that is this much higher.
_ARM_SHARE, _ARM_HIGHER_M = 0.4, 0.05
# And where fewer pieces than this are left.
_LEAST_HEAP = 3


def segment_objects(
    frame: DepthFrame,
    heights: Float32,
    config: SegmentationConfig,
    allowed: Bool | None = None,
    inside_bin: Bool | None = None,
) -> Int32:
    """Label the objects that stand on the table or lie in a bin.

    Objects that touch are told apart, see :func:`split_touching`. Anything cut off by the image border (robot
    arms, bin walls, partly visible objects) is ignored, with its fragments; of a heap that reaches the
    border, only the objects at the border. In a bin nothing is cut off: its walls are known, and what lies
    between them is no arm.

    Args:
        frame: undistorted.
        heights: Float32[H, W] above the table [m], NaN = no return.
        allowed: Bool[H, W], pixels of the workspace and region of interest; None = all.
        inside_bin: Bool[H, W], pixels between the walls of a bin; None = there is none.

    Returns:
        Int32[H, W], 0 = none, 1..N = objects, largest first.

    Raises:
        NoObjectError: no object is left; the message says what was seen and dropped.
    """
    with np.errstate(invalid="ignore"):
        raised = (heights > config.min_height) & (heights < config.max_height)
    if inside_bin is not None:
        raised &= inside_bin
    # A 3 x 3 opening takes single-pixel speckle and the thin bridges of flying pixels between objects.
    opened = cv2.morphologyEx(raised.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, connected = cv2.connectedComponents(opened, connectivity=4)
    regions = np.asarray(connected, dtype=np.int32)
    components = split_touching(
        fill_holes(heights), regions, _metres_per_pixel(frame, regions), config.instances
    )
    count = int(components.max()) + 1
    labels: NDArray[Any] = components if allowed is None else np.where(allowed, components, 0)
    if inside_bin is None:
        cut = _cut_objects(frame, heights, regions, components, config)
    else:
        cut = np.arange(count) == 0
    areas = _visible_areas(frame, labels, count)
    large = _counts_as_object(areas, heights, labels, config)
    keep = np.flatnonzero(large & ~cut)
    if not len(keep):
        n_cut, n_small = int((cut[1:] & large[1:]).sum()), int((~large[1:] & (areas[1:] > 0)).sum())
        raise NoObjectError(_why_no_object(frame, heights, config, allowed, inside_bin, n_cut, n_small))
    lookup = np.zeros(count, dtype=np.int32)
    lookup[keep[np.argsort(-areas[keep], kind="stable")]] = np.arange(1, len(keep) + 1)
    return np.asarray(lookup[labels], dtype=np.int32)


def _counts_as_object(
    areas: NDArray[np.float64], heights: Float32, labels: NDArray[Any], config: SegmentationConfig
) -> Bool:
    """Bool[count]: which labels are large enough: by their area or, where they are slim and tall, by their
    height as well.
    """
    large = areas >= max(config.min_area, 1e-12)
    for label in np.flatnonzero(~large & (areas >= _SLIM * config.min_area) & (areas > 0)):
        height = float(np.nanmedian(heights[labels == label]))
        large[label] = areas[label] * height >= config.min_area * _TALL_M
    large[0] = False
    return np.asarray(large)


def _metres_per_pixel(frame: DepthFrame, regions: Int32) -> float:
    """At the objects."""
    at = frame.depth[(regions > 0) & frame.valid]
    return float(np.median(at)) / frame.intrinsics.fx if at.size else 1.0


def _cut_objects(
    frame: DepthFrame, heights: Float32, regions: Int32, objects: Int32, config: SegmentationConfig
) -> Bool:
    """Bool[count]: background, objects cut off by the image border, and what belongs to them.

    A robot arm or a wall comes apart into pieces like a heap does. It has few of them, is mostly cut off, or
    higher there than anywhere else: then all that hangs together is cut.
    """
    count = int(objects.max()) + 1
    cut = _parts_cut_off(frame, objects, count, config)
    n_regions = int(regions.max()) + 1
    region_of = np.zeros(count, dtype=np.intp)
    region_of[objects.ravel()] = regions.ravel()
    areas = _visible_areas(frame, objects, count)
    top = np.zeros(count)
    at = np.flatnonzero(objects)
    np.maximum.at(top, objects.ravel()[at], np.nan_to_num(heights.ravel()[at]))
    whole = np.bincount(region_of, weights=areas, minlength=n_regions)
    part = np.bincount(region_of, weights=np.where(cut, areas, 0.0), minlength=n_regions)
    top_cut, top_rest = np.zeros(n_regions), np.zeros(n_regions)
    np.maximum.at(top_cut, region_of[cut], top[cut])
    np.maximum.at(top_rest, region_of[~cut], top[~cut])
    rest = np.bincount(region_of, weights=~cut, minlength=n_regions)
    few = rest < _LEAST_HEAP
    reaches_border = _parts_cut_off(frame, regions, n_regions, config)
    arm = reaches_border & (few | (part >= _ARM_SHARE * whole) | (top_cut > top_rest + _ARM_HIGHER_M))
    return np.asarray(cut | (arm[region_of] & (np.arange(count) > 0)) | (np.arange(count) == 0))


def _why_no_object(
    frame: DepthFrame,
    heights: Float32,
    config: SegmentationConfig,
    allowed: Bool | None,
    inside_bin: Bool | None,
    n_cut: int,
    n_small: int,
) -> str:
    """What was seen and dropped, and only remedies for that."""
    where = "" if allowed is None else " inside the workspace and region of interest"
    looked_at = np.isfinite(heights) if allowed is None else np.isfinite(heights) & allowed
    seen = heights[looked_at if inside_bin is None else looked_at & inside_bin]
    if inside_bin is not None:
        return _why_empty_bin(frame, seen, config, where, n_small)
    highest = float(np.percentile(seen, 99.9)) if seen.size else 0.0
    looked = (
        f"{frame.source} shows nothing on the table{where} that is higher than "
        f"{config.min_height * 1e3:g} mm and larger than {config.min_area * 1e4:g} cm^2 ({n_cut} parts reach "
        f"the image border, {n_small} are too small, the highest points are {highest * 1e3:.0f} mm above the "
        "table)"
    )
    pits = _pits(frame, heights, config)
    if pits:
        return f"{looked}; {pits}"
    if highest >= config.max_height:
        return (
            f"{looked}; what is above segmentation.max_height ({config.max_height * 1e3:g} mm) is no object: "
            "raise it, or check that the plane found is the table and the unit of depth is right."
        )
    remedies = ["put an object in full view"]
    if n_small:
        remedies.append("lower segmentation.min_area")
    if not n_cut and not n_small:
        remedies.append(
            "lower segmentation.min_height if the object is as flat as that"
            if highest > config.min_height / 2
            else "check that the camera looks at it"
        )
    if allowed is not None:
        remedies.append("enlarge the workspace or region of interest")
    return f"{looked}; {', or '.join([*remedies, 'give a segmask'])}."


def _why_empty_bin(
    frame: DepthFrame, heights: Float32, config: SegmentationConfig, where: str, n_small: int
) -> str:
    highest = float(np.percentile(heights, 99.9)) if heights.size else 0.0
    return (
        f"{frame.source} shows nothing on the bin's floor{where} that is higher than "
        f"{config.min_height * 1e3:g} mm and larger than {config.min_area * 1e4:g} cm^2 ({n_small} parts are "
        f"too small, the highest points are {highest * 1e3:.0f} mm above the floor); the bin is empty, or "
        "lower segmentation.min_height or min_area if it is not."
    )


def _pits(frame: DepthFrame, heights: Float32, config: SegmentationConfig) -> str:
    """The end of a sentence if objects lie behind the table where they should stand on it; else empty."""
    with np.errstate(invalid="ignore"):
        behind = (heights < -config.min_height).astype(np.uint8)
    opened = cv2.morphologyEx(behind, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, parts = cv2.connectedComponents(opened, connectivity=4)
    areas = _visible_areas(frame, parts, count)
    areas[_parts_cut_off(frame, np.asarray(parts), count, config)] = 0.0
    if not (areas > config.min_area).any():
        return ""
    deepest = -float(np.nanmin(heights[np.isin(parts, np.flatnonzero(areas > config.min_area))]))
    return (
        f"{areas.sum() * 1e4:.1f} cm^2 lie up to {deepest * 1e3:.0f} mm behind the table instead, which is "
        "what objects look like in inverse depth or disparity: convert it (depth = fx * baseline / "
        "disparity), or, if these are holes in the table, put an object on it."
    )


def _parts_cut_off(frame: DepthFrame, components: Int32, count: int, config: SegmentationConfig) -> Bool:
    """Bool[count]: background, parts cut off by the image border, and their fragments."""
    beyond = _beyond_view(frame, config)
    cut = np.zeros(count, dtype=bool)
    cut[np.unique(components[beyond])] = True
    cut[0] = False
    # Holes split an arm or a wall into fragments that no longer touch the border themselves: small parts
    # close to a much larger one that is cut off.
    areas = _visible_areas(frame, components, count)
    near = cv2.dilate(np.where(cut, areas, 0.0)[components].astype(np.float32), _square(config.fragment_gap))
    at = np.flatnonzero((near > 0) & (components > 0))
    largest_near = np.zeros(count, dtype=np.float32)
    np.maximum.at(largest_near, components.ravel()[at], near.ravel()[at])
    cut |= areas < config.fragment_share * largest_near
    cut[0] = True
    return cut


def _beyond_view(frame: DepthFrame, config: SegmentationConfig) -> Bool:
    """Bool[H, W]: the border, and the areas without return that reach it: what is there is unknown."""
    holes = (~frame.valid).astype(np.uint8)
    # The opening cuts the thin shadows by which a hole at the border would reach objects in the middle.
    holes = cv2.morphologyEx(holes, cv2.MORPH_OPEN, _square(config.fragment_gap)).astype(np.uint8)
    b = max(config.border, 1)
    holes[:b] = holes[-b:] = 1
    holes[:, :b] = holes[:, -b:] = 1
    _, areas = cv2.connectedComponents(holes, connectivity=4)
    return np.asarray(cv2.dilate((areas == areas[0, 0]).astype(np.uint8), _square(3)) > 0)


def _square(size: int) -> NDArray[np.uint8]:
    return np.ones((size, size), np.uint8)


def label_segmask(
    frame: DepthFrame, segmask: Bool, config: SegmentationConfig, allowed: Bool | None = None
) -> Int32:
    """Label the parts of a given mask, largest first; see :func:`segment_objects` for the arguments.

    Raises:
        NoObjectError: the mask covers no pixel with a return inside the workspace.
    """
    mask = segmask & frame.valid if allowed is None else segmask & frame.valid & allowed
    if not mask.any():
        raise NoObjectError(
            f"the segmask ({int(segmask.sum())} px) covers no pixel of {frame.source} with a return inside "
            "the workspace and region of interest; give the mask of an object that is seen."
        )
    count, components = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    labels: NDArray[Any] = np.asarray(components)
    areas = _visible_areas(frame, labels, count)
    keep = np.flatnonzero(areas >= config.min_area)
    if not len(keep):  # the caller says that this is an object, at any size
        keep = np.arange(1, count)
    lookup = np.zeros(count, dtype=np.int32)
    lookup[keep[np.argsort(-areas[keep], kind="stable")]] = np.arange(1, len(keep) + 1)
    return np.asarray(lookup[labels], dtype=np.int32)


def check_segmask(segmask: NDArray[np.generic], intrinsics: CameraIntrinsics, source: str) -> Bool:
    """Take a mask: (H, W) or (H, W, 1), bool or unsigned 8-bit with non-zero = object.

    Raises:
        MaskError: another size or dtype than the depth image needs, or nothing is marked.
    """
    mask = segmask[..., 0] if segmask.ndim == 3 and segmask.shape[2] == 1 else segmask
    if mask.dtype not in (np.dtype(bool), np.dtype(np.uint8)):
        raise MaskError(
            f"{source} has dtype {mask.dtype}; give a mask of bool or 8-bit pixels, non-zero = object."
        )
    if mask.ndim != 2 or mask.shape != (intrinsics.height, intrinsics.width):
        shape = " x ".join(str(n) for n in (mask.shape[1::-1] if mask.ndim == 2 else mask.shape))
        raise MaskError(
            f"{source} is {shape} but the depth image is {intrinsics.width} x {intrinsics.height}; give a "
            "one-channel mask of the depth image's size."
        )
    if not mask.any():
        raise MaskError(
            f"{source} marks no pixel; mark the object with non-zero pixels or leave the mask out."
        )
    return np.asarray(mask != 0)


def _visible_areas(frame: DepthFrame, labels: NDArray[Any], count: int) -> NDArray[np.float64]:
    """Area [m^2] that each label covers in the image plane; 0 for the background."""
    k = frame.intrinsics
    at = np.flatnonzero(labels)
    pixel_area = frame.depth.ravel()[at].astype(np.float64) ** 2 / (k.fx * k.fy)
    areas = np.bincount(labels.ravel()[at], weights=np.nan_to_num(pixel_area), minlength=count)
    return areas.astype(np.float64)
