# SPDX-License-Identifier: Apache-2.0
"""The published Dex-Net 2.0 layout: every example counts as a grasp of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_datagen.dataset import canonical_json
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.dexnet_format import EXPORT_FILE, POSE_COLUMNS, TENSORS_FOLDER
from pinch_datagen.dataset.dexnet_source import PUBLISHED_THRESHOLD
from pinch_datagen.dataset.manifest import Skipped
from pinch_datagen.dataset.tables import GraspKind
from pinch_datagen.errors import DamagedDatasetError, NoObjectsError
from pinch_datagen.inspect.measure import Measure
from pinch_datagen.inspect.negative_reason import negative_reasons
from pinch_datagen.inspect.subject import Bool, GraspPopulation, SampledExamples


class DexNetSubject:
    """A dataset that was opened from a folder with ``tensors/``, or from the one that holds the npz files.

    Raises:
        DamagedDatasetError: a file is missing, cut or corrupt.
        NoObjectsError: there is no example.
    """

    poses: int | None = None
    views: int | None = None
    skipped: tuple[Skipped, ...] = ()
    warnings: tuple[str, ...] = ()

    def __init__(self, dataset: Dataset) -> None:
        self.path = dataset.path
        self._dataset = dataset
        if len(dataset) == 0:
            raise NoObjectsError(f"{self.path} holds no examples; give another folder.")
        file = self.path / EXPORT_FILE
        meaning = canonical_json.read(file) if file.is_file() else {}
        self.measure = Measure.EPSILON
        self.threshold = float(meaning.get("robust_epsilon_threshold", PUBLISHED_THRESHOLD))
        self.torque_scale: float | None = meaning.get("torque_scale")
        self.fingerprint: str | None = meaning.get("fingerprint")
        self._labels = dataset.labels()
        self._collision_free = self._read_collision_free()

    def population(self) -> GraspPopulation:
        return GraspPopulation(
            examples=np.ones(len(self._labels), np.int64),
            positives=self._labels.astype(np.int64),
            metrics={name: self._dataset.metric(name) for name in self._dataset.metrics},
            reason=self._reasons(),
            collision_free=self._collision_free,
        )

    def sample(self, label: bool, count: int, rng: np.random.Generator) -> SampledExamples:
        candidates = np.flatnonzero(self._labels == label)
        rows = np.sort(rng.choice(candidates, min(count, len(candidates)), replace=False))
        return SampledExamples(
            len(candidates),
            {size: self._dataset.crops(size, rows) for size in self._dataset.crop_sizes},
            self._column("hand_poses").reshape(-1, len(POSE_COLUMNS))[rows, POSE_COLUMNS.index("width_px")],
            self._dataset.metric("robust_epsilon")[rows],
            self._reasons()[rows],
        )

    def _reasons(self) -> NDArray[np.uint8]:
        free = np.True_ if self._collision_free is None else self._collision_free
        return np.broadcast_to(negative_reasons(GraspKind.SURFACE, free, True), len(self._labels))

    def _read_collision_free(self) -> Bool | None:
        """Later folders and our exports say it."""
        column = self._column("collision_free").reshape(-1)
        if len(column) not in (0, len(self._labels)):
            raise DamagedDatasetError(
                f"{self.path} has {len(column)} collision_free for {len(self._labels)} examples; "
                "export or download it again."
            )
        return column > 0 if len(column) else None

    def _column(self, field: str) -> NDArray[Any]:
        tensors = self.path / TENSORS_FOLDER
        folder = tensors if tensors.is_dir() else self.path
        arrays = []
        for path in sorted(folder.glob(f"{field}_[0-9]*.npz")):
            try:
                with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                    arrays.append(archive["arr_0"])
            except Exception as error:  # what numpy, zipfile and zlib raise on damaged bytes is open-ended
                raise DamagedDatasetError(
                    f"{path} is damaged ({error}); export or download it again."
                ) from error
        return np.concatenate(arrays) if arrays else np.zeros(0, np.uint8)
