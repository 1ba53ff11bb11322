# SPDX-License-Identifier: Apache-2.0
"""The files that an inspection leaves behind."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from pinch_core.atomic_file import write_file
from pinch_core.errors import UnknownNameError
from pinch_datagen.dataset import canonical_json
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.manifest import MANIFEST_FILE, OBJECTS_FOLDER
from pinch_datagen.dataset.shard import Shard
from pinch_datagen.errors import DatagenError
from pinch_datagen.inspect.contact_sheet import draw_contact_sheet, sorted_for_reading
from pinch_datagen.inspect.dexnet_subject import DexNetSubject
from pinch_datagen.inspect.histograms import draw_histograms
from pinch_datagen.inspect.object_page import object_page
from pinch_datagen.inspect.object_picture import draw_object
from pinch_datagen.inspect.shard_subject import ShardSubject
from pinch_datagen.inspect.statistics import Statistics
from pinch_datagen.inspect.subject import GraspPopulation, Subject

TILES = 100
OBJECTS = 3


def open_subject(path: Path) -> ShardSubject | DexNetSubject:
    """A dataset of ours, finished or not, or a folder of the published Dex-Net 2.0.

    Raises:
        DatagenError: the folder does not exist or holds neither.
        DamagedDatasetError: the dataset is damaged.
        NoObjectsError: it is empty.
    """
    if (path / MANIFEST_FILE).exists() or (path / OBJECTS_FOLDER).is_dir():
        return ShardSubject(path)
    return DexNetSubject(Dataset.open(path))


def chosen_shards(subject: ShardSubject | DexNetSubject, name: str | None) -> list[Shard]:
    """The object of that name, or the few with most positives.

    Raises:
        UnknownNameError: there is no such object.
        DatagenError: the layout knows no objects.
    """
    if isinstance(subject, DexNetSubject):
        if name is not None:
            raise DatagenError(
                f"{subject.path} is in Dex-Net's layout, which names no objects; omit --object."
            )
        return []
    if name is None:
        ranked = sorted(subject.shards, key=lambda shard: (-shard.info.counts.positives, shard.info.name))
        return ranked[:OBJECTS]
    found = [shard for shard in subject.shards if shard.info.name == name]
    if not found:
        examples = ", ".join(shard.info.name for shard in subject.shards[:OBJECTS])
        raise UnknownNameError(f"{subject.path} has no object '{name}'; its objects are {examples}, ...")
    return found


def write_report(
    folder: Path,
    subject: Subject,
    figures: Statistics,
    population: GraspPopulation,
    shards: Sequence[Shard],
    rng: np.random.Generator,
) -> Iterator[Path]:
    """Write statistics, contact sheets and the chosen objects, and yield each file when it is there.

    Raises:
        OutputError: the folder cannot be written.
        DamagedDatasetError: a file of the dataset is damaged.
    """
    yield _written(folder / "statistics.json", canonical_json.encode(dataclasses.asdict(figures)))
    yield _written(folder / "statistics.png", draw_histograms(figures, population))
    for label, name in ((True, "positives"), (False, "negatives")):
        examples = sorted_for_reading(subject.sample(label, TILES, rng), label)
        for size in examples.crops if len(examples) else ():
            yield _written(folder / f"{name}_{size}.png", draw_contact_sheet(examples, size, label))
    for shard in shards:
        file = f"object_{shard.folder.name}"
        yield _written(folder / f"{file}.png", draw_object(shard, subject.threshold))
        yield _written(folder / f"{file}.html", object_page(shard, subject.threshold).encode())


def _written(path: Path, content: bytes) -> Path:
    write_file(path, content)
    return path
