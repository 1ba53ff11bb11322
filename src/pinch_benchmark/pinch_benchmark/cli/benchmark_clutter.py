# SPDX-License-Identifier: Apache-2.0
"""Heaps cleared object by object in physics (packed, pile, a bin of 25), by published and by strict rules.

Every method plays the same rounds. An interrupted run goes on where it was when it is started again with the
same --out.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting

if TYPE_CHECKING:
    from pinch_benchmark.clutter.clutter_experiment import ClutterExperiment, RoundResult


@configclass
class ClutterBenchmarkOptions:
    """What is cleared of which objects."""

    out: Path = setting(
        default=Path("results/benchmark_clutter"),
        help="folder of records and plots; goes on with what it has",
    )
    scenes: tuple[str, ...] = setting(
        default=("packed", "pile", "bin25"),
        help="packed, pile (the decluttering benchmark of VGN and GIGA: 5 objects), bin25 (25 in a bin)",
    )
    rounds: int = setting(default=25, help="of each scene", lower=1, upper=1_000_000)
    methods: tuple[str, ...] = setting(
        default=("random", "igq", "cem", "dense", "truth"),
        help="as of pinch benchmark grasp, without reg: random, igq, ml_rf (constraints of the paper), "
        "random_checked, igq_checked (filters of pinch), rank, cem, dense, truth (plans on the meshes "
        "themselves), or cem:MODEL, rank:MODEL, dense:MODEL",
    )
    objects: Path | None = setting(
        default=None,
        help="folder of meshes in metres, in their own size; by default objects no network has seen",
    )
    generated: int = setting(default=200, help="different generated objects", lower=1, upper=1_000_000)
    gripper: str = setting(
        default="",
        help="name in config/grippers, or a YAML file; empty: as published, panda for packed and pile, "
        "yumi for bin25",
    )
    view: str = setting(
        default="top", help="of the camera: top, or side (60 degrees from the vertical, as published)"
    )
    noise: str = setting(
        default="sensor",
        help="sensor (structured light), or peers (image scaled by 3 %, 5 mm bumps on half of them)",
    )
    gripper_error: float = setting(
        default=0.001,
        unit="m",
        help="standard deviation of the gripper's position along each axis",
        lower=0.0,
        upper=0.05,
    )
    unknown_table: bool = setting(
        default=False,
        help="planners fit the table in packed and pile; by default they are told where it is, as the "
        "published ones are",
    )
    forgetful: bool = setting(
        default=False, help="planners are not told where grasps failed in the same round"
    )
    seed: int = setting(default=0, help="of everything random", lower=0, upper=2**31)
    workers: int | None = setting(
        default=None, help="processes; by default one for each core", lower=1, upper=1024
    )
    failures: int = setting(
        default=0,
        help="failed attempts of each scene and method to film, for sheets and videos, with a picture of how "
        "each of these rounds began",
        lower=0,
        upper=1000,
    )
    plans: int = setting(
        default=7,
        help="plans timed of each method on a heap and on one object of it, for their ratio; 0: none",
        lower=0,
        upper=1000,
    )
    json: bool = setting(default=False, help="print one JSON document instead of tables")

    @property
    def experiment(self) -> ClutterExperiment:
        """What is cleared."""
        from pinch_benchmark.clutter.clutter_experiment import ClutterExperiment

        return ClutterExperiment(
            objects=self.objects,
            generated=self.generated,
            scenes=self.scenes,
            rounds=self.rounds,
            methods=self.methods,
            gripper=self.gripper,
            view=self.view,
            noise=self.noise,
            unknown_table=self.unknown_table,
            gripper_error=self.gripper_error,
            forgetful=self.forgetful,
            seed=self.seed,
        )


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark clutter``."""
    options = parse(ClutterBenchmarkOptions, argv, "pinch benchmark clutter", (__doc__ or "").strip())
    from pinch_benchmark.clutter.clutter_experiment import run_clutter
    from pinch_benchmark.clutter.clutter_report import write_clutter_report
    from pinch_benchmark.clutter.clutter_tables import print_clutter
    from pinch_benchmark.clutter.film import film_failures
    from pinch_benchmark.clutter.plan_ratio import plan_ratios

    experiment = options.experiment
    workers = options.workers or len(os.sched_getaffinity(0))
    records = run_clutter(experiment, options.out, workers, _follow)
    ratios = plan_ratios(experiment, records, options.plans) if options.plans else []
    report = write_clutter_report(experiment, records, ratios, options.out)
    if options.failures:
        film_failures(experiment, records, options.failures, options.out)
    if options.json:
        print(json.dumps(report.document, indent=2))
    else:
        print_clutter(experiment, report)
    return 0


def _follow(results: Iterator[RoundResult], what: str, total: int) -> Iterator[RoundResult]:
    """A progress bar, and a line for each heap that cannot be made."""
    from rich.console import Console
    from rich.progress import track

    for result in track(results, what, total, console=Console(stderr=True), transient=True):
        if result.left_out:
            print(f"{result.scene} {result.number}: {result.left_out}", file=sys.stderr)
        yield result
