# SPDX-License-Identifier: Apache-2.0
"""Object data and datasets of random numbers, well-formed but without meaning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from pinch_datagen.dataset.manifest import OBJECTS_FOLDER, Manifest, ShardRecord, write_manifest
from pinch_datagen.dataset.shard import CropPrecision, read_shard, write_shard
from pinch_datagen.dataset.tables import EXAMPLES, GRASPS, POSES, VIEWS, ObjectData, Table
from pinch_datagen.objects.object_model import ObjectModel


def random_table(rng: np.random.Generator, dtype: np.dtype, rows: int) -> Table:
    table = np.zeros(rows, dtype)
    for name in dtype.names or ():
        column = table[name]
        if column.dtype == np.bool_:
            column[...] = rng.random(column.shape) < 0.4
        elif column.dtype.kind == "f":
            column[...] = rng.normal(size=column.shape)
    return table


def object_data(
    seed: int = 0,
    name: str = "mug",
    poses: int = 2,
    grasps: int = 5,
    views: int = 4,
    examples: int = 20,
    crop_sizes: tuple[int, ...] = (32,),
) -> ObjectData:
    rng = np.random.default_rng(seed)
    model = ObjectModel(
        name,
        f"meshes/{name}.obj",
        rng.normal(size=(7, 3)),
        rng.integers(0, 7, (9, 3)),
        float(rng.uniform(0.1, 2.0)),
        rng.normal(size=3),
    )
    tables = [
        random_table(rng, dtype, rows)
        for dtype, rows in zip(
            (POSES, GRASPS, VIEWS, EXAMPLES), (poses, grasps, views, examples), strict=True
        )
    ]
    tables[1]["pose"] = rng.integers(0, poses, grasps)
    tables[1]["contacts"][rng.random(grasps) < 0.3] = np.nan
    tables[1]["robust_epsilon"] = rng.uniform(0.0, 0.004, grasps)
    tables[2]["pose"] = rng.integers(0, poses, views)
    tables[3]["view"] = rng.integers(0, views, examples)
    tables[3]["grasp"] = rng.integers(0, grasps, examples)
    tables[3]["depth"] = rng.uniform(0.4, 0.9, examples)
    tables[3]["label"] = (tables[1]["robust_epsilon"] > 0.002)[tables[3]["grasp"]]
    tables[3]["label"] &= tables[1]["collision_free"][tables[3]["grasp"]]
    crops = {}
    for size in crop_sizes:
        crops[size] = rng.uniform(-0.149, 0.149, (examples, size, size)).astype(np.float32)
        crops[size][rng.random(crops[size].shape) < 0.05] = np.nan
    return ObjectData(model, *tables, crops)


@st.composite
def any_object_data(draw: st.DrawFn) -> ObjectData:
    return object_data(
        seed=draw(st.integers(0, 2**32)),
        name=draw(st.text(st.characters(exclude_categories=()), max_size=8)),
        poses=draw(st.integers(1, 4)),
        grasps=draw(st.integers(1, 9)),
        views=draw(st.integers(1, 5)),
        examples=draw(st.integers(0, 30)),
        crop_sizes=tuple(draw(st.sets(st.sampled_from((4, 8, 32)), max_size=2))),
    )


def write_dataset(
    folder: Path,
    objects: list[ObjectData],
    precision: CropPrecision = CropPrecision.FLOAT32,
    threshold: float = 0.002,
    start: int = 0,
) -> Path:
    records = []
    for number, data in enumerate(objects, start):
        shard = folder / OBJECTS_FOLDER / f"{number:06d}_{data.model.name}"
        write_shard(shard, data, precision)
        records.append(ShardRecord.of(read_shard(shard)))
    write_manifest(
        folder,
        Manifest(
            config={"seed": 3, "views": {"per_pose": 2}},
            seed=3,
            torque_scale=1000.0,
            robust_epsilon_threshold=threshold,
            versions={"numpy": np.__version__},
            shards=tuple(records),
        ),
    )
    return folder
