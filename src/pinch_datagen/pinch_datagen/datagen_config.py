# SPDX-License-Identifier: Apache-2.0
"""Everything that decides what a dataset holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from pinch_core.config import configclass, setting
from pinch_core.depth_noise.noise_config import NoiseConfig
from pinch_core.errors import ConfigError
from pinch_core.perception.crop import CROP_32, CROP_96, CropShape
from pinch_datagen.heaps.heap_data_config import HeapDataConfig
from pinch_datagen.objects.preparation import PreparationConfig
from pinch_datagen.objects.procedural.generator import ProceduralConfig
from pinch_datagen.parallel_jaw.gripper_collision import CollisionConfig
from pinch_datagen.parallel_jaw.proposal import GraspShares
from pinch_datagen.parallel_jaw.robust_quality import QualityConfig
from pinch_datagen.scene.clutter import ClutterConfig
from pinch_datagen.scene.view_sampler import CameraConfig, PlacementConfig
from pinch_datagen.stable_poses import StablePoseConfig


@dataclass(frozen=True)
class ViewConfig:
    """How a stable pose is looked at."""

    per_pose: int = setting(
        default=45,
        help="depth images of a stable pose, all its grasps are cut from each",
        lower=1,
        upper=100_000,
    )
    camera: CameraConfig = field(default_factory=CameraConfig)
    placement: PlacementConfig = field(default_factory=PlacementConfig)
    clutter: ClutterConfig = field(default_factory=ClutterConfig)
    noise: NoiseConfig = field(default_factory=NoiseConfig)
    rasterize: bool = setting(
        default=False, help="render with pyrender on a GPU, not by ray casting on the CPU"
    )


@dataclass(frozen=True)
class StorageConfig:
    """What is written of an example."""

    crops_32: bool = setting(default=True, help="crops of 32 x 32, each pixel the mean of 3 x 3")
    crops_96: bool = setting(default=False, help="crops of 96 x 96")
    half_precision: bool = setting(
        default=True, help="depth relative to the grasp as 16-bit, not 32-bit, numbers"
    )

    def __post_init__(self) -> None:
        if not (self.crops_32 or self.crops_96):
            raise ConfigError(
                "StorageConfig.crops_32 and crops_96 are both false, so there would be no images; set one."
            )

    @property
    def crop_shapes(self) -> tuple[CropShape, ...]:
        """The sizes that are wanted."""
        return (CROP_32,) * self.crops_32 + (CROP_96,) * self.crops_96


@configclass
class DatagenConfig:
    """The generative model of Dex-Net 2.0 (P IV, S I) with its distributions; with ``heaps`` that of Dex-Net
    4.0, where ``stable_poses``, ``grasps``, ``collision`` and ``quality`` are not used.
    """

    seed: int = setting(default=0, help="seed of everything random", lower=0, upper=2**63 - 1)
    gripper: str = setting(default="yumi", help="name in config/grippers, or a YAML file")
    procedural_count: int = setting(
        default=0, help="procedural objects, beside those of mesh folders", lower=0, upper=10_000_000
    )
    object_scale: tuple[float, float] = setting(
        default=(1.0, 1.0),
        help="factor on the size that an object has after preparation, drawn uniformly for each",
        lower=0.1,
        upper=10.0,
    )
    procedural: ProceduralConfig = field(default_factory=ProceduralConfig)
    preparation: PreparationConfig = field(default_factory=PreparationConfig)
    stable_poses: StablePoseConfig = field(default_factory=StablePoseConfig)
    grasps: GraspShares = field(default_factory=GraspShares)
    collision: CollisionConfig = field(default_factory=CollisionConfig)
    quality: QualityConfig = field(default_factory=QualityConfig)
    views: ViewConfig = field(default_factory=ViewConfig)
    storage: StorageConfig = field(default_factory=StorageConfig)
    heaps: HeapDataConfig | None = None

    def __post_init__(self) -> None:
        if self.object_scale[0] > self.object_scale[1]:
            raise ConfigError(
                f"DatagenConfig.object_scale = {list(self.object_scale)} is upside down; put the smaller "
                "factor first."
            )
