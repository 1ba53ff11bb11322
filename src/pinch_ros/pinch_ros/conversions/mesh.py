# SPDX-License-Identifier: Apache-2.0
"""Triangle meshes and what they weigh."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Inertia, Point, Vector3
from numpy.typing import NDArray
from shape_msgs.msg import Mesh, MeshTriangle

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


def mesh_to_message(vertices: Float64, faces: Int64) -> Mesh:
    """``vertices`` Float64[V, 3] [m], ``faces`` Int64[F, 3] wound outward."""
    return Mesh(
        vertices=[Point(x=x, y=y, z=z) for x, y, z in vertices.tolist()],
        triangles=[MeshTriangle(vertex_indices=face) for face in faces.astype(np.uint32)],
    )


def mesh_from_message(message: Mesh) -> tuple[Float64, Int64]:
    """Vertices Float64[V, 3] [m] and faces Int64[F, 3]; nothing is checked."""
    vertices = [(point.x, point.y, point.z) for point in message.vertices]
    faces = [triangle.vertex_indices for triangle in message.triangles]
    return np.array(vertices, dtype=np.float64).reshape(-1, 3), np.array(faces, dtype=np.int64).reshape(-1, 3)


def inertia_to_message(mass: float, center_of_mass: Float64, inertia: Float64) -> Inertia:
    """``inertia`` Float64[3, 3] [kg m^2] about ``center_of_mass`` Float64[3] [m], ``mass`` [kg]."""
    x, y, z = center_of_mass.tolist()
    (ixx, ixy, ixz), (_, iyy, iyz), (_, _, izz) = inertia.tolist()
    return Inertia(m=mass, com=Vector3(x=x, y=y, z=z), ixx=ixx, ixy=ixy, ixz=ixz, iyy=iyy, iyz=iyz, izz=izz)


def inertia_from_message(message: Inertia) -> tuple[float, Float64, Float64]:
    """Mass [kg], centre of mass Float64[3] [m] and inertia Float64[3, 3] [kg m^2] about it."""
    m = message
    matrix = np.array([[m.ixx, m.ixy, m.ixz], [m.ixy, m.iyy, m.iyz], [m.ixz, m.iyz, m.izz]])
    return float(m.m), np.array([m.com.x, m.com.y, m.com.z]), matrix
