# SPDX-License-Identifier: Apache-2.0
"""Generate training data from 3-D models, or look into it (pinch datagen inspect DIR)."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from pinch_core.cli.__main__ import DONE, FELL_SHORT, INTERRUPTED
from pinch_core.cli.settings import parse
from pinch_core.config import configclass, load_yaml, setting
from pinch_core.config_kinds import DATAGEN
from pinch_core.errors import ConfigError

if TYPE_CHECKING:  # here and below: --help and mistyped options answer without loading the generator
    from pinch_core.gripper import Gripper
    from pinch_datagen.datagen_config import DatagenConfig
    from pinch_datagen.dataset.manifest import Manifest
    from pinch_datagen.heaps.heap_data_config import HeapDataConfig
    from pinch_datagen.object_list import ObjectList
    from pinch_datagen.run.executor import Executor

EXPORT_FOLDER = "dexnet"


class Format(Enum):
    """Layouts to write."""

    PINCH = "pinch"
    DEXNET = "dexnet"


@configclass
class DatagenOptions:
    """What to generate from, and where to."""

    config: str = setting(help="name in config/datagen, or a YAML file: what the dataset shall hold")
    out: Path = setting(help="folder of the dataset: new or empty, unless --resume")
    objects: tuple[Path, ...] = setting(default=(), help="folders of meshes, searched with all below them")
    procedural: int | None = setting(
        default=None, help="number of procedural objects, instead of the config's", lower=0, upper=10_000_000
    )
    seed: int | None = setting(default=None, help="instead of the config's", lower=0, upper=2**63 - 1)
    workers: int | None = setting(
        default=None,
        help="processes; on a cluster, objects in flight; by default one for each core",
        lower=1,
        upper=100_000,
    )
    cluster: str | None = setting(
        default=None,
        help="HOST:PORT of a Ray cluster's head node, or auto; every machine needs pinch, and sees --out and "
        "--objects on storage that all of them share",
    )
    resume: bool = setting(default=False, help="finish an interrupted run, or repair a finished dataset")
    format: Format = setting(
        default=Format.PINCH,
        help=f"dexnet: also export to OUT/{EXPORT_FOLDER} in the layout Dex-Net 2.0 is published in",
    )


def main(argv: Sequence[str]) -> int:
    """``pinch datagen``: 0 with a dataset, 1 where no object gave an example."""
    if argv and argv[0] == "inspect":
        from pinch_datagen.cli import inspect_dataset

        return inspect_dataset.main(argv[1:])
    options = parse(
        DatagenOptions,
        argv,
        "pinch datagen",
        "Generate training data from 3-D models. To look into a dataset: pinch datagen inspect --help",
    )
    if list(argv).count("--objects") > 1:  # the last one would silently win
        raise ConfigError("--objects is given more than once; name all folders after a single one.")
    try:
        return _generate(options)
    except KeyboardInterrupt:
        print(
            f"pinch: interrupted; the objects done so far are kept in {options.out}: give the same command "
            "with --resume to finish it.",
            file=sys.stderr,
        )
        return INTERRUPTED


def _generate(options: DatagenOptions) -> int:
    from pinch_core.resources import load_gripper
    from pinch_datagen.generate import generate_object
    from pinch_datagen.object_list import survey_objects
    from pinch_datagen.run.generation import run_generation

    config = _config(options)
    gripper = load_gripper(config.gripper)
    objects = survey_objects(
        config.procedural_count, options.objects, config.preparation, options.workers or _cores()
    )
    for line in objects.remarks:
        print(line, file=sys.stderr)
    if config.heaps is None:
        manifest = run_generation(
            options.out,
            config,
            gripper,
            objects.refs,
            _executor(options),
            generate_object,
            copies=objects.copies,
            alike=objects.alike,
            resume=options.resume,
        )
    else:
        manifest = _generate_heaps(options, config, config.heaps, gripper, objects)
    examples = _report(options.out, manifest)
    if examples == 0:
        return FELL_SHORT
    if options.format is Format.DEXNET:
        _export(options.out)
    return DONE


def _generate_heaps(
    options: DatagenOptions,
    config: DatagenConfig,
    heaps: HeapDataConfig,
    gripper: Gripper,
    objects: ObjectList,
) -> Manifest:
    from pinch_core.parallel_jaw.gripper import as_parallel_jaw
    from pinch_datagen.heaps.generate_heap import HeapGenerator
    from pinch_datagen.heaps.heap_cache import HeapCache
    from pinch_datagen.heaps.pools import deal_pools, heap_refs, heaps_of_one_pool
    from pinch_datagen.heaps.prepare_objects import prepare_objects
    from pinch_datagen.physics.convex_parts import default_cache
    from pinch_datagen.run.generation import run_generation

    as_parallel_jaw(gripper, "a dataset of heaps")
    if options.format is Format.DEXNET:
        raise ConfigError(
            "--format dexnet is not for heaps: that layout has no label but by robust epsilon; leave it out."
        )
    parts = default_cache()
    workers = (options.workers or _cores()) if options.cluster is None else _cores()
    usable = prepare_objects(objects.refs, config, gripper, parts, workers)
    pools = deal_pools(usable.refs, objects.alike, heaps.pool, config.seed)
    return run_generation(
        options.out,
        config,
        gripper,
        heap_refs(heaps.count),
        _executor(options),
        HeapGenerator(pools, HeapCache.default(), parts),
        copies=objects.copies,
        alike=heaps_of_one_pool(heaps.count, pools),
        made_of=usable.refs,
        left_out=usable.left_out,
        resume=options.resume,
    )


def _config(options: DatagenOptions) -> DatagenConfig:
    from pinch_core.resources import find_config
    from pinch_datagen.datagen_config import DatagenConfig

    config = load_yaml(DatagenConfig, find_config("datagen", options.config), DATAGEN)
    if options.seed is not None:
        config = dataclasses.replace(config, seed=options.seed)
    if options.procedural is not None:
        config = dataclasses.replace(config, procedural_count=options.procedural)
    return config


def _executor(options: DatagenOptions) -> Executor:
    if options.cluster is not None:
        from pinch_datagen.run.executor import RayCluster

        return RayCluster(options.cluster, options.workers)
    from pinch_datagen.run.executor import LocalPool

    return LocalPool(options.workers or _cores())


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _report(directory: Path, manifest: Manifest) -> int:
    """Figures to stdout, merged and skipped objects to stderr; returns the number of examples."""
    for merged in manifest.merged:
        print(f"merged: {merged.object}: has the shape of {merged.same_as}", file=sys.stderr)
    for skipped in manifest.skipped:
        print(f"skipped: {skipped.object}: {skipped.reason}", file=sys.stderr)
    examples = sum(record.counts.examples for record in manifest.shards)
    positives = sum(record.counts.positives for record in manifest.shards)
    copies = f"{len(manifest.merged)} copies merged, " if manifest.merged else ""
    things = "objects" if manifest.config.get("heaps") is None else "heaps"
    print(
        f"{directory}: {len(manifest.shards)} {things}, {copies}{len(manifest.skipped)} skipped, "
        f"{examples} examples, {positives / max(examples, 1):.1%} positive; "
        f"fingerprint {manifest.fingerprint}"
    )
    if examples == 0:
        print("no object gave an example; see the reasons above, or loosen the config.", file=sys.stderr)
    return examples


def _export(directory: Path) -> None:
    """Unless a run that was resumed has: the same inputs give the same dataset."""
    from pinch_datagen.dataset.dexnet_format import EXPORT_FILE, export_dexnet

    if not (directory / EXPORT_FOLDER / EXPORT_FILE).exists():
        export_dexnet(directory, directory / EXPORT_FOLDER)
