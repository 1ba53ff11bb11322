# SPDX-License-Identifier: Apache-2.0
"""A run of the generator over many objects: interruptible, resumable, the same bytes with any workers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from rich.console import Console

from pinch_core.config import to_mapping
from pinch_core.gripper import Gripper
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.dataset.manifest import (
    MANIFEST_FILE,
    Alike,
    Manifest,
    Merged,
    ShardRecord,
    Skipped,
    write_manifest,
)
from pinch_datagen.object_ref import Copy, ObjectRef
from pinch_datagen.run.executor import Executor
from pinch_datagen.run.inputs import Inputs
from pinch_datagen.run.output_folder import output_folder
from pinch_datagen.run.progress import progress_on
from pinch_datagen.run.stored_object import is_stored, stored_object
from pinch_datagen.run.work import Generate, Work


def run_generation(
    directory: Path,
    config: DatagenConfig,
    gripper: Gripper,
    refs: Sequence[ObjectRef],
    executor: Executor,
    generate: Generate,
    *,
    copies: Sequence[Copy] = (),
    alike: Sequence[tuple[str, ...]] = (),
    made_of: Sequence[ObjectRef] = (),
    left_out: Sequence[Skipped] = (),
    resume: bool = False,
    console: Console | None = None,
) -> Manifest:
    """Generate a dataset, or what is missing of it.

    Args:
        directory: a new or empty folder; with ``resume`` also one where a run with the same inputs was begun.
            A finished dataset is repaired: every byte is compared with its checksum.
        config: decides the content, together with the gripper and the objects.
        gripper: the one that ``config`` names.
        refs: the objects; names are unique.
        executor: where the work is done.
        generate: makes the examples of one object; picklable.
        copies: mesh files that are merged into objects of ``refs``; noted, not generated.
        alike: names of objects of nearly one shape, or of heaps of the same objects, in groups that splits
            keep together.
        made_of: objects that ``refs`` are made of, where these are heaps: noted with their checksums.
        left_out: objects among them that are not used, and why.
        resume: see ``directory``.
        console: for progress and warnings, by default stderr.

    Raises:
        OutputError: the folder cannot be used, or the disk is full; what is done so far is kept.
        DatagenError: a worker died or met a bug; likewise.
        KeyboardInterrupt: likewise.
    """
    directory = directory.absolute()
    inputs = Inputs.of(config, gripper, [*refs, *made_of, *(copy.ref for copy in copies)])
    with output_folder(directory, inputs, resume):
        finished = (directory / MANIFEST_FILE).exists()
        missing = [ref for ref in refs if not is_stored(directory, ref.name, checksums=finished)]
        work = Work(directory, config, gripper, generate)
        with (
            progress_on(console or Console(stderr=True), len(refs), len(refs) - len(missing)) as show,
            closing(executor.map_unordered(work, missing)) as outcomes,
        ):
            for outcome in outcomes:
                show(outcome)
        manifest = _manifest(directory, inputs, refs, copies, alike, left_out)
        write_manifest(directory, manifest)
    return manifest


def _manifest(
    directory: Path,
    inputs: Inputs,
    refs: Sequence[ObjectRef],
    copies: Sequence[Copy],
    alike: Sequence[tuple[str, ...]],
    left_out: Sequence[Skipped],
) -> Manifest:
    """From what is on disk, whichever process wrote it."""
    stored = [stored_object(directory, ref.name) for ref in refs]
    quality = inputs.config.quality
    return Manifest(
        config=to_mapping(inputs.config),
        seed=inputs.config.seed,
        torque_scale=quality.contact.torque_scale,
        robust_epsilon_threshold=quality.min_robust_epsilon,
        versions=inputs.versions,
        shards=tuple(found for found in stored if isinstance(found, ShardRecord)),
        skipped=(*left_out, *(found for found in stored if isinstance(found, Skipped))),
        merged=tuple(Merged(copy.ref.name, str(copy.ref.path), copy.same_as) for copy in copies),
        alike=tuple(map(Alike, alike)),
    )
