# SPDX-License-Identifier: Apache-2.0
"""Friction coefficients: a normal distribution cut off at both ends (S I)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError

Float64 = NDArray[np.float64]


@configclass
class FrictionConfig:
    """Truncated normal distribution."""

    mean: float = setting(default=0.5, help="mean before truncation", lower=0.0, upper=2.0)
    sigma: float = setting(default=0.1, help="standard deviation before truncation", lower=1e-12, upper=2.0)
    lower: float = setting(default=0.0, help="smallest coefficient", lower=0.0, upper=2.0)
    upper: float = setting(default=1.0, help="largest coefficient", lower=0.0, upper=5.0)

    def __post_init__(self) -> None:
        if not self.lower <= self.mean <= self.upper or self.lower == self.upper:
            raise ConfigError(
                f"FrictionConfig has mean = {self.mean:g} with lower = {self.lower:g} and upper = "
                f"{self.upper:g}; choose lower <= mean <= upper and lower < upper."
            )


def sample_friction(config: FrictionConfig, count: int, rng: np.random.Generator) -> Float64:
    """Float64[count], drawn exactly by the inverse distribution function."""
    below, above = (ndtr((bound - config.mean) / config.sigma) for bound in (config.lower, config.upper))
    drawn = config.mean + config.sigma * ndtri(rng.uniform(below, above, count))
    # Only rounding gets beyond the bounds.
    return np.asarray(np.clip(drawn, config.lower, config.upper))
