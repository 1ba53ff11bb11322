# SPDX-License-Identifier: Apache-2.0
"""What decides a heap: how many objects, of what size and matter, and how they come to lie together."""

from __future__ import annotations

from dataclasses import field
from typing import TypeAlias

import numpy as np
from scipy.stats import poisson

from pinch_core.bin import Bin
from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError
from pinch_datagen.scene.friction import FrictionConfig

Range = tuple[float, float]


@configclass
class ObjectCount:
    """A Poisson distribution cut off at both ends; ``lower`` = ``upper`` is a fixed number."""

    mean: float = setting(default=5.0, help="mean of the Poisson distribution", lower=0.1, upper=200.0)
    lower: int = setting(default=5, help="fewest objects", lower=1, upper=200)
    upper: int = setting(default=5, help="most objects", lower=1, upper=200)

    def __post_init__(self) -> None:
        if self.lower > self.upper:
            raise ConfigError(
                f"ObjectCount.lower = {self.lower} is above upper = {self.upper}; lower it, or raise upper."
            )

    def draw(self, rng: np.random.Generator) -> int:
        """How many objects a heap gets."""
        if self.lower == self.upper:
            return self.lower
        below, above = poisson.cdf([self.lower - 1, self.upper], self.mean)
        drawn = int(poisson.ppf(rng.uniform(below, above), self.mean))
        return min(max(drawn, self.lower), self.upper)


@configclass
class Pile:
    """Dropped one by one into a box without a lid, which is then taken away (the decluttering benchmark)."""

    side: float = setting(
        default=0.30,
        unit="m",
        help="inner side of the box, and of the square that counts",
        lower=0.05,
        upper=1,
    )
    spread: float = setting(
        default=0.05, unit="m", help="objects are let go so far from the middle at most", lower=0.0, upper=0.5
    )
    drop_height: float = setting(
        default=0.20, unit="m", help="of an object's middle above the table", lower=0.01, upper=1.0
    )
    box: bool = setting(default=True, help="with the box; else they are dropped onto the bare table")


@configclass
class Packed:
    """Put down upright, each in the highest of its stable poses, close to each other without contact."""

    side: float = setting(
        default=0.30, unit="m", help="side of the square that counts", lower=0.05, upper=1.0
    )
    spread: float = setting(
        default=0.07, unit="m", help="objects stand so far from the middle at most", lower=0.0, upper=0.5
    )
    gap: float = setting(
        default=0.002, unit="m", help="least gap between two outlines seen from above", lower=0.0, upper=0.1
    )
    attempts: int = setting(
        default=60, help="places tried for an object before it is left out", lower=1, upper=10_000
    )


@configclass
class BinHeap:
    """Dropped one by one into a bin."""

    bin: Bin = field(default_factory=lambda: Bin(length=0.40, width=0.30, height=0.12))
    spread: float = setting(
        default=0.6, help="objects are let go over so much of length and width", lower=0.0, upper=1.0
    )
    drop_height: float = setting(
        default=0.20, unit="m", help="of an object's middle above the rim", lower=0.01, upper=1.0
    )


Arrangement: TypeAlias = Pile | Packed | BinHeap


@configclass
class HeapConfig:
    """A heap; exactly one of ``pile``, ``packed`` and ``bin`` says how it is made."""

    objects: ObjectCount = field(default_factory=ObjectCount)
    pile: Pile | None = None
    packed: Packed | None = None
    bin: BinHeap | None = None
    scale: Range = setting(
        default=(0.8, 1.0), help="factor on each object's size, drawn uniformly", lower=0.1, upper=10.0
    )
    max_extent: float = setting(
        default=0.30, unit="m", help="longer objects are not drawn", lower=0.01, upper=2.0
    )
    friction: FrictionConfig = field(default_factory=FrictionConfig)
    density: Range = setting(
        default=(150.0, 800.0), unit="kg/m^3", help="of the whole volume", lower=1.0, upper=20_000.0
    )
    mass: Range = setting(
        default=(0.005, 0.5), unit="kg", help="what is lighter or heavier weighs this", lower=1e-3, upper=10.0
    )
    redrops: int = setting(
        default=2, help="how often a lost object is dropped again before it is removed", lower=0, upper=100
    )

    def __post_init__(self) -> None:
        given = [name for name in ("pile", "packed", "bin") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ConfigError(
                f"HeapConfig has {' and '.join(given) or 'none'} of pile, packed and bin; give exactly one."
            )
        for name in ("scale", "density", "mass"):
            low, high = getattr(self, name)
            if low > high:
                raise ConfigError(
                    f"HeapConfig.{name} = [{low:g}, {high:g}] is upside down; put the smaller first."
                )

    @property
    def arrangement(self) -> Arrangement:
        """How the objects come to lie together."""
        for found in (self.pile, self.packed, self.bin):
            if found is not None:
                return found
        raise AssertionError("checked at construction")
