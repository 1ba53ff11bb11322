# SPDX-License-Identifier: Apache-2.0
"""A seed decides the records, wherever and by however many they are made, and whatever interrupts them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
import trimesh
from run_lines import lines, on_cluster

from pinch_benchmark.benchmark_config import GraspBenchmarkConfig
from pinch_benchmark.cli.benchmark_grasp import main
from pinch_benchmark.run import workers
from pinch_benchmark.run.run_folder import RECORDS, append_records, read_records
from pinch_benchmark.run.run_trials import Job, JobResult, run_jobs
from pinch_benchmark.run.trial import TrialRecord
from pinch_benchmark.scenes.object_set import ObjectSet
from pinch_core.errors import OutputError
from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.testing import local_ray_cluster


@pytest.fixture(scope="module")
def meshes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Convex solids, which need not be taken apart."""
    folder = tmp_path_factory.mktemp("meshes")
    trimesh.creation.box((0.07, 0.03, 0.025)).export(folder / "box.stl")
    trimesh.creation.cylinder(0.016, 0.06).export(folder / "cylinder.stl")
    trimesh.creation.capsule(0.03, 0.014).export(folder / "capsule.stl")
    return folder


def jobs(meshes: Path, *methods: str) -> list[Job]:
    config, parts, objects = GraspBenchmarkConfig(), meshes / "parts", ObjectSet.of_folder(meshes)
    return [
        Job(ref, number, objects, methods, "yumi", config, 4, parts, meshes / "methods")
        for number, ref in enumerate(objects.refs)
    ]


@pytest.fixture(scope="module")
def by_this_process(meshes: Path) -> list[str]:
    found = lines(run_jobs(jobs(meshes, "cem", "igq"), workers=1))
    assert len(found) == 6
    return found


def test_two_processes_write_the_lines_of_one(meshes: Path, by_this_process: list[str]) -> None:
    assert lines(run_jobs(jobs(meshes, "cem", "igq"), workers=2)) == by_this_process


def test_a_cluster_writes_the_lines_of_one_process_and_misses_no_meshes(
    meshes: Path, by_this_process: list[str]
) -> None:
    todo = jobs(meshes, "cem", "igq")
    unseen = dataclasses.replace(todo[0], ref=ObjectRef("mug", path=Path("/nowhere/mug.stl")))
    with local_ray_cluster(1, Path(__file__).parent) as address:
        assert on_cluster(todo, address) == by_this_process
        with pytest.raises(OutputError, match=r"/nowhere is not visible on .*storage that every machine"):
            on_cluster([unseen], address)


# ---- what interrupts a run ----


def record(number: int) -> TrialRecord:
    return TrialRecord(
        "reg", number, "thing", "held", 0.9, 0.01, 0.0, 0.0, 0.0, 0.5, 0.1, 0.1, 0.2, "it", 0.1, 0.2, 0.3
    )


def test_a_run_killed_in_mid_write_loses_that_line_alone_wherever_it_was_torn(tmp_path: Path) -> None:
    append_records(tmp_path, [record(0), record(1)])
    path = tmp_path / RECORDS
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for torn in range(first, len(whole)):
        path.write_bytes(whole[:torn])
        kept = read_records(tmp_path)
        assert kept == [record(0)]
        # The next run goes on: the torn line must not swallow its first record.
        append_records(tmp_path, [record(1), record(2)])
        assert read_records(tmp_path) == [record(0), record(1), record(2)]


def test_a_run_whose_process_dies_between_two_scenes_is_finished_by_the_same_command(
    meshes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["--objects", str(meshes), "--trials", "3", "--workers", "1", "--methods", "igq"]

    def and_die(jobs: list[Job], workers: int) -> Iterator[JobResult]:
        yield next(run_jobs(jobs, workers))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(workers, "run_jobs", and_die)
        with pytest.raises(KeyboardInterrupt):
            main([*command, "--out", str(tmp_path / "cut")])
    assert len(read_records(tmp_path / "cut")) == 1
    assert main([*command, "--out", str(tmp_path / "cut")]) == 0
    assert main([*command, "--out", str(tmp_path / "whole")]) == 0

    def result(folder: str) -> list[str]:
        found = read_records(tmp_path / folder)
        return lines(JobResult(each.number, (each,)) for each in found)

    assert result("cut") == result("whole")
