# SPDX-License-Identifier: Apache-2.0
"""Dex-Net 2.0's experiment in physics: plan on a depth image, grasp, lift, carry, shake; what is held counts.

Every method plans on the same scenes. An interrupted run goes on where it was when it is started again
with the same --out.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pinch_core.cli.settings import parse
from pinch_core.config import setting, validate
from pinch_core.machine_facts import machine_facts

if TYPE_CHECKING:
    from pinch_benchmark.benchmark_config import GraspBenchmarkConfig
    from pinch_benchmark.report.summary import LabelAgreement, MethodSummary, RecognitionSummary
    from pinch_benchmark.run.run_trials import Job, JobResult
    from pinch_benchmark.run.trial import TrialRecord
    from pinch_core.share import Share

CONFIG = "config.json"
# Scenes begun, at most, for each that is wanted.
SPARE = 4


@dataclass(frozen=True)
class GraspBenchmarkOptions:
    """What is tried on which objects."""

    out: Path = setting(
        Path("results/benchmark_grasp"), help="folder of records and plots; goes on with what it has"
    )
    methods: tuple[str, ...] = setting(
        ("random", "igq", "rank", "cem", "dense", "truth"),
        help="random, igq, ml_rf (constraints of the paper), random_checked, igq_checked (filters of pinch), "
        "reg (registration of known objects), rank, cem, dense, truth (plans on the mesh itself), or "
        "cem:MODEL, rank:MODEL, dense:MODEL",
    )
    objects: Path | None = setting(
        None, help="folder of meshes; by default generated objects no network has seen"
    )
    generated: int = setting(60, help="different generated objects", lower=1, upper=1_000_000)
    trials: int = setting(50, help="scenes", lower=1, upper=1_000_000)
    gripper: str = setting("yumi", help="name in config/grippers, or a YAML file")
    seed: int = setting(0, help="of everything random", lower=0, upper=2**31)
    hand_errors: tuple[float, ...] = setting(
        (0.001,),
        unit="m",
        help="standard deviation along each axis of where the hand really goes; several are tried one after "
        "the other, each in a folder of its own in --out, and success plotted against them",
        lower=0.0,
        upper=0.05,
    )
    workers: int | None = setting(
        None,
        help="processes; on a cluster, scenes in flight; by default one for each core",
        lower=1,
        upper=1024,
    )
    cluster: str | None = setting(
        None,
        help="HOST:PORT of a Ray cluster's head node, or auto; every machine needs pinch and sees --objects",
    )
    arm: bool = setting(
        False,
        help="the same scenes through the whole ROS 2 graph too: for each method that the planner node has a "
        "row arm:METHOD, executed by the robot in config/robots that carries the gripper",
    )
    failures: int = setting(
        0, help="failed trials of each method to film, for a sheet and videos", lower=0, upper=1000
    )
    json: bool = setting(False, help="print one JSON document instead of tables")

    def __post_init__(self) -> None:
        validate(self)

    @property
    def rows(self) -> tuple[str, ...]:
        """All that is tried: the methods, and what an arm does of them."""
        from pinch_benchmark.run.arm import with_arm

        return (*self.methods, *(with_arm(self.methods) if self.arm else ()))


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark grasp``."""
    options = parse(GraspBenchmarkOptions, argv, "pinch benchmark grasp", (__doc__ or "").strip())
    if len(options.hand_errors) > 1:
        _sweep(options)
    else:
        _benchmark(options)
    return 0


def _benchmark(options: GraspBenchmarkOptions) -> None:
    from pinch_benchmark.report.summary import recognition
    from pinch_benchmark.report.tables import make_console, print_tables

    records = _run(options)
    summaries, agreement, document = _reported(options, records)
    _film(options, records)
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        trials = len({record.number for record in records})
        title = f"{_name(options)}: {trials} trials, {options.gripper}"
        print_tables(make_console(), title, summaries, recognition(records, options.methods), agreement)


def _sweep(options: GraspBenchmarkOptions) -> None:
    """The same scenes and plans, with hands that miss by more and more."""
    from pinch_benchmark.report.hand_errors import plot_hand_errors, print_hand_errors
    from pinch_benchmark.report.tables import make_console

    summaries, documents = {}, []
    for error in options.hand_errors:
        out = options.out / f"hand_error_{1e3 * error:g}mm"
        one = dataclasses.replace(options, hand_errors=(error,), out=out)
        summaries[error], _, document = _reported(one, _run(one))
        documents.append(document)
    plot_hand_errors(summaries, options.out / "success_against_hand_error.png")
    if options.json:
        print(json.dumps({"benchmark": "grasp", "hand_errors": documents}, indent=2))
    else:
        print_hand_errors(make_console(), f"{_name(options)}, {options.gripper}", summaries)


def _name(options: GraspBenchmarkOptions) -> str:
    return "generated objects" if options.objects is None else options.objects.name


def _reported(
    options: GraspBenchmarkOptions, records: Sequence[TrialRecord]
) -> tuple[list[MethodSummary], LabelAgreement, dict[str, object]]:
    """Figures of the records; written to the folder of the run."""
    from pinch_benchmark.report.plots import plot_success_against_quality
    from pinch_benchmark.report.summary import LabelAgreement, recognition, summarize

    summaries = summarize(records, options.rows)
    agreement = LabelAgreement.of(records, _config(options).quality.min_robust_epsilon)
    document = _document(options, summaries, recognition(records, options.methods), agreement)
    (options.out / "summary.json").write_text(json.dumps(document, indent=2) + "\n")
    _write_csv(options.out / "trials.csv", records)
    plot_success_against_quality(records, options.out / "success_against_quality.png")
    return summaries, agreement, document


def _config(options: GraspBenchmarkOptions) -> GraspBenchmarkConfig:
    from pinch_benchmark.benchmark_config import GraspBenchmarkConfig

    return GraspBenchmarkConfig().with_hand_error(options.hand_errors[0])


def _run(options: GraspBenchmarkOptions) -> list[TrialRecord]:
    """Records of ``options.trials`` scenes, fewer where too many objects will not do; those are replaced."""
    from rich.console import Console
    from rich.progress import track

    from pinch_benchmark.methods.registry import prepare_method
    from pinch_benchmark.run.run_trials import append_records, read_records

    options.out.mkdir(parents=True, exist_ok=True)
    _check_same_run(options)
    records = read_records(options.out)
    done = {(record.method, record.number) for record in records}
    rows, jobs = options.rows, _jobs(options)
    for name in options.methods:
        prepare_method(name, jobs[0].made_for, options.workers or len(os.sched_getaffinity(0)))
    scenes: set[int] = set()
    begun = 0
    while len(scenes) < options.trials and begun < len(jobs):
        batch = jobs[begun : begun + options.trials - len(scenes)]
        begun += len(batch)
        scenes |= {job.number for job in batch}
        todo = [left for job in batch if (left := _left_to_do(job, done)).methods]
        console = Console(stderr=True)
        for result in track(_run_jobs(options, todo), "grasping", len(todo), console=console, transient=True):
            if result.left_out:
                print(f"scene {result.number}: {result.left_out}", file=sys.stderr)
                scenes.discard(result.number)
            append_records(options.out, result.records)
            records.extend(result.records)
    if options.arm:
        chosen = [job for job in jobs if job.number in scenes]
        records.extend(_run_with_arm(options, chosen, done))
    mine = [record for record in records if record.number in scenes and record.method in rows]
    return sorted(mine, key=lambda record: (record.number, rows.index(record.method)))


def _run_jobs(options: GraspBenchmarkOptions, jobs: Sequence[Job]) -> Iterator[JobResult]:
    if options.cluster is not None:
        from pinch_benchmark.run.cluster import run_jobs_on_cluster

        return run_jobs_on_cluster(jobs, options.cluster, options.workers) if jobs else iter(())
    from pinch_benchmark.run.run_trials import run_jobs

    return run_jobs(jobs, options.workers or len(os.sched_getaffinity(0)))


def _run_with_arm(
    options: GraspBenchmarkOptions, jobs: Sequence[Job], done: set[tuple[str, int]]
) -> list[TrialRecord]:
    from rich.console import Console
    from rich.progress import track

    from pinch_benchmark.run.arm import arm_runner, with_arm
    from pinch_benchmark.run.run_trials import append_records

    methods = with_arm(options.methods)
    todo = [
        left for job in jobs if (left := _left_to_do(dataclasses.replace(job, methods=methods), done)).methods
    ]
    records: list[TrialRecord] = []
    console = Console(stderr=True)
    for result in track(arm_runner()(todo), "with the arm", len(todo), console=console, transient=True):
        append_records(options.out, result.records)
        records.extend(result.records)
    return records


def _left_to_do(job: Job, done: set[tuple[str, int]]) -> Job:
    methods = tuple(name for name in job.methods if (name, job.number) not in done)
    return dataclasses.replace(job, methods=methods)


def _jobs(options: GraspBenchmarkOptions) -> list[Job]:
    """More scenes than are wanted, since not every object will do."""
    from pinch_benchmark.cache import cache_folder
    from pinch_benchmark.methods.registry import check_method
    from pinch_benchmark.physics.convex_parts import default_cache
    from pinch_benchmark.run.run_trials import Job
    from pinch_benchmark.scenes.object_set import ObjectSet

    for name in options.methods:
        check_method(name)
    objects = (
        ObjectSet.generated_objects(options.generated)
        if options.objects is None
        else ObjectSet.of_folder(options.objects)
    )
    config, parts, learned = _config(options), default_cache(), cache_folder("methods")
    return [
        Job(ref, number, objects, options.methods, options.gripper, config, options.seed, parts, learned)
        for number, ref in enumerate(objects.drawn(SPARE * options.trials, options.seed))
    ]


def _film(options: GraspBenchmarkOptions, records: Sequence[TrialRecord]) -> None:
    if not options.failures:
        return
    from pinch_benchmark.report.failures import film_failures

    jobs = {job.number: job for job in _jobs(options)}
    failed = []
    for name in options.methods:
        of_method = [each for each in records if each.method == name and not each.held]
        failed += [(record, jobs[record.number]) for record in of_method[: options.failures]]
    film_failures(failed, options.out)


def _check_same_run(options: GraspBenchmarkOptions) -> None:
    """Records of other scenes must not be mixed with these.

    Raises:
        BenchmarkError: the folder holds another run.
    """
    from pinch_benchmark.errors import BenchmarkError

    path = options.out / CONFIG
    mine = {
        "objects": str(options.objects or ""),
        "generated": options.generated,
        "gripper": options.gripper,
        "seed": options.seed,
        "hand_error": options.hand_errors[0],
    }
    if path.exists():
        theirs = json.loads(path.read_text())
        if theirs != mine:
            raise BenchmarkError(f"{options.out} holds a run of {theirs}, not of {mine}; name another --out.")
    path.write_text(json.dumps(mine, indent=2) + "\n")


def _document(
    options: GraspBenchmarkOptions,
    summaries: Sequence[MethodSummary],
    recognized: Sequence[RecognitionSummary],
    agreement: LabelAgreement,
) -> dict[str, object]:
    return {
        "benchmark": "grasp",
        "objects": str(options.objects or "generated"),
        "gripper": options.gripper,
        "seed": options.seed,
        "hand_error_m": options.hand_errors[0],
        "methods": [
            {
                "method": summary.method,
                "success": _share(summary.success),
                "precision": _share(summary.precision),
                "robust_rate": _share(summary.robust),
                "collided": _share(summary.collided),
                "outcomes": summary.outcomes,
                "planning_s": _finite(summary.planning_s),
                "physics_s": _finite(summary.physics_s),
            }
            for summary in summaries
        ],
        "recognition": [
            {
                "method": each.method,
                "recognized": _share(each.recognized),
                "median_surface_error_m": _finite(each.surface),
                "median_translation_error_m": _finite(each.translation),
                "median_rotation_error_rad": _finite(each.rotation),
            }
            for each in recognized
        ],
        "label_against_physics": {
            "grasps": agreement.grasps,
            "rank_correlation": _finite(agreement.rank_correlation),
            "held_if_good": _share(agreement.held_if_good),
            "held_if_bad": _share(agreement.held_if_bad),
        },
        "machine": machine_facts(),
    }


def _share(share: Share) -> dict[str, object]:
    low, high = share.interval
    return {
        "count": share.count,
        "total": share.total,
        "value": _finite(share.value),
        "wilson_95": [_finite(low), _finite(high)],
    }


def _finite(value: float) -> float | None:
    """JSON knows no NaN."""
    return None if math.isnan(value) else value


def _write_csv(path: Path, records: Sequence[TrialRecord]) -> None:
    import csv

    from pinch_benchmark.run.trial import TrialRecord

    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [each.name for each in dataclasses.fields(TrialRecord)])
        writer.writeheader()
        writer.writerows(dataclasses.asdict(record) for record in records)
