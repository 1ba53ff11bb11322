# SPDX-License-Identifier: Apache-2.0
"""What a second camera, or a projector, beside the first does not reach."""

from __future__ import annotations

import numpy as np

from pinch_core.depth_frame import Bool, Float32


def hidden_from_beside(disparity: Float32) -> Bool:
    """Bool[H, W]: pixels that something nearer hides from a second view further along +x.

    What the first view shows in column u, the second sees in its column u - disparity [px]. It is hidden
    where something shown further to the right lies at or left of it there: a running minimum from the
    right. Disparity 0 is no return, which hides nothing.
    """
    columns = np.arange(disparity.shape[1], dtype=np.float32)
    seen = np.where(disparity > 0, columns - disparity, np.float32(np.inf))
    nearest = np.minimum.accumulate(seen[:, ::-1], axis=1)[:, ::-1]
    hidden = np.zeros(disparity.shape, dtype=np.bool_)
    hidden[:, :-1] = seen[:, :-1] > nearest[:, 1:]
    return hidden
