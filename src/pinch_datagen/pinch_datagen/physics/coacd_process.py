# SPDX-License-Identifier: Apache-2.0
"""CoACD in a process of its own: ONNX Runtime, imported after it, brings the process down (both carry a
library of the same name), and what it meets in a broken mesh must not end a run.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import numpy as np
from numpy.typing import NDArray

from pinch_datagen.errors import BadMeshError
from pinch_datagen.run.process_map import die_with_parent

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


def corners_of_parts(
    vertices: Float64, faces: Int64, concavity: float, max_parts: int, source: str
) -> list[Float64]:
    """Corners Float64[V, 3] of the convex parts of a surface.

    Raises:
        BadMeshError: the decomposition crashed on this mesh.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=die_with_parent) as process:
        try:
            return process.submit(_run, vertices, faces, concavity, max_parts).result()
        except BrokenProcessPool as error:
            raise BadMeshError(
                f"{source} with {len(faces)} triangles brought CoACD down; it is left out, repair the mesh."
            ) from error


def _run(vertices: Float64, faces: Int64, concavity: float, max_parts: int) -> list[Float64]:
    import coacd

    coacd.set_log_level("error")
    found = coacd.run_coacd(
        coacd.Mesh(vertices, faces),
        threshold=concavity,
        max_convex_hull=max_parts,
        preprocess_mode="auto",
        resolution=1000,
        mcts_iterations=60,
        max_ch_vertex=64,
        decimate=True,
        seed=0,
    )
    return [np.asarray(corners, dtype=np.float64) for corners, _ in found]
