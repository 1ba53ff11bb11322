# SPDX-License-Identifier: Apache-2.0
"""Objects that touch, told apart by geometry: steps in height and creases between surfaces.

A region of raised pixels is cut along steep steps and valleys; the pieces that remain grow back to the whole
region (watershed on the steepness), and small ones, and those that another surrounds, join their neighbour.
It cuts rather too much than too little: a part of an object is as good to grasp as the whole, and a grasp
across two objects is not.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.perception.config import InstanceConfig

Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
UInt8 = NDArray[np.uint8]


def split_touching(heights: Float32, labels: Int32, metres_per_pixel: float, config: InstanceConfig) -> Int32:
    """Int32[H, W]: the regions of ``labels`` cut into objects, 1 to N, largest first; 0 stays 0.

    Args:
        heights: Float32[H, W] above the table, without gaps [m]; see :func:`fill_holes`.
        labels: Int32[H, W], 0 = no object, 1 to N = connected regions.
        metres_per_pixel: at the objects.
    """
    if not labels.any():
        return labels
    box = _bounding_box(labels)
    region, here = labels[box] > 0, heights[box]
    smooth = np.asarray(cv2.GaussianBlur(here, (0, 0), 1.0), dtype=np.float32)
    steep = _steepness(smooth, metres_per_pixel)
    cut = (steep > config.step_slope) | (_valley(smooth) > config.valley)
    core = cv2.morphologyEx((region & ~cut).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(core, connectivity=4)
    least = config.min_area / metres_per_pixel**2
    large = stats[:, cv2.CC_STAT_AREA] >= least
    large[0] = False
    seeds = np.where(large[pieces], pieces, 0).astype(np.int32)
    grown = _grow(seeds, labels[box], region, steep)
    merged = _join_surrounded(grown, config)
    found = np.zeros_like(labels)
    found[box] = _by_size(merged)
    return found


def _steepness(heights: Float32, metres_per_pixel: float) -> Float32:
    """Float32[H, W]: slope of the surface, 1 at 45 degrees."""
    across = cv2.Sobel(heights, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    down = cv2.Sobel(heights, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    return np.asarray(cv2.magnitude(across, down) / np.float32(metres_per_pixel), dtype=np.float32)


def _valley(heights: Float32) -> Float32:
    """Float32[H, W]: how much lower a pixel lies than what is around it on both sides [m]."""
    closed = cv2.morphologyEx(heights, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    return np.asarray(closed - heights, dtype=np.float32)


def _grow(seeds: Int32, labels: Int32, region: Bool, steep: Float32) -> Int32:
    """Pieces grown to the whole region, flat ground first; a region without a piece is one piece."""
    markers = seeds.copy()
    count = int(markers.max())
    seeded = np.zeros(int(labels.max()) + 1, dtype=bool)
    seeded[np.unique(labels[markers > 0])] = True
    alone = (labels > 0) & ~seeded[labels]
    markers[alone] = labels[alone] + count
    # What lies outside is a basin of its own, or an object would flow round another one.
    outside = int(markers.max()) + 1
    markers[~region] = outside
    brightness = np.clip(steep * 40, 0, 255).astype(np.uint8)
    cv2.watershed(cv2.merge([brightness] * 3), markers)
    # Lines between the pieces, and steep rims that went to the outside, go to the nearest piece.
    kernel = np.ones((3, 3), np.uint8)
    grown = np.where(region & (markers < outside), np.maximum(markers, 0), 0).astype(np.float32)
    while (open_ := region & (grown == 0)).any():
        near = cv2.dilate(grown, kernel)
        if not (near[open_] > 0).any():
            break
        grown[open_] = near[open_]
    return grown.astype(np.int32)


def _join_surrounded(pieces: Int32, config: InstanceConfig) -> Int32:
    """Pieces most of whose outline borders on one other piece are part of it: a cap, the inside of a cup."""
    count = int(pieces.max()) + 1
    contacts = np.zeros((count, count))
    for one, other in (
        (pieces[:, :-1], pieces[:, 1:]),
        (pieces[:-1], pieces[1:]),
    ):
        different = one != other
        pair = one[different].astype(np.int64) * count + other[different]
        counted = np.bincount(pair, minlength=count * count).reshape(count, count)
        contacts += counted + counted.T
    outline = contacts.sum(axis=1)
    to = np.arange(count)
    for piece in range(1, count):
        if outline[piece] == 0:
            continue
        neighbour = 1 + int(np.argmax(contacts[piece, 1:]))
        if contacts[piece, neighbour] >= config.surrounded * outline[piece]:
            to[piece] = neighbour
    for _ in range(3):  # what is surrounded by what is surrounded
        to = to[to]
    to[0] = 0
    return to[pieces].astype(np.int32)


def _by_size(pieces: Int32) -> Int32:
    """The same pieces numbered 1 to N, largest first."""
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    order = np.argsort(-sizes, kind="stable")
    order = order[sizes[order] > 0]
    lookup = np.zeros(len(sizes), dtype=np.int32)
    lookup[order] = np.arange(1, len(order) + 1)
    return np.asarray(lookup[pieces], dtype=np.int32)


def _bounding_box(labels: Int32) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(labels.any(1)), np.flatnonzero(labels.any(0))
    return slice(max(0, rows[0] - 2), rows[-1] + 3), slice(max(0, columns[0] - 2), columns[-1] + 3)
