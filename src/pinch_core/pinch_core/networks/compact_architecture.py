# SPDX-License-Identifier: Apache-2.0
"""The architecture of a compact network, in a file of its own, so that importing it does not load PyTorch."""

from __future__ import annotations

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError


@configclass
class CompactArchitecture:
    """Three stages, the first two of which halve the resolution, then one hidden layer."""

    crop_size: int = setting(default=32, unit="px", help="side of the input image", lower=24, upper=1024)
    ranges: tuple[float, ...] = setting(
        default=(0.015, 0.1),
        unit="m",
        help="range of heights relative to the fingertips of each input channel; values beyond are clipped",
        lower=1e-3,
        upper=10.0,
    )
    channels: tuple[int, int, int] = setting(
        default=(24, 48, 64), help="filters of each stage", lower=1, upper=4096
    )
    features: int = setting(default=64, help="outputs of the hidden layer", lower=1, upper=65536)

    def __post_init__(self) -> None:
        if not self.ranges:
            raise ConfigError("CompactArchitecture.ranges is empty; give at least one.")
        if self.crop_size % 4:
            raise ConfigError(
                f"CompactArchitecture.crop_size = {self.crop_size} px is no multiple of 4, so two halvings "
                "lose its rim; set one that is."
            )

    @property
    def map_size(self) -> int:
        """Side of the last map [px]."""
        return self.crop_size // 4 - 5
