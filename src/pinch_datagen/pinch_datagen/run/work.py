# SPDX-License-Identifier: Apache-2.0
"""What a worker does with one object, wherever the worker runs."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pinch_core.errors import PinchError
from pinch_core.gripper import Gripper
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.dataset.shard import CropPrecision, write_shard
from pinch_datagen.dataset.tables import ObjectData
from pinch_datagen.errors import BadMeshError, DatagenError
from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.run.shared_folder import require_visible
from pinch_datagen.run.stored_object import shard_folder, store_skip

Generate: TypeAlias = Callable[[ObjectRef, DatagenConfig, Gripper], ObjectData]


@dataclass(frozen=True)
class Outcome:
    """What became of an object; ``skipped_reason`` is None where it has a shard."""

    name: str
    examples: int
    positives: int
    seconds: float
    skipped_reason: str | None = None


@dataclass(frozen=True)
class Work:
    """All that a worker needs beside the object. ``directory``: the dataset's folder, absolute.

    ``generate`` must be picklable, as it is sent to other processes.
    """

    directory: Path
    config: DatagenConfig
    gripper: Gripper
    generate: Generate

    def run(self, ref: ObjectRef) -> Outcome:
        """Generate an object and store its shard, or the reason why it is skipped.

        Raises:
            PinchError: the run cannot go on: the disk is full, a folder is not visible here, or a bug.
        """
        start = time.perf_counter()
        self._check_folders(ref)
        try:
            data = self._generate(ref)
        except BadMeshError as error:
            store_skip(self.directory, ref, str(error))
            return Outcome(ref.name, 0, 0, time.perf_counter() - start, str(error))
        half = self.config.storage.half_precision
        precision = CropPrecision.FLOAT16 if half else CropPrecision.FLOAT32
        write_shard(shard_folder(self.directory, ref.name), data, precision)
        positives = int(data.examples["label"].sum())
        return Outcome(ref.name, len(data.examples), positives, time.perf_counter() - start)

    def attempt(self, ref: ObjectRef) -> Outcome | PinchError:
        """As :meth:`run`, with the error as a value: so it crosses processes and machines unchanged."""
        try:
            return self.run(ref)
        except PinchError as error:
            return error

    def _generate(self, ref: ObjectRef) -> ObjectData:
        try:
            data = self.generate(ref, self.config, self.gripper)
            if data.model.name != ref.name:
                raise ValueError(f"its model is called '{data.model.name}'")
            return data
        except PinchError:
            raise
        except MemoryError as error:
            raise DatagenError(
                f"memory ran out at object '{ref.name}'; run again with fewer --workers and --resume."
            ) from error
        except Exception as error:  # a bug: skipping the object would hide it
            place = traceback.extract_tb(error.__traceback__)[-1]
            raise DatagenError(
                f"object '{ref.name}' failed with {type(error).__name__}: {error} "
                f"({place.filename}:{place.lineno}); this is a bug in pinch: report it, and go on with "
                "--resume when it is fixed."
            ) from error

    def _check_folders(self, ref: ObjectRef) -> None:
        for folder in (self.directory, *(() if ref.path is None else (ref.path.parent,))):
            require_visible(folder)
