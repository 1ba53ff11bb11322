# SPDX-License-Identifier: Apache-2.0
"""Robust quality: expected quality under errors of object pose, gripper pose and friction (P IV)."""

from __future__ import annotations

from dataclasses import field

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from pinch_core.config import configclass, setting
from pinch_datagen.metrics.grasp_wrench_space import GraspQuality, grasp_quality
from pinch_datagen.metrics.soft_finger import ContactPairs, SoftFingerConfig
from pinch_datagen.parallel_jaw.jaw_contacts import JawContacts, close_jaws
from pinch_datagen.parallel_jaw.parallel_jaw_grasps import ParallelJawGrasps
from pinch_datagen.ray_mesh import RayMesh
from pinch_datagen.scene.friction import FrictionConfig, sample_friction

Float64 = NDArray[np.float64]


@configclass
class PoseError:
    """Independent normal errors of a pose, per axis."""

    translation: float = setting(unit="m", help="standard deviation along each axis", lower=0.0, upper=0.1)
    rotation: float = setting(unit="rad", help="standard deviation about each axis", lower=0.0, upper=1.0)


@configclass
class QualityConfig:
    """Contact model, Monte-Carlo samples, and the threshold of a good grasp."""

    contact: SoftFingerConfig = field(default_factory=SoftFingerConfig)
    friction: FrictionConfig = field(default_factory=FrictionConfig)
    object_error: PoseError = field(default_factory=lambda: PoseError(translation=0.010, rotation=0.01))
    gripper_error: PoseError = field(default_factory=lambda: PoseError(translation=0.005, rotation=0.001))
    samples: int = setting(default=25, help="Monte-Carlo samples per grasp", lower=1, upper=100_000)
    min_robust_epsilon: float = setting(
        default=0.002,
        help="a good grasp has more robust epsilon; depends on the torque scale",
        lower=0.0,
        upper=1.0,
    )


def nominal_quality(
    grasps: ParallelJawGrasps, contacts: JawContacts, center_of_mass: Float64, config: QualityConfig
) -> GraspQuality:
    """Quality at the exact poses and the mean friction."""
    friction = np.full(len(grasps), config.friction.mean)
    return _quality(grasps, contacts, friction, center_of_mass, config)


def robust_quality(
    grasps: ParallelJawGrasps,
    opening: float,
    mesh: RayMesh,
    center_of_mass: Float64,
    config: QualityConfig,
    rng: np.random.Generator,
) -> GraspQuality:
    """Mean quality of each grasp over ``config.samples`` samples; one whose jaws miss the object counts as 0.

    Args:
        grasps: in the object's frame.
        opening: of the jaws before they close [m].
    """
    perturbed = perturbed_grasps(grasps, center_of_mass, config, rng)
    friction = sample_friction(config.friction, len(perturbed), rng)
    contacts = close_jaws(perturbed, opening, mesh)
    quality = _quality(perturbed, contacts, friction, center_of_mass, config)
    shape = (len(grasps), config.samples)
    return GraspQuality(
        quality.force_closure.reshape(shape).mean(1),
        quality.epsilon.reshape(shape).mean(1),
        quality.wrench_resistance.reshape(shape).mean(1),
    )


def perturbed_grasps(
    grasps: ParallelJawGrasps, center_of_mass: Float64, config: QualityConfig, rng: np.random.Generator
) -> ParallelJawGrasps:
    """The grasps as the object sees them under the errors: grasp k at rows k samples ... (k + 1) samples - 1.

    The gripper turns about its own centre, the object about its centre of mass. An error along the closing
    axis has no effect: jaws that close push the object, or yield, until both touch.
    """
    count = len(grasps) * config.samples
    nominal = np.repeat(grasps.center, config.samples, axis=0)
    gripper, object_ = config.gripper_error, config.object_error
    center = nominal + rng.normal(0.0, gripper.translation, (count, 3))
    turn_gripper = Rotation.from_rotvec(rng.normal(0.0, gripper.rotation, (count, 3)))
    shift_object = rng.normal(0.0, object_.translation, (count, 3))
    turn_object = Rotation.from_rotvec(rng.normal(0.0, object_.rotation, (count, 3))).inv()
    turn = turn_object * turn_gripper
    axis = turn.apply(np.repeat(grasps.axis, config.samples, axis=0))
    moved = center_of_mass + turn_object.apply(center - center_of_mass - shift_object)
    along = ((moved - nominal) * axis).sum(-1, keepdims=True)
    return ParallelJawGrasps(
        moved - along * axis, axis, turn.apply(np.repeat(grasps.approach, config.samples, axis=0))
    )


def _quality(
    grasps: ParallelJawGrasps,
    contacts: JawContacts,
    friction: Float64,
    center_of_mass: Float64,
    config: QualityConfig,
) -> GraspQuality:
    pairs = ContactPairs(contacts.points - center_of_mass, contacts.normals, friction, grasps.approach)
    return grasp_quality(pairs, -grasps.approach, config.contact)
