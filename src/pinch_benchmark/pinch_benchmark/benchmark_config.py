# SPDX-License-Identifier: Apache-2.0
"""Everything that decides what a trial is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pinch_benchmark.physics.physics_config import GripperPhysicsConfig, MotionConfig
from pinch_core.config import configclass, setting
from pinch_core.depth_noise.noise_config import NoiseConfig
from pinch_core.depth_noise.structured_light import StructuredLightNoise
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.objects.preparation import PreparationConfig
from pinch_datagen.parallel_jaw.robust_quality import PoseError, QualityConfig
from pinch_datagen.physics.convex_parts import DecompositionConfig
from pinch_datagen.scene.friction import FrictionConfig
from pinch_datagen.scene.view_sampler import CameraConfig, PlacementConfig
from pinch_datagen.stable_poses import StablePoseConfig

Range = tuple[float, float]


@configclass
class ObjectConfig:
    """Which objects, how large and how heavy."""

    generated_scale: Range = setting(
        default=(0.4, 0.9),
        help="factor on the size after preparation, of generated objects, drawn uniformly for each",
        lower=0.1,
        upper=10.0,
    )
    min_height: float = setting(
        default=0.01,
        unit="m",
        help="poses in which it is lower are left out: clear of the table, fingertips reach nothing",
        lower=0.0,
        upper=0.1,
    )
    density: Range = setting(
        default=(150.0, 800.0),
        unit="kg/m^3",
        help="of the whole volume, from hollow things to solid plastic",
        lower=1.0,
        upper=20_000.0,
    )
    mass: Range = setting(
        default=(0.005, 0.5), unit="kg", help="what is lighter or heavier weighs this", lower=1e-3, upper=10.0
    )
    preparation: PreparationConfig = field(
        default_factory=lambda: PreparationConfig(center_of_mass_from_volume=True)
    )
    stable_poses: StablePoseConfig = field(default_factory=StablePoseConfig)


# Of a calibrated arm and camera, along each axis [m].
GRIPPER_ERROR_M = 0.001
# Errors of place and of orientation grow together: hand-eye calibration makes both [rad/m].
TURN_PER_WAY = 5.0


def pose_error_of_gripper(translation: float) -> PoseError:
    """Standard deviations along and about each axis, of a gripper that misses by so much [m]."""
    return PoseError(translation=translation, rotation=TURN_PER_WAY * translation)


@dataclass(frozen=True)
class ErrorConfig:
    """What differs from what the planner knows, drawn for every trial."""

    gripper: PoseError = field(default_factory=lambda: pose_error_of_gripper(GRIPPER_ERROR_M))
    friction: FrictionConfig = field(default_factory=FrictionConfig)


@dataclass(frozen=True)
class GraspBenchmarkConfig:
    """The protocol of Dex-Net 2.0's experiments (Mahler et al. 2017, sec. V), in physics."""

    objects: ObjectConfig = field(default_factory=ObjectConfig)
    placement: PlacementConfig = field(default_factory=PlacementConfig)
    camera: CameraConfig = field(
        default_factory=lambda: CameraConfig(
            radius=(0.6, 0.8), polar=(0.0, 0.3), roll=(-3.14159, 3.14159), width=640, height=480
        )
    )
    noise: NoiseConfig = field(default_factory=lambda: NoiseConfig(structured_light=StructuredLightNoise()))
    errors: ErrorConfig = field(default_factory=ErrorConfig)
    gripper_physics: GripperPhysicsConfig = field(default_factory=GripperPhysicsConfig)
    motion: MotionConfig = field(default_factory=MotionConfig)
    decomposition: DecompositionConfig = field(default_factory=DecompositionConfig)
    quality: QualityConfig = field(
        default_factory=lambda: QualityConfig(
            object_error=PoseError(translation=0.0015, rotation=0.01),
            gripper_error=PoseError(translation=0.001, rotation=0.001),
            samples=50,
        )
    )

    def with_gripper_error(self, translation: float) -> GraspBenchmarkConfig:
        """The same with a gripper that misses by so much [m], a standard deviation along each axis."""
        return replace(self, errors=replace(self.errors, gripper=pose_error_of_gripper(translation)))

    def datagen(self, seed: int, generated: bool) -> DatagenConfig:
        """What objects are loaded with."""
        return DatagenConfig(
            seed=seed,
            object_scale=self.objects.generated_scale if generated else (1.0, 1.0),
            preparation=self.objects.preparation,
        )
