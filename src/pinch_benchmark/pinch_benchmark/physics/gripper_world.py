# SPDX-License-Identifier: Apache-2.0
"""What every simulated scene has: a table, a gripper that floats above it, and how contacts are computed."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.physics.gripper_model import FINGER_JOINTS, FINGERS, GRIPPER, HINGES, SLIDES, add_gripper
from pinch_benchmark.physics.physics_config import GripperPhysicsConfig
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.heaps.heap_world import add_table, set_options, stiffen_contacts

Intp = NDArray[np.intp]

_logger = logging.getLogger("mujoco")

# Where the gripper waits while objects settle.
PARKED = (0.0, 0.0, 1.0)


@dataclass(frozen=True, eq=False)
class GripperWorld:
    """``model`` and the addresses that moving the gripper needs; ``gripper_bodies``: the hand, then the
    fingers.
    """

    model: mujoco.MjModel
    gripper: ParallelJawGripper
    gripper_bodies: Intp
    finger_bodies: Intp
    gripper_qpos: Intp
    finger_qpos: Intp

    def place_gripper(self, T_table_tcp: Transform) -> None:
        """The pose from which the gripper's joints count."""
        x, y, z, w = T_table_tcp.quaternion
        self.model.body_pos[self.gripper_bodies[0]] = T_table_tcp.translation
        self.model.body_quat[self.gripper_bodies[0]] = (w, x, y, z)

    def park_gripper(self) -> None:
        """Out of the way, high above the table."""
        self.place_gripper(Transform(np.diag([1.0, -1.0, -1.0]), np.array(PARKED)))


def scene_with_gripper(gripper: ParallelJawGripper, physics: GripperPhysicsConfig) -> mujoco.MjSpec:
    """A table and the gripper."""
    spec = mujoco.MjSpec()
    set_options(spec, physics.timestep)
    add_table(spec)
    add_gripper(spec, gripper, physics)
    return spec


def compiled(spec: mujoco.MjSpec) -> mujoco.MjModel:
    """The scene with a light, all of its contacts alike."""
    stiffen_contacts(spec)
    _light(spec)
    # MuJoCo would append its warnings to a file in whatever folder this was started in.
    mujoco.set_mju_user_warning(_logger.warning)
    return spec.compile()


@dataclass(frozen=True, eq=False)
class GripperAddresses:
    """Of a compiled scene; fields as of :class:`GripperWorld`."""

    gripper_bodies: Intp
    finger_bodies: Intp
    gripper_qpos: Intp
    finger_qpos: Intp

    @classmethod
    def of(cls, model: mujoco.MjModel) -> GripperAddresses:
        """By the names that :mod:`gripper_model` gives."""
        bodies = np.array([int(model.body(name).id) for name in (GRIPPER, *FINGERS)], dtype=np.intp)

        def joints(names: tuple[str, ...]) -> Intp:
            return np.array([int(model.joint(name).qposadr[0]) for name in names], dtype=np.intp)

        return cls(bodies, bodies[1:], joints((*SLIDES, *HINGES)), joints(FINGER_JOINTS))


def _light(spec: mujoco.MjSpec) -> None:
    spec.worldbody.add_light(
        pos=(0.2, -0.9, 2.2), dir=(0.15, 0.4, -1.0), type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
        diffuse=(0.62, 0.62, 0.60), specular=(0.2, 0.2, 0.2), castshadow=True,
    )  # fmt: skip
    spec.visual.headlight.ambient = (0.35, 0.35, 0.36)
    spec.visual.headlight.diffuse = (0.25, 0.25, 0.25)
