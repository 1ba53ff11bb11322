# SPDX-License-Identifier: Apache-2.0
"""Memory of an image's size that is used again, frame after frame."""

from __future__ import annotations

import ctypes

# mallopt's names for two of its limits (malloc.h), and the values: the most that glibc takes for the first.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGEST_BLOCK, _KEPT = 32 * 2**20, 128 * 2**20


def keep_large_blocks() -> None:
    """Keep what is freed for what comes next. By itself glibc gives a block of an image's size back to the
    system, and the next image then faults in 300 pages anew: 2 of the 4 ms in which an image of 640 x 480
    floats passes from node to node. Where the C library is another one, nothing changes.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_BLOCK)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
