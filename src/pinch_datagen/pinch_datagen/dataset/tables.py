# SPDX-License-Identifier: Apache-2.0
"""What is known of one object: its poses, grasps, views and examples, as tables that refer to each other by
row.

The object's frame is that of :class:`ObjectModel`. The table's frame has z up and the table at z = 0. Optical
frames have z forward, x right, y down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_datagen.objects.object_model import ObjectModel

Table = NDArray[Any]


class GraspKind(IntEnum):
    """How a grasp was proposed; all kinds are labelled by the same metrics."""

    SURFACE = 0  # antipodal pair that covers the surface (the paper's only kind)
    BLOCKED = 1  # antipodal pair whose fingers or palm hit something: narrow gaps
    BESIDE = 2  # between the jaws there is mostly the table
    DRAWN = 3  # in a heap, as the policy draws grasps from an image
    KNOWN_GOOD = 4  # in a heap, good by the objects' true surfaces


# A stable pose. T_table_obj is 4 x 4; its x and y are those of the view, so 0 here.
POSES = np.dtype([("probability", "<f4"), ("T_table_obj", "<f8", (4, 4))])

# A grasp in the object's frame [m]. `axis` points from contact 0 to contact 1; the approach is along
# `approach`. Contacts are NaN where a jaw meets nothing. `width`: between the contacts, NaN likewise.
# Metrics: nominal, and the mean over the Monte-Carlo samples ("robust_").
GRASPS = np.dtype(
    [
        ("pose", "<u2"),
        ("kind", "u1"),
        ("center", "<f4", (3,)),
        ("axis", "<f4", (3,)),
        ("approach", "<f4", (3,)),
        ("contacts", "<f4", (2, 3)),
        ("width", "<f4"),
        ("force_closure", "<f4"),
        ("epsilon", "<f4"),
        ("wrench_resistance", "<f4"),
        ("robust_force_closure", "<f4"),
        ("robust_epsilon", "<f4"),
        ("robust_wrench_resistance", "<f4"),
        ("collision_free", "?"),
        ("label", "?"),
    ]
)

# A rendered depth image: the stable pose it shows, where the object stood, and the camera (pixel centres at
# integers).
VIEWS = np.dtype(
    [
        ("pose", "<u2"),
        ("T_table_obj", "<f8", (4, 4)),
        ("T_table_cam", "<f8", (4, 4)),
        ("fx", "<f4"),
        ("fy", "<f4"),
        ("cx", "<f4"),
        ("cy", "<f4"),
        ("width", "<u2"),
        ("height", "<u2"),
    ]
)

# A grasp seen in a view. `depth`: z of the grasp centre in the optical frame [m]. `row`, `column`: its pixel,
# `angle`: of the closing axis in the image [rad], rows count down. `width_px`: the opened jaws in pixels.
# `object_row`, `object_column`: pixel of the object's centre of mass.
EXAMPLES = np.dtype(
    [
        ("view", "<u4"),
        ("grasp", "<u4"),
        ("depth", "<f4"),
        ("row", "<f4"),
        ("column", "<f4"),
        ("angle", "<f4"),
        ("width_px", "<f4"),
        ("object_row", "<f4"),
        ("object_column", "<f4"),
        ("label", "?"),
    ]
)

METRICS = (
    "force_closure",
    "epsilon",
    "wrench_resistance",
    "robust_force_closure",
    "robust_epsilon",
    "robust_wrench_resistance",
)


@dataclass(frozen=True, eq=False)
class ObjectData:
    """All examples of one object.

    ``poses``, ``grasps``, ``views``, ``examples``: tables of the dtypes above. ``crops``: per crop size the
    depth Float32[N, size, size] [m] **minus the example's depth**, in the order of ``examples``, NaN = no
    return. ``beside``: name -> content of further files, as heaps have.
    """

    model: ObjectModel
    poses: Table
    grasps: Table
    views: Table
    examples: Table
    crops: dict[int, NDArray[np.float32]]
    beside: dict[str, bytes] = field(default_factory=dict)
