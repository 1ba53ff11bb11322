# SPDX-License-Identifier: Apache-2.0
"""Two soft-finger contacts: friction pyramids and torsion as wrenches on the object.

A soft finger (Zheng and Qian, 2005) pushes along the inward normal, with friction in the tangent plane and a
torsional moment about the normal. Per newton of normal force its wrenches are the convex hull of the edges
``(f, r x f)``, ``f = n + mu t``, of a friction pyramid and of the moments ``(0, +- mu pi r_patch^2 n)``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.config import configclass, setting

Float64 = NDArray[np.float64]


@configclass
class SoftFingerConfig:
    """The contact model and the units of wrenches, as in Dex-Net 2.0."""

    cone_edges: int = setting(default=8, help="edges of the friction pyramid", lower=3, upper=64)
    patch_radius: float = setting(
        default=0.005,
        unit="m",
        help="radius of the contact patch that carries torsion",
        lower=1e-4,
        upper=0.05,
    )
    torque_scale: float = setting(
        default=1000.0,
        unit="1/m",
        help="factor on torques before forces and torques are compared",
        lower=1e-3,
        upper=1e6,
    )


@dataclass(frozen=True, eq=False)
class ContactPairs:
    """N grasps by two contacts each.

    ``points`` Float64[N, 2, 3] [m] relative to the centre of mass, ``normals`` Float64[N, 2, 3] unit, into
    the object, ``friction`` Float64[N], ``reference`` Float64[N, 3]: a direction fixed to the gripper, not
    along a normal, that the pyramids' first edges turn towards (so a moved scene has moved wrenches).
    """

    points: Float64
    normals: Float64
    friction: Float64
    reference: Float64

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, index: NDArray[np.generic] | slice) -> ContactPairs:
        return ContactPairs(
            self.points[index], self.normals[index], self.friction[index], self.reference[index]
        )

    @property
    def line(self) -> Float64:
        """Float64[N, 3]: from contact 0 to contact 1 [m]."""
        return np.asarray(self.points[:, 1] - self.points[:, 0])

    def tangents(self, count: int, phase: float = 0.0) -> Float64:
        """Float64[N, 2, count, 3]: unit tangents, evenly round each normal from ``phase`` steps on."""
        reference = self.reference[:, None, :]
        along = (reference * self.normals).sum(-1, keepdims=True)
        first = reference - along * self.normals
        first /= np.maximum(np.linalg.norm(first, axis=-1, keepdims=True), 1e-12)
        second = np.cross(self.normals, first)
        angle = 2 * math.pi * (np.arange(count) + phase) / count
        return np.asarray(
            np.cos(angle)[:, None] * first[:, :, None] + np.sin(angle)[:, None] * second[:, :, None]
        )

    def torsion_limit(self, config: SoftFingerConfig) -> Float64:
        """Float64[N]: largest moment about a normal per newton of normal force [m]."""
        return np.asarray(self.friction * (math.pi * config.patch_radius**2))


def contact_wrenches(contacts: ContactPairs, config: SoftFingerConfig) -> Float64:
    """Float64[N, 2 (edges + 2), 6]: force and scaled torque of every edge and moment, for one newton each."""
    normals = contacts.normals[:, :, None]
    friction = contacts.friction[:, None, None, None]
    forces = normals + friction * contacts.tangents(config.cone_edges)
    torques = config.torque_scale * np.cross(contacts.points[:, :, None], forces)
    moment = config.torque_scale * contacts.torsion_limit(config)[:, None, None, None] * normals
    moments = np.concatenate([moment, -moment], axis=2)
    edges = np.concatenate([forces, torques], axis=-1)
    torsion = np.concatenate([np.zeros_like(moments), moments], axis=-1)
    both = np.concatenate([edges, torsion], axis=2)
    return np.asarray(both.reshape(len(contacts), -1, 6))
