# SPDX-License-Identifier: Apache-2.0
"""How a depth image is stored: its unit, its range, and the values that mean no return.

One description for every way in: files, folders, bags, goals and live topics.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError, InvalidDepthError
from pinch_core.input_signatures.clipping_planes import far_plane, near_plane

Array = NDArray[np.generic]
Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]

MILLIMETRE = 1e-3
# The largest half float, the largest unsigned 16-bit integer, and both after a division by 1000: no depth
# camera measures them, and software that converts images leaves them behind where there was no return.
FLOAT_SENTINELS = (65504.0, 65535.0, 65.504, 65.535)
_LARGEST_16_BIT = 65535
# Relative: single precision rounds what was given in decimals.
_EQUAL = 1e-6

# A limit from here on is one in millimetres: no depth camera sees as far.
_FARTHEST_LIMIT_M = 100.0

ZERO_OR_NAN, NEGATIVE = "zero, NaN or infinite", "negative"


class Rectified(str, Enum):
    """Whether lens distortion was removed from the image. AUTO: what calibration and source tell."""

    AUTO = "auto"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, eq=False)
class MetricDepth:
    """A depth image in metres.

    ``depth``: Float32[H, W] [m], NaN = no return. ``no_return``: reason -> how many pixels, each counted
    once. ``notes``: a sentence for each guess that was made. ``unit``: how stored values were read, and
    ``scale``: with how many metres for each.
    """

    depth: Float32
    no_return: dict[str, int]
    notes: tuple[str, ...]
    unit: str
    scale: float = 1.0


@configclass
class DepthFormat:
    """How a depth image is to be read: unit, range limits, values without return, rectified or not."""

    scale: float = setting(
        default=0.0,
        unit="m",
        help="metres per stored unit, such as 0.00025; 0: by type, 16-bit integers are millimetres, floating "
        "point is metres",
        lower=0.0,
        upper=10.0,
    )
    near: float = setting(
        default=0.0, unit="m", help="nearer values are no return; 0: no limit", lower=0.0, upper=1000.0
    )
    far: float = setting(
        default=0.0,
        unit="m",
        help="values from here on are no return; 0: no limit",
        lower=0.0,
        upper=1_000_000.0,
    )
    no_return: tuple[float, ...] = setting(
        default=(),
        help="stored values that mean no return, besides zero, NaN, infinity, the largest value of integers "
        "(65535) and of half floats (65504)",
    )
    rectified: Rectified = setting(
        default=Rectified.AUTO,
        help="the image is rectified, so the projection matrix P applies (yes), or raw, so K and the "
        "distortion do (no); auto: what calibration and topic name tell",
    )

    def __post_init__(self) -> None:
        if self.far and self.near >= self.far:
            raise ConfigError(
                f"DepthFormat.near = {self.near:g} m is not below far = {self.far:g} m; swap them."
            )

    def metres(self, stored: Array, source: str = "depth image") -> MetricDepth:
        """Stored values, (H, W) of any integer or floating-point type and byte order, as metres.

        Args:
            source: file or topic, for messages.

        Raises:
            InvalidDepthError: the type has no unit of its own and no scale is given, or is no number.
        """
        scale, unit = self._unit(stored.dtype, source)
        with np.errstate(over="ignore"):  # beyond single precision is infinity, which is no return
            depth = stored.astype(np.float32)
            if scale != 1.0:
                depth *= np.float32(scale)
        marker = _NoReturnMarker(depth)
        for value, found in self._sentinels(stored):
            marker.mark(f"stored as {value:.10g}", found)
        with np.errstate(invalid="ignore"):
            invalid = ~((depth > 0) & (depth < np.inf)) & ~marker.marked
            negative = depth < 0
        marker.mark(NEGATIVE, negative)
        marker.mark(ZERO_OR_NAN, invalid & ~negative)
        with np.errstate(invalid="ignore"):
            if self.near:
                marker.mark(f"nearer than {self.near:g} m", depth < self.near * (1.0 - _EQUAL))
            if self.far:
                marker.mark(f"at {self.far:g} m or beyond", depth >= self.far * (1.0 - _EQUAL))
        notes = [*self._without_effect(stored.dtype), *marker.mark_far_planes(source)]
        if not self.near:
            notes += marker.mark_near_planes(source)
        return MetricDepth(depth, marker.counts, tuple(notes), unit, scale)

    def with_scale(self, scale: float) -> DepthFormat:
        """The same format with another scale [m per stored unit]."""
        return replace(self, scale=scale)

    def _without_effect(self, dtype: np.dtype[np.generic]) -> Iterator[str]:
        """A sentence for each setting that matches no value, as it is in another unit."""
        if self.far >= _FARTHEST_LIMIT_M:
            yield (
                f"depth_format.far = {self.far:g} m excludes nothing that a depth camera measures; give it "
                "in metres, or 0 for no limit."
            )
        if dtype.kind in "ui":
            for value in self.no_return:
                if np.isfinite(value) and value != int(value):
                    yield (
                        f"depth_format.no_return = {value:g} is no value of an image of {dtype}; give it as "
                        "stored, before scaling."
                    )

    def _unit(self, dtype: np.dtype[np.generic], source: str) -> tuple[float, str]:
        if dtype.kind not in "uif":
            raise InvalidDepthError(
                f"{source} has dtype {dtype}; depth is stored as integers or floating-point numbers."
            )
        if self.scale:
            return self.scale, f"units of {self.scale * 1e3:g} mm"
        if dtype.kind == "f":
            return 1.0, "floating-point metres"
        if dtype.itemsize == 2:
            return MILLIMETRE, "16-bit millimetres"
        raise InvalidDepthError(
            f"{source} has dtype {dtype}, whose unit is not known; set depth_format.scale to the metres of "
            "one unit, or store depth as float32 metres or uint16 millimetres."
        )

    def _sentinels(self, stored: Array) -> Iterator[tuple[float, Bool]]:
        """Each value that means no return, and where it is stored, as far as it is."""
        # Infinity, which larger numbers become in single precision, is no return by itself.
        with np.errstate(over="ignore"):
            widest = np.float64 if stored.dtype.kind != "f" else stored.dtype.type
            given = tuple(value for value in self.no_return if np.isfinite(widest(value)))
        if stored.dtype.kind != "f":
            largest, top = int(stored.max()), int(np.iinfo(stored.dtype.str).max)
            if largest == _LARGEST_16_BIT:
                top = largest  # 16-bit values in a wider type
            for value in dict.fromkeys((top, *(int(v) for v in given if v == int(v)))):
                if int(stored.min()) <= value <= largest and (found := stored == value).any():
                    yield value, found
            return
        largest_float = float(np.fmax.reduce(stored, axis=None))
        builtin = FLOAT_SENTINELS if largest_float >= min(FLOAT_SENTINELS) * (1.0 - _EQUAL) else ()
        for value in dict.fromkeys((*builtin, *given)):
            with np.errstate(invalid="ignore", over="ignore"):
                found = np.abs(stored - stored.dtype.type(value)) <= _EQUAL * abs(value)
            if found.any():
                yield value, found


class _NoReturnMarker:
    """Writes NaN into a depth image, and counts for which reason. ``marked``: Bool[H, W]."""

    def __init__(self, depth: Float32) -> None:
        self._depth = depth
        self.counts: dict[str, int] = {}
        self.marked: Bool = np.zeros(depth.shape, dtype=np.bool_)

    def mark(self, reason: str, found: Bool) -> None:
        new = found & ~self.marked
        count = int(np.count_nonzero(new))
        if count:
            self.counts[reason] = self.counts.get(reason, 0) + count
            self.marked |= new
            np.copyto(self._depth, np.nan, where=new)  # takes a fifth of the time of putmask

    def mark_far_planes(self, source: str) -> Iterator[str]:
        """Yields a sentence for each plane that was found."""
        while (plane := far_plane(self._depth)) is not None:
            found = self._depth >= plane
            self.mark(f"far plane at {plane:g} m", found)
            yield (
                f"{found.mean():.1%} of {source} is at exactly {plane:g} m, far beyond the rest, as a "
                "clipping plane is; it was taken for no return."
            )

    def mark_near_planes(self, source: str) -> Iterator[str]:
        """Yields a sentence for each plane that was found, and for what may be one."""
        while (plane := near_plane(self._depth)) is not None:
            yield plane.sentence(self._depth.size, source)
            if not plane.is_no_return:
                return
            self.mark(f"near limit at {plane.depth:g} m", self._depth <= np.float32(plane.depth))
