# SPDX-License-Identifier: Apache-2.0
"""All settings of the planner, one nested config per stage."""

from __future__ import annotations

from dataclasses import field

from pinch_core.config import configclass, setting
from pinch_core.parallel_jaw.config import (
    AntipodalSamplerConfig,
    FilterConfig,
    GraspDepthConfig,
    ImageQualityConfig,
)
from pinch_core.perception.config import EdgeConfig, SegmentationConfig, TableFitConfig, WorkspaceConfig
from pinch_core.planning.search_config import ApproachConfig, CemConfig, DenseConfig
from pinch_core.planning.suppression import SuppressionConfig


@configclass
class PlannerConfig:
    """How a depth image becomes ranked grasps."""

    max_grasps: int = setting(default=10, help="grasps returned at most, best first", lower=1, upper=10000)
    min_quality: float = setting(
        default=0.0, help="grasps of lower quality are rejected", lower=0.0, upper=1.0
    )
    time_budget: float = setting(
        default=0.0,
        unit="s",
        help="a search that takes longer ends with the best found until then; 0 for no limit",
        lower=0.0,
        upper=60.0,
    )
    table: TableFitConfig = field(default_factory=TableFitConfig)
    segmentation: SegmentationConfig = field(default_factory=SegmentationConfig)
    workspace: WorkspaceConfig = field(default_factory=WorkspaceConfig)
    edges: EdgeConfig = field(default_factory=EdgeConfig)
    sampler: AntipodalSamplerConfig = field(default_factory=AntipodalSamplerConfig)
    motion: ApproachConfig = field(default_factory=ApproachConfig)
    depths: GraspDepthConfig = field(default_factory=GraspDepthConfig)
    cem: CemConfig = field(default_factory=CemConfig)
    dense: DenseConfig = field(default_factory=DenseConfig)
    filters: FilterConfig = field(default_factory=FilterConfig)
    quality: ImageQualityConfig = field(default_factory=ImageQualityConfig)
    suppression: SuppressionConfig = field(default_factory=SuppressionConfig)
