# SPDX-License-Identifier: Apache-2.0
"""Contacts: edge pixels of the objects as points of the table plane with surface normals."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.transform import Transform
from pinch_core.perception.config import EdgeConfig
from pinch_core.perception.depth_edges import fill_holes, find_edges
from pinch_core.perception.table import Plane

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Contacts:
    """``position``: Float64[E, 2] table x, y [m]; ``inward``: Float64[E, 2] unit normals into the object;
    ``height``: Float64[E] of the surface at the edge [m]; ``label``: Int32[E] of the object.
    """

    position: Float64
    inward: Float64
    height: Float64
    label: Int32

    def __len__(self) -> int:
        return len(self.label)


def find_contacts(
    frame: DepthFrame, table: Plane, heights: Float32, labels: Int32, config: EdgeConfig
) -> Contacts:
    """Edges of the labelled objects, measured along the table so that camera tilt does not bend them.

    Args:
        frame: undistorted.
        heights: Float32[H, W] [m]; gaps (NaN) are filled, see :func:`fill_holes`.
        labels: Int32[H, W], 0 = no object.
    """
    box = _bounding_box(labels, margin=16)  # enough for shadows to reach the table
    labels, filled = labels[box], fill_holes(heights[box])
    # The steepest pixel lies between object and table, so an edge may be just outside the object's pixels.
    grown = cv2.dilate(labels.astype(np.float32), np.ones((5, 5), np.uint8)).astype(np.int32)
    edges = find_edges(filled, grown > 0, config)
    columns, rows = edges.columns + box[1].start, edges.rows + box[0].start
    # At an edge a pad meets the surface on its upper side, two pixels uphill and more.
    tops = cv2.dilate(filled, np.ones((5, 5), np.uint8))[edges.rows, edges.columns].astype(np.float64)
    k = frame.intrinsics
    rays = k.rays(np.stack([columns, rows], -1))
    slope = rays @ table.normal
    points = rays * ((tops - table.offset) / slope)[:, None]
    # The image of the rim gives its direction on the table; the normal is perpendicular to it.
    along_image = np.stack([-edges.uphill[:, 1] / k.fx, edges.uphill[:, 0] / k.fy, np.zeros(len(rows))], -1)
    rim = along_image - rays * ((along_image @ table.normal) / slope)[:, None]
    normals: Float64 = np.asarray(np.cross(table.normal, rim), dtype=np.float64)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    in_image = _image_direction(normals, rays, k.fx, k.fy)
    normals *= np.where((in_image * edges.uphill).sum(1) < 0, -1.0, 1.0)[:, None]
    T_table_cam: Transform = table.T_cam_table.inverse()
    return Contacts(
        (T_table_cam @ points)[:, :2],
        T_table_cam.rotate(normals)[:, :2],
        tops,
        grown[edges.rows, edges.columns],
    )


def _image_direction(directions: Float64, rays: Float64, fx: float, fy: float) -> Float64:
    """(E, 2) image directions (column, row) of small steps along ``directions`` at points on ``rays``."""
    in_plane = directions[:, :2] - directions[:, 2:] * rays[:, :2]
    return np.asarray(in_plane * np.array([fx, fy]))


def _bounding_box(labels: Int32, margin: int) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(labels.any(1)), np.flatnonzero(labels.any(0))
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + margin + 1),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + margin + 1),
    )
