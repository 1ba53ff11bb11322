# SPDX-License-Identifier: Apache-2.0
"""Dex-Net 2.0's experiment in physics: plan on a depth image, grasp, lift, carry, shake; what is held counts.

Every method plans on the same scenes. An interrupted run goes on where it was when it is started again
with the same --out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting

if TYPE_CHECKING:
    from pinch_benchmark.run.experiment import Experiment
    from pinch_benchmark.run.run_trials import JobResult
    from pinch_benchmark.run.trial import TrialRecord


@configclass
class GraspBenchmarkOptions:
    """What is tried on which objects."""

    out: Path = setting(
        default=Path("results/benchmark_grasp"), help="folder of records and plots; goes on with what it has"
    )
    methods: tuple[str, ...] = setting(
        default=("random", "igq", "rank", "cem", "dense", "truth"),
        help="random, igq, ml_rf (constraints of the paper), random_checked, igq_checked (filters of pinch), "
        "reg (registration of known objects), rank, cem, dense, truth (plans on the mesh itself), or "
        "cem:MODEL, rank:MODEL, dense:MODEL",
    )
    objects: Path | None = setting(
        default=None, help="folder of meshes; by default generated objects no network has seen"
    )
    generated: int = setting(default=60, help="different generated objects", lower=1, upper=1_000_000)
    trials: int = setting(default=50, help="scenes", lower=1, upper=1_000_000)
    gripper: str = setting(default="yumi", help="name in config/grippers, or a YAML file")
    seed: int = setting(default=0, help="of everything random", lower=0, upper=2**31)
    gripper_errors: tuple[float, ...] = setting(
        default=(0.001,),
        unit="m",
        help="standard deviation of the gripper's position along each axis; several are tried one after the "
        "other, each in a folder of its own in --out, and success plotted against them",
        lower=0.0,
        upper=0.05,
    )
    workers: int | None = setting(
        default=None,
        help="processes; on a cluster, scenes in flight; by default one for each core",
        lower=1,
        upper=1024,
    )
    cluster: str | None = setting(
        default=None,
        help="HOST:PORT of a Ray cluster's head node, or auto; every machine needs pinch and sees --objects",
    )
    arm: bool = setting(
        default=False,
        help="the same scenes through the whole ROS 2 graph too: for each method that the planner node has a "
        "row arm:METHOD, executed by the robot in config/robots that carries the gripper",
    )
    failures: int = setting(
        default=0, help="failed trials of each method to film, for a sheet and videos", lower=0, upper=1000
    )
    json: bool = setting(default=False, help="print one JSON document instead of tables")

    def experiment(self, gripper_error: float) -> Experiment:
        """What is tried with grippers that miss by so much [m]."""
        from pinch_benchmark.run.experiment import Experiment

        return Experiment(
            objects=self.objects,
            generated=self.generated,
            trials=self.trials,
            methods=self.methods,
            gripper=self.gripper,
            seed=self.seed,
            gripper_error=gripper_error,
            arm=self.arm,
        )


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark grasp``."""
    options = parse(GraspBenchmarkOptions, argv, "pinch benchmark grasp", (__doc__ or "").strip())
    if len(options.gripper_errors) > 1:
        _sweep(options)
    else:
        _benchmark(options)
    return 0


def _benchmark(options: GraspBenchmarkOptions) -> None:
    from pinch_benchmark.report.run_report import write_report
    from pinch_benchmark.report.tables import make_console, print_tables

    experiment = options.experiment(options.gripper_errors[0])
    records = _run(options, experiment, options.out)
    report = write_report(experiment, records, options.out)
    if options.failures:
        from pinch_benchmark.report.failures import film_failures

        film_failures(experiment, records, options.failures, options.out)
    if options.json:
        print(json.dumps(report.document, indent=2))
    else:
        trials = len({record.number for record in records})
        title = f"{experiment.name}: {trials} trials, {options.gripper}"
        print_tables(make_console(), title, report.summaries, report.recognized, report.agreement)


def _sweep(options: GraspBenchmarkOptions) -> None:
    """The same scenes and plans, with grippers that miss by more and more."""
    from pinch_benchmark.report.gripper_errors import plot_gripper_errors, print_gripper_errors
    from pinch_benchmark.report.run_report import write_report
    from pinch_benchmark.report.tables import make_console

    reports = {}
    for error in options.gripper_errors:
        experiment, out = options.experiment(error), options.out / f"gripper_error_{1e3 * error:g}mm"
        reports[error] = write_report(experiment, _run(options, experiment, out), out)
    summaries = {error: report.summaries for error, report in reports.items()}
    plot_gripper_errors(summaries, options.out / "success_against_gripper_error.png")
    if options.json:
        documents = [report.document for report in reports.values()]
        print(json.dumps({"benchmark": "grasp", "gripper_errors": documents}, indent=2))
    else:
        print_gripper_errors(make_console(), f"{experiment.name}, {options.gripper}", summaries)


def _run(options: GraspBenchmarkOptions, experiment: Experiment, out: Path) -> list[TrialRecord]:
    from pinch_benchmark.run.run_experiment import run_experiment
    from pinch_benchmark.run.workers import Workers

    return run_experiment(experiment, out, Workers(options.workers, options.cluster), _follow)


def _follow(results: Iterator[JobResult], what: str, total: int) -> Iterator[JobResult]:
    """A progress bar, and a line for each object that will not do."""
    from rich.console import Console
    from rich.progress import track

    for result in track(results, what, total, console=Console(stderr=True), transient=True):
        if result.left_out:
            print(f"scene {result.number}: {result.left_out}", file=sys.stderr)
        yield result
