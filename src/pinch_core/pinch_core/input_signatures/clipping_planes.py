# SPDX-License-Identifier: Apache-2.0
"""Clipping planes: one value, exactly repeated, where a sensor or simulator measured nothing.

Beyond everything else it is a simulator's far plane, nearer than everything else the limit that a sensor
clips at. A surface may be as flat in an image without noise, seen straight from above: it must stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

# Fewer pixels than this may agree by chance.
_FEWEST_PIXELS = 16

# Where a far plane fills most of the image it may be a flat floor seen without noise, unless it is farther
# than any depth camera measures.
_FAR_GAP = 1.25
_FAR_SHARE = 0.5
_NEVER_MEASURED_M = 20.0

# Nearer than any depth camera above a table measures.
_TOO_NEAR_M = 0.05
# All else is farther by this factor: enough to look at, to tell of, and for no object on a table to explain
# it, as objects are less than half as high as the camera stands.
_NEAR_GAP, _TOLD_GAP, _NO_OBJECT_GAP = 1.1, 1.25, 2.0
# More of the image may be a flat table above a floor, if without noise; if there is noise, it is none.
_FLAT_SHARE, _NEAR_SHARE = 0.25, 0.5
# So often would neighbouring pixels differ, if they were of a surface as rough in the image as all else: that
# none of them does is then no chance.
_EXPECTED_CHANGES = 20.0

_MEDIAN_SAMPLE = 4096


@dataclass(frozen=True)
class NearPlane:
    """``depth`` of the repeated value and of the nearest other pixel, ``next_depth`` [m]; ``pixels``: how
    many have it. ``is_no_return``: it is no surface; else it may be the flat top of an object.
    """

    depth: float
    next_depth: float
    pixels: int
    is_no_return: bool

    def sentence(self, total: int, source: str) -> str:
        """What was seen, how it was taken, and how to say otherwise, of an image of ``total`` pixels."""
        between = float(np.sqrt(self.depth * self.next_depth))
        seen = (
            f"{self.pixels / total:.1%} of {source} ({self.pixels} pixels) is at exactly {self.depth:g} m, "
            f"nearer than all else (from {self.next_depth:.3g} m on)"
        )
        if self.is_no_return:
            return (
                f"{seen}, as where a sensor clips at its near limit; it was taken for no return: set "
                f"depth_format.near to {between:.2g} if that is right, or to {self.depth / 2:.2g} if a "
                "surface is there."
            )
        return (
            f"{seen}; it was left as the flat top of an object: if a sensor clips at its near limit there, "
            f"set depth_format.near to {between:.2g}."
        )


def far_plane(depth: Float32) -> float | None:
    """The largest depth [m], where it is that of a clipping plane.

    Args:
        depth: (H, W) [m], NaN = no return.
    """
    top = float(np.fmax.reduce(depth, axis=None))
    if not np.isfinite(top):
        return None
    is_plausible = top < _NEVER_MEASURED_M
    if is_plausible and top <= _FAR_GAP * rough_median(depth):
        return None
    at_top = depth == np.float32(top)
    count, valid = int(np.count_nonzero(at_top)), int(np.count_nonzero(np.isfinite(depth)))
    if count < _FEWEST_PIXELS or count == valid or (is_plausible and count > _FAR_SHARE * valid):
        return None
    below = float(np.fmax.reduce(depth, axis=None, where=depth < np.float32(top), initial=0.0))
    return top if top >= _FAR_GAP * below else None


def near_plane(depth: Float32) -> NearPlane | None:
    """The smallest depth, where it is repeated and all else is farther by a gap.

    Args:
        depth: (H, W) [m], NaN = no return.
    """
    low = float(np.fmin.reduce(depth, axis=None))
    if not np.isfinite(low) or (low >= _TOO_NEAR_M and low * _NEAR_GAP >= rough_median(depth)):
        return None
    count = int(np.count_nonzero(depth == np.float32(low)))
    if count < _FEWEST_PIXELS:
        return None
    is_farther = depth > np.float32(low)
    following = float(np.fmin.reduce(depth, axis=None, where=is_farther, initial=np.inf))
    if following < _NEAR_GAP * low or not np.isfinite(following):
        return None
    others = int(np.count_nonzero(is_farther))
    if _is_no_return(depth, low, following, count, count / (count + others)):
        return NearPlane(low, following, count, is_no_return=True)
    if following < _TOLD_GAP * low:
        return None
    return NearPlane(low, following, count, is_no_return=False)


def _is_no_return(depth: Float32, low: float, following: float, count: int, share: float) -> bool:
    if low < _TOO_NEAR_M:
        return True
    if following >= _NO_OBJECT_GAP * low and share <= _FLAT_SHARE:
        return True
    return share <= _NEAR_SHARE and count * _change_rate(depth, low) >= _EXPECTED_CHANGES


def _change_rate(depth: Float32, low: float) -> float:
    """Share of neighbouring pixels, both farther than ``low``, whose depths differ at all: along rows or
    columns, whichever is more, as a tilted table changes along one of them.
    """
    return max(_differing(depth[:, :-1], depth[:, 1:], low), _differing(depth[:-1], depth[1:], low))


def _differing(one: Float32, other: Float32, low: float) -> float:
    both = (one > np.float32(low)) & (other > np.float32(low))
    pairs = int(np.count_nonzero(both))
    return int(np.count_nonzero(both & (one != other))) / pairs if pairs else 0.0


def rough_median(depth: Float32) -> float:
    """Median of some thousand valid pixels [m], from every eighth row if it has any: enough to detect the
    unit. NaN without any.
    """
    rows = depth[::8]
    sample = rows[np.isfinite(rows)]
    if not sample.size:
        sample = depth[np.isfinite(depth)]
    if not sample.size:
        return float("nan")
    return float(np.median(sample[:: max(1, sample.size // _MEDIAN_SAMPLE)]))
