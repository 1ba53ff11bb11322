# SPDX-License-Identifier: Apache-2.0
"""One native thread a worker: there is a worker for each core, and a sum's order must not depend on cores."""

from __future__ import annotations

import os
from functools import cache

# Read by the libraries when they are loaded, so they belong into a worker's environment before it starts.
THREAD_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


@cache
def limit_native_threads() -> None:
    """Limit the libraries that read none of these, for the rest of this process: OpenCV, manifold3d, Embree.

    The TBB in the latter two counts, when it is first used, the cores that it may run on.
    """
    import cv2
    import manifold3d
    from embreex.rtcore_scene import EmbreeScene

    cv2.setNumThreads(1)
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        (manifold3d.Manifold.sphere(1.0, 8) - manifold3d.Manifold.cube((1.0, 1.0, 1.0))).num_tri()
        EmbreeScene()
    finally:
        os.sched_setaffinity(0, cores)
