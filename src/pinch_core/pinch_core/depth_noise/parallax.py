# SPDX-License-Identifier: Apache-2.0
"""Occlusion between two views: what a second camera, or a projector, does not see."""

from __future__ import annotations

import numpy as np

from pinch_core.depth_frame import Bool, Float32


def hidden_from_beside(disparity: Float32) -> Bool:
    """Bool[H, W]: pixels that a nearer surface occludes from a second view further along +x.

    A point in column u of the first view is in column u - disparity [px] of the second. It is occluded if
    a point further to the right in the first view is at or left of it in the second: a running minimum from
    the right. Disparity 0 is no return, which hides nothing.
    """
    columns = np.arange(disparity.shape[1], dtype=np.float32)
    seen = np.where(disparity > 0, columns - disparity, np.float32(np.inf))
    nearest = np.minimum.accumulate(seen[:, ::-1], axis=1)[:, ::-1]
    hidden = np.zeros(disparity.shape, dtype=np.bool_)
    hidden[:, :-1] = seen[:, :-1] > nearest[:, 1:]
    return hidden
