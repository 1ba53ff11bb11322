# SPDX-License-Identifier: Apache-2.0
"""Grasps as RViz markers: fingers and palm as boxes, from red (quality 0) to green (quality 1)."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Vector3
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker, MarkerArray

from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp
from pinch_core.gripper import Box, Gripper
from pinch_core.perception.config import WorkspaceConfig
from pinch_ros.conversions import pose_from_transform

# Only the best one is drawn solid and with its palm; the others would hide it.
_ALPHA_BEST, _ALPHA_OTHER = 0.9, 0.35
_ALPHA_WORKSPACE = 0.12


def grasp_markers(
    grasps: tuple[Grasp, ...],
    gripper: Gripper,
    header: Header,
    T_frame_cam: Transform | None = None,
) -> MarkerArray:
    """Markers that replace all earlier ones; frames as in ``grasp_to_message``."""
    markers = [Marker(header=header, action=Marker.DELETEALL)]
    for rank, grasp in enumerate(grasps):
        T_frame_tcp = grasp.T_cam_tcp if T_frame_cam is None else T_frame_cam @ grasp.T_cam_tcp
        for box in gripper.bodies(grasp.opening):
            if rank > 0 and not box.touches_object:
                continue
            marker = _box_marker(box, T_frame_tcp, grasp.quality, _ALPHA_BEST if rank == 0 else _ALPHA_OTHER)
            marker.header, marker.id, marker.ns = header, len(markers), "best" if rank == 0 else "others"
            markers.append(marker)
    return MarkerArray(markers=markers)


def workspace_marker(workspace: WorkspaceConfig, header: Header) -> Marker:
    """The box in which grasps are planned, faint; ``header`` of the base frame."""
    low, high = np.array(workspace.lower), np.array(workspace.upper)
    x, y, z = (high - low).tolist()
    return Marker(
        header=header,
        ns="workspace",
        type=Marker.CUBE,
        action=Marker.ADD,
        pose=pose_from_transform(Transform(Transform.identity().rotation, (low + high) / 2)),
        scale=Vector3(x=x, y=y, z=z),
        color=ColorRGBA(r=0.3, g=0.5, b=1.0, a=_ALPHA_WORKSPACE),
    )


def _box_marker(box: Box, T_frame_tcp: Transform, quality: float, alpha: float) -> Marker:
    x, y, z = (2.0 * float(half) for half in box.half_size)
    T_tcp_box = Transform(Transform.identity().rotation, box.center)
    return Marker(
        type=Marker.CUBE,
        action=Marker.ADD,
        pose=pose_from_transform(T_frame_tcp @ T_tcp_box),
        scale=Vector3(x=x, y=y, z=z),
        color=ColorRGBA(r=1.0 - float(quality), g=float(quality), b=0.1, a=alpha),
    )
