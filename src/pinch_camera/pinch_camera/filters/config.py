# SPDX-License-Identifier: Apache-2.0
"""Settings of the filters."""

from __future__ import annotations

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError

STATISTICS = ("median", "mean")


@configclass
class FilterConfig:
    """Every filter is off by default. The fields stand in the order the filters run in."""

    near: float = setting(
        default=0.0, unit="m", help="range clip: nearer returns are dropped; 0: none", lower=0.0, upper=100.0
    )
    far: float = setting(
        default=0.0, unit="m", help="range clip: farther returns are dropped; 0: none", lower=0.0, upper=100.0
    )
    decimation: int = setting(
        default=1, unit="px", help="side of the blocks that become one pixel; 1: off", lower=1, upper=8
    )
    decimation_statistic: str = setting(
        default="median",
        help="of a block's returns: median (one of them) or mean (of inverse depth, exact on planes)",
    )
    temporal_frames: int = setting(
        default=1,
        help="frames of the temporal median, for scenes and cameras at rest; 1: off",
        lower=1,
        upper=15,
    )
    smoothing_radius: int = setting(
        default=0,
        unit="px",
        help="radius of the edge-preserving (bilateral) smoothing; 0: off",
        lower=0,
        upper=7,
    )
    smoothing_depth: float = setting(
        default=0.005, unit="m", help="smoothing: steps well above this are kept", lower=1e-4, upper=1.0
    )
    speckle_size: int = setting(
        default=0,
        unit="px",
        help="connected patches of up to so many pixels are dropped; 0: off",
        lower=0,
        upper=100000,
    )
    speckle_step: float = setting(
        default=0.02, unit="m", help="speckles: neighbours within this are connected", lower=1e-3, upper=1.0
    )

    def __post_init__(self) -> None:
        if self.decimation_statistic not in STATISTICS:
            raise ConfigError(
                f"decimation_statistic = '{self.decimation_statistic}' is not known; set one of: "
                f"{', '.join(STATISTICS)}."
            )
        if 0.0 < self.far <= self.near:
            raise ConfigError(
                f"the range clip keeps nothing: far = {self.far:g} m is not beyond near = {self.near:g} m; "
                "set far above near, or to 0."
            )
