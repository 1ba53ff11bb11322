# SPDX-License-Identifier: Apache-2.0
"""What others report, for comparison: other simulators, views and objects."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedRow:
    """Percent; ``success``: GSR or reliability; ``cleared``: DR, NaN where none is given."""

    scenes: tuple[str, ...]
    method: str
    success: float
    cleared: float
    source: str


PUBLISHED = (
    PublishedRow(("packed",), "VGN, side view", 74.5, 79.2, "Jiang et al. 2021, simulation"),
    PublishedRow(("packed",), "GIGA, side view", 83.5, 84.3, "Jiang et al. 2021, simulation"),
    PublishedRow(("packed",), "VN-EdgeGraspNet, side view", 92.3, 95.2, "Huang et al. 2023, simulation"),
    PublishedRow(("pile",), "VGN, side view", 60.7, 44.0, "Jiang et al. 2021, simulation"),
    PublishedRow(("pile",), "GIGA, side view", 69.3, 49.8, "Jiang et al. 2021, simulation"),
    PublishedRow(("pile",), "VN-EdgeGraspNet, side view", 92.3, 93.5, "Huang et al. 2023, simulation"),
    PublishedRow(("bin25",), "heuristic, jaw only", 53.4, math.nan, "Satish et al. 2019, a robot"),
    PublishedRow(("bin25",), "GQ-CNN 4.0, jaw only", 75.8, math.nan, "Satish et al. 2019, a robot"),
    PublishedRow(("bin25",), "FC-GQ-CNN, jaw only", 85.6, math.nan, "Satish et al. 2019, a robot"),
    PublishedRow(("bin25",), "Dex-Net 4.0, jaw and suction", 95.0, math.nan, "Mahler et al. 2019, a robot"),
)
