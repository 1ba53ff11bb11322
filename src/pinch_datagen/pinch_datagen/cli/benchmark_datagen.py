# SPDX-License-Identifier: Apache-2.0
"""Examples per second end to end, the time of each stage, and the stages beside one-at-a-time versions."""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.config_kinds import DATAGEN
from pinch_core.machine_facts import machine_facts

if TYPE_CHECKING:
    from pinch_core.parallel_jaw.gripper import ParallelJawGripper
    from pinch_datagen.benchmark.stages import StageRate
    from pinch_datagen.datagen_config import DatagenConfig
    from pinch_datagen.object_ref import ObjectRef

PAPER_EXAMPLES = 6_728_850


@configclass
class BenchmarkOptions:
    """What to generate, and with how many processes."""

    config: str = setting(default="dexnet2", help="name in config/datagen, or a YAML file")
    objects: int = setting(
        default=24, help="procedural objects of the end-to-end run", lower=2, upper=100_000
    )
    profiled: int = setting(
        default=6, help="objects of the run that measures the stages", lower=1, upper=1000
    )
    heaps: int = setting(
        default=8,
        help="heaps of config/datagen/heaps.yaml that are settled and labelled; 0: none",
        lower=0,
        upper=10_000,
    )
    workers: int = setting(default=2, help="processes", lower=1, upper=1024)
    json: bool = setting(default=False, help="print one JSON document instead of a table")


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark datagen``."""
    options = parse(BenchmarkOptions, argv, "pinch benchmark datagen", (__doc__ or "").strip())
    # One thread a process: there is a process per core.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    from pinch_core.config import load_yaml
    from pinch_core.parallel_jaw.gripper import as_parallel_jaw
    from pinch_core.resources import find_config, load_gripper
    from pinch_datagen.benchmark.stages import stage_rates, stage_shares
    from pinch_datagen.datagen_config import DatagenConfig
    from pinch_datagen.object_ref import list_objects

    config = load_yaml(DatagenConfig, find_config("datagen", options.config), DATAGEN)
    gripper = as_parallel_jaw(load_gripper(config.gripper), "this benchmark")
    refs = list_objects(options.objects, ())
    document = {
        "benchmark": "datagen",
        "config": options.config,
        "end_to_end": _end_to_end(config, gripper, refs, options.workers),
        "stage_shares": stage_shares(refs[: options.profiled], config, gripper),
        "stage_rates": [_with_ratio(rate) for rate in stage_rates(refs[0], config, gripper)],
        "machine": machine_facts(),
    }
    if options.heaps:
        document["heaps"] = _heaps(options.heaps, options.workers)
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        _print_table(document)
    return 0


def _with_ratio(rate: StageRate) -> dict[str, Any]:
    return {**dataclasses.asdict(rate), "ratio": rate.ratio}


def _heaps(count: int, workers: int) -> dict[str, Any]:
    from pinch_core.config import load_yaml
    from pinch_core.parallel_jaw.gripper import as_parallel_jaw
    from pinch_core.resources import find_config, load_gripper
    from pinch_datagen.benchmark.heap_rates import heap_label_rate, heap_rates
    from pinch_datagen.datagen_config import DatagenConfig

    config = load_yaml(DatagenConfig, find_config("datagen", "heaps"))
    gripper = as_parallel_jaw(load_gripper(config.gripper), "this benchmark")
    with tempfile.TemporaryDirectory(prefix="pinch-benchmark-") as folder:
        rates = heap_rates(config, gripper, count, workers, Path(folder))
        single = heap_label_rate(config, gripper, Path(folder))
    return {**dataclasses.asdict(rates), "labels": _with_ratio(single)}


def _end_to_end(
    config: DatagenConfig, gripper: ParallelJawGripper, refs: list[ObjectRef], workers: int
) -> dict[str, float]:
    from pinch_datagen.generate import generate_object
    from pinch_datagen.run.executor import LocalPool
    from pinch_datagen.run.generation import run_generation

    with tempfile.TemporaryDirectory(prefix="pinch-benchmark-") as folder:
        start = time.perf_counter()
        manifest = run_generation(
            Path(folder) / "data", config, gripper, refs, LocalPool(workers), generate_object
        )
        seconds = time.perf_counter() - start
    examples = sum(shard.counts.examples for shard in manifest.shards)
    positives = sum(shard.counts.positives for shard in manifest.shards)
    largest_worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    parent = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rate = examples / seconds
    return {
        "workers": workers,
        "objects": len(refs),
        "examples": examples,
        "seconds": seconds,
        "examples_per_s": rate,
        "minutes_for_the_papers_dataset": PAPER_EXAMPLES / rate / 60,
        "memory_gb_at_most": (parent + workers * largest_worker) / 1e6,
        "positives": positives / max(examples, 1),
    }


def _print_table(document: dict[str, Any]) -> None:
    run = document["end_to_end"]
    print(
        f"{document['config']}: {run['examples']:,} examples of {run['objects']} objects in "
        f"{run['seconds']:.1f} s with {run['workers']} processes: {run['examples_per_s']:,.0f} examples/s, "
        f"{run['memory_gb_at_most']:.2f} GB at most, {run['positives']:.1%} positive"
    )
    print(f"the paper's 6,728,850 examples: {run['minutes_for_the_papers_dataset']:.0f} minutes")
    print("fraction of the time:")
    for name, share in document["stage_shares"].items():
        print(f"  {name:<32}{share:6.1%}")
    print("per second, one process:              batched   one at a time   ratio")
    for rate in document["stage_rates"]:
        print(f"  {rate['what']:<32}{rate['per_s']:12,.0f}{rate['singly_per_s']:16,.0f}{rate['ratio']:8.0f}")
    if "heaps" in document:
        heaps, labels = document["heaps"], document["heaps"]["labels"]
        print(
            f"heaps: {heaps['examples']:,} examples of {heaps['heaps']} settled heaps with "
            f"{heaps['workers']} processes: {heaps['examples_per_s']:,.0f} examples/s, "
            f"{heaps['examples_per_cpu_s']:,.0f} by the processes' own time; "
            f"{heaps['settling_s']:.2f} s to settle one"
        )
        print(
            f"  {labels['what']:<32}{labels['per_s']:10,.0f}{labels['singly_per_s']:16,.0f}"
            f"{labels['ratio']:8.0f}"
        )
    print(f"machine: {document['machine']}", file=sys.stderr)
