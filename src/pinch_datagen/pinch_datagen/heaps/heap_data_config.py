# SPDX-License-Identifier: Apache-2.0
"""What a dataset of heaps holds."""

from __future__ import annotations

from dataclasses import field

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError
from pinch_core.planner_config import PlannerConfig
from pinch_datagen.heaps.heap_config import HeapConfig
from pinch_datagen.parallel_jaw.antipodal_sampler import AntipodalConfig
from pinch_datagen.parallel_jaw.heap_labels import HeapLabelConfig
from pinch_datagen.physics.convex_parts import DecompositionConfig


@configclass
class HeapDataConfig:
    """Heaps, images of them, and the grasps that are labelled in each image (Mahler et al. 2019)."""

    count: int = setting(default=500, help="heaps", lower=1, upper=10_000_000)
    pool: int = setting(
        default=20,
        help="objects that a heap is drawn from; heaps of one pool are in one split",
        lower=1,
        upper=10_000,
    )
    kinds: tuple[HeapConfig, ...] = ()
    views: int = setting(default=5, help="images of a heap", lower=1, upper=10_000)
    grasps_per_view: int = setting(default=150, help="grasps labelled in each image", lower=1, upper=100_000)
    uniform: float = setting(
        default=0.15,
        help="share of the grasps anywhere on the objects and unfiltered, as a dense search scores them",
        lower=0.0,
        upper=1.0,
    )
    known_good: float = setting(
        default=0.1,
        help="share of the grasps that are known to be good, from the objects' true surfaces",
        lower=0.0,
        upper=0.9,
    )
    tried_per_object: int = setting(
        default=60,
        help="antipodal grasps of an object among which good ones are sought",
        lower=1,
        upper=10_000,
    )
    antipodal: AntipodalConfig = field(default_factory=AntipodalConfig)
    labels: HeapLabelConfig = field(default_factory=HeapLabelConfig)
    planner: PlannerConfig = field(default_factory=PlannerConfig)
    decomposition: DecompositionConfig = field(default_factory=DecompositionConfig)

    def __post_init__(self) -> None:
        if not self.kinds:
            raise ConfigError(
                "HeapDataConfig.kinds is empty; list one or more heaps as in config/heaps, which take turns."
            )
        if self.uniform + self.known_good > 0.95:
            raise ConfigError(
                f"HeapDataConfig.uniform + known_good = {self.uniform + self.known_good:g} leave under 5 % "
                "of the grasps to the policy; lower them."
            )
