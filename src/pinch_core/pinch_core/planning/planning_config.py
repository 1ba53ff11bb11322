# SPDX-License-Identifier: Apache-2.0
"""Settings of planning that every gripper type shares, one nested config per stage."""

from __future__ import annotations

from dataclasses import field

from pinch_core.config import configclass, setting
from pinch_core.perception.config import BinFitConfig, SegmentationConfig, TableFitConfig, WorkspaceConfig
from pinch_core.planning.search_config import (
    ApproachConfig,
    CemConfig,
    DenseConfig,
    FailureMemoryConfig,
    PushConfig,
)
from pinch_core.planning.suppression import SuppressionConfig


@configclass
class PlanningConfig:
    """How a depth image becomes ranked grasps, whatever the gripper."""

    max_grasps: int = setting(
        default=10, help="largest number of grasps returned, best first", lower=1, upper=10000
    )
    min_quality: float = setting(
        default=0.0, help="grasps of lower quality are rejected", lower=0.0, upper=1.0
    )
    min_quality_in_heaps: float = setting(
        default=0.1,
        help="the same for qualities by a network where there are several objects or a bin",
        lower=0.0,
        upper=1.0,
    )
    time_budget: float = setting(
        default=0.0,
        unit="s",
        help="a search that takes longer ends with the best grasps found so far; 0 for no limit",
        lower=0.0,
        upper=60.0,
    )
    table: TableFitConfig = field(default_factory=TableFitConfig)
    bin: BinFitConfig = field(default_factory=BinFitConfig)
    segmentation: SegmentationConfig = field(default_factory=SegmentationConfig)
    workspace: WorkspaceConfig = field(default_factory=WorkspaceConfig)
    motion: ApproachConfig = field(default_factory=ApproachConfig)
    memory: FailureMemoryConfig = field(default_factory=FailureMemoryConfig)
    push: PushConfig = field(default_factory=PushConfig)
    cem: CemConfig = field(default_factory=CemConfig)
    dense: DenseConfig = field(default_factory=DenseConfig)
    suppression: SuppressionConfig = field(default_factory=SuppressionConfig)
