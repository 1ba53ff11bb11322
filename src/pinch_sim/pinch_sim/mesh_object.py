# SPDX-License-Identifier: Apache-2.0
"""Objects of any shape: a visual surface, and convex parts for contacts."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_sim.errors import PlacementError

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

COLOUR = (0.85, 0.45, 0.20, 1.0)
# Geom groups that MuJoCo renders, and that it does not.
SEEN_GROUP, UNSEEN_GROUP = 0, 3
# Longer things are no objects on a table, but in millimetres [m].
MAX_EXTENT = 2.0
# Of the longest extents of surface and parts: more tells of two units.
SAME_THING = 2.0
ROLLING = 0.0006  # m, lets round objects come to rest as they do on a table


@dataclass(frozen=True, eq=False)
class Triangles:
    """``vertices`` Float64[V, 3] [m] in the object's frame, ``faces`` Int64[F, 3] wound outward."""

    vertices: Float64
    faces: Int64

    @property
    def extent(self) -> float:
        """The longest side of the bounding box [m]."""
        return float(np.ptp(self.vertices, axis=0).max())

    def require_sound(self, name: str) -> None:
        """Raise PlacementError if MuJoCo would refuse it, or if it is not in metres."""
        if len(self.vertices) < 4 or len(self.faces) < 4:
            corners, triangles = len(self.vertices), len(self.faces)
            raise PlacementError(
                f"{name} has {corners} corners and {triangles} triangles; give a closed mesh."
            )
        if not np.isfinite(self.vertices).all():
            raise PlacementError(f"{name} has a corner that is not finite; give metres.")
        if self.faces.min() < 0 or self.faces.max() >= len(self.vertices):
            raise PlacementError(
                f"{name} has a triangle with corner {self.faces.max()} of {len(self.vertices)}; count from 0."
            )
        if self.extent > MAX_EXTENT:
            raise PlacementError(
                f"{name} is {self.extent:g} m long; give metres, which is {self.extent / 1000:g} m if these "
                "are millimetres."
            )


@dataclass(frozen=True, eq=False)
class MeshObject:
    """A rigid body of mass [kg]; ``inertia`` Float64[3, 3] [kg m^2] about ``center_of_mass`` Float64[3] [m].

    ``torsional_friction``: torque that a contact holds about its normal per newton [m].
    """

    name: str
    surface: Triangles
    parts: tuple[Triangles, ...]
    mass: float
    center_of_mass: Float64
    inertia: Float64
    torsional_friction: float

    def __post_init__(self) -> None:
        if not self.parts:
            raise PlacementError(f"'{self.name}' has no convex parts to be touched; give at least one.")
        self.surface.require_sound(f"the surface of '{self.name}'")
        for number, part in enumerate(self.parts):
            part.require_sound(f"part {number} of '{self.name}'")
        whole = float(np.ptp(np.vstack([part.vertices for part in self.parts]), axis=0).max())
        if not whole <= SAME_THING * self.surface.extent <= SAME_THING**2 * whole:
            raise PlacementError(
                f"the surface of '{self.name}' is {self.surface.extent:g} m long and its parts {whole:g} m; "
                "give both in metres, in the same frame."
            )
        values = np.append(self.inertia.ravel(), self.mass)
        moments = np.linalg.eigvalsh(self.inertia) if np.isfinite(values).all() else np.full(3, np.nan)
        if not (self.mass > 0.0 and moments[0] > 0.0):
            raise PlacementError(
                f"'{self.name}' weighs {self.mass} kg with moments of inertia {moments} kg m^2; all must be "
                "positive."
            )

    def add_to(self, spec: mujoco.MjSpec, body_name: str, friction: float) -> None:
        """Add it as a free body. ``friction``: Coulomb coefficient of its surface against anything."""
        body = spec.worldbody.add_body(name=body_name)
        body.add_freejoint(name=body_name)
        body.explicitinertial, body.mass, body.ipos = True, self.mass, self.center_of_mass
        body.fullinertia = self.inertia[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]]
        seen = _add_mesh(spec, body, f"{body_name}_surface", self.surface)
        seen.group, seen.contype, seen.conaffinity = SEEN_GROUP, 0, 0
        for number, part in enumerate(self.parts):
            geom = _add_mesh(spec, body, f"{body_name}_part_{number}", part)
            geom.group, geom.condim = UNSEEN_GROUP, 6
            geom.friction = (friction, self.torsional_friction, ROLLING)


def _add_mesh(spec: mujoco.MjSpec, body: mujoco.MjsBody, name: str, triangles: Triangles) -> mujoco.MjsGeom:
    mesh = spec.add_mesh(name=name)
    # From the surface, because slivers have no volume; the mass does not come from it.
    mesh.inertia = mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL
    mesh.uservert, mesh.userface = triangles.vertices.ravel(), triangles.faces.ravel()
    geom = body.add_geom(name=name, type=mujoco.mjtGeom.mjGEOM_MESH, meshname=name, rgba=COLOUR)
    geom.mass = 0.0
    return geom
