# SPDX-License-Identifier: Apache-2.0
"""Our own layout, looked into also while it is unfinished."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pinch_core.atomic_file import TEMPORARY
from pinch_core.config import load_yaml
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.dataset.manifest import MANIFEST_FILE, OBJECTS_FOLDER, Skipped
from pinch_datagen.dataset.shard import Shard, read_shard
from pinch_datagen.dataset.shard_source import ShardSource
from pinch_datagen.dataset.tables import EXAMPLES, GRASPS, METRICS
from pinch_datagen.errors import DamagedDatasetError, NoObjectsError
from pinch_datagen.heaps.generate_heap import of_heaps
from pinch_datagen.heaps.heap_files import read_heap_grasps
from pinch_datagen.inspect.measure import Measure, measure_of
from pinch_datagen.inspect.negative_reason import reasons_of
from pinch_datagen.inspect.subject import Float32, GraspPopulation, InspectedObject, Int64, SampledExamples
from pinch_datagen.run.inputs import CONFIG_FILE
from pinch_datagen.run.stored_object import SKIPPED_FOLDER, stored_object


class ShardSubject:
    """The shards of a finished dataset, or those of an unfinished one that are whole.

    Raises:
        DatagenError: another format version.
        DamagedDatasetError: a finished dataset is not what its manifest says.
        NoObjectsError: there is no example.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if (path / MANIFEST_FILE).exists():
            self._take_finished()
        else:
            self._take_unfinished()
        counts = [shard.info.counts for shard in self.shards]
        self.poses: int | None = sum(count.poses for count in counts)
        self.views: int | None = sum(count.views for count in counts)
        if not any(count.examples for count in counts):
            raise NoObjectsError(f"{path} holds no whole object with examples; generate some first.")

    def _take_finished(self) -> None:
        source = ShardSource(self.path)
        self.shards = tuple(source.shards)
        self.threshold = source.manifest.robust_epsilon_threshold
        self._take_measure()
        self.torque_scale: float | None = source.manifest.torque_scale
        self.fingerprint: str | None = source.manifest.fingerprint
        self.skipped = source.manifest.skipped
        self.warnings: tuple[str, ...] = ()

    def _take_unfinished(self) -> None:
        file = self.path / CONFIG_FILE
        quality = (load_yaml(DatagenConfig, file) if file.exists() else DatagenConfig()).quality
        self.threshold = quality.min_robust_epsilon
        self.torque_scale = quality.contact.torque_scale
        self.fingerprint = None
        shards: list[Shard] = []
        warnings = [f"{self.path} is unfinished: it has no {MANIFEST_FILE}; this is what is whole so far."]
        for folder in sorted((self.path / OBJECTS_FOLDER).iterdir()):
            if folder.name.startswith(TEMPORARY):
                continue
            try:
                shards.append(read_shard(folder))
            except DamagedDatasetError as error:
                warnings.append(str(error))
        notes = sorted((self.path / SKIPPED_FOLDER).glob("*.json"))
        stored = (stored_object(self.path, note.stem) for note in notes)
        self.shards = tuple(shards)
        self._take_measure()
        self.skipped = tuple(note for note in stored if isinstance(note, Skipped))
        self.warnings = tuple(warnings)

    def _take_measure(self) -> None:
        """What positives are told by; heaps are never among single objects."""
        self.measure = measure_of(self.shards[0]) if self.shards else Measure.EPSILON
        if self.measure is Measure.RESISTANCE:
            config = load_yaml(DatagenConfig, self.path / CONFIG_FILE)
            self.threshold = of_heaps(config).labels.min_share

    def population(self) -> GraspPopulation:
        grasps = np.concatenate([shard.grasps for shard in self.shards])
        images = [_images_of_grasps(shard) for shard in self.shards]
        ends = np.cumsum([shard.info.counts.grasps for shard in self.shards]).tolist()
        objects = (
            InspectedObject(shard.info.name, shard.info.source, slice(start, end))
            for shard, start, end in zip(self.shards, [0, *ends], ends, strict=False)
        )
        return GraspPopulation(
            examples=np.concatenate([examples for examples, _ in images]),
            positives=np.concatenate([positives for _, positives in images]),
            metrics={name: np.array(grasps[name]) for name in METRICS},
            reason=np.concatenate([_reasons(shard) for shard in self.shards]),
            kind=np.array(grasps["kind"]),
            collision_free=np.array(grasps["collision_free"]),
            width=np.array(grasps["width"]),
            height=np.concatenate([_heights(shard) for shard in self.shards]),
            objects=tuple(objects),
        )

    def sample(self, label: bool, count: int, rng: np.random.Generator) -> SampledExamples:
        counts = [shard.info.counts for shard in self.shards]
        ends = np.cumsum([c.positives if label else c.examples - c.positives for c in counts])
        total = int(ends[-1])
        chosen = np.sort(rng.choice(total, min(count, total), replace=False))
        sizes = sorted(set.intersection(*(set(shard.info.crop_sizes) for shard in self.shards)))
        crops = {size: np.zeros((len(chosen), size, size), np.float32) for size in sizes}
        examples, grasps = np.zeros(len(chosen), EXAMPLES), np.zeros(len(chosen), GRASPS)
        reason = np.zeros(len(chosen), np.uint8)
        shard_of = np.searchsorted(ends, chosen, side="right")
        for number in np.unique(shard_of):
            shard, here = self.shards[number], shard_of == number
            start = ends[number - 1] if number else 0
            rows = np.flatnonzero(shard.examples["label"] == label)[chosen[here] - start]
            examples[here] = shard.examples[rows]
            grasps[here] = shard.grasps[examples["grasp"][here]]
            reason[here] = _reasons(shard)[examples["grasp"][here]]
            for size in sizes:
                crops[size][here] = _crops(shard, size, rows)
        return SampledExamples(
            total, crops, examples["width_px"], grasps[self.measure.column], reason, self.measure.title
        )


def _images_of_grasps(shard: Shard) -> tuple[Int64, Int64]:
    """Int64[G] each: in how many examples a grasp is, and in how many positive ones."""
    examples, grasps = shard.examples, shard.info.counts.grasps
    grasp = examples["grasp"]
    return (
        np.bincount(grasp, minlength=grasps),
        np.bincount(grasp[examples["label"]], minlength=grasps),
    )


def _reasons(shard: Shard) -> NDArray[np.uint8]:
    """UInt8[G]: why each grasp would be a negative."""
    beside = read_heap_grasps(shard.folder)
    return reasons_of(shard.grasps, None if beside is None else beside.exactly_one)


def _heights(shard: Shard) -> Float32:
    grasps = shard.grasps
    upward = shard.poses["T_table_obj"][:, 2][grasps["pose"]]  # [G, 4]
    return np.asarray((upward[:, :3] * grasps["center"]).sum(-1) + upward[:, 3], np.float32)


def _crops(shard: Shard, size: int, rows: Int64) -> Float32:
    """Relative to the grasp; where the crop reaches out of the image, its depth is 0 from the camera."""
    relative = np.asarray(shard.crops(size)[rows], np.float32)
    outside = np.abs(relative + shard.examples["depth"][rows][:, None, None]) < 1e-3
    return np.where(outside, np.float32(np.nan), relative)
