# SPDX-License-Identifier: Apache-2.0
"""Runs of the benchmark: the same scenes for all, resumable, figures as defined."""

from __future__ import annotations

import dataclasses
import json
from operator import attrgetter
from pathlib import Path

import pytest

from pinch_benchmark.cli.benchmark_grasp import main
from pinch_benchmark.errors import BenchmarkError, MissingWeightsError, UnknownMethodError
from pinch_benchmark.methods.registry import check_method
from pinch_benchmark.report.summary import LabelAgreement, MethodSummary, recognition, summarize
from pinch_benchmark.run.run_folder import RECORDS, append_records, read_records
from pinch_benchmark.run.trial import TrialRecord
from pinch_core.share import Share


def record(
    outcome: str, quality: float = float("nan"), epsilon: float = 0.0, method: str = "cem"
) -> TrialRecord:
    return TrialRecord(method, 0, "thing", outcome, quality, epsilon, 0.0, 0.0, 0.0, 0.5, 0.1, 0.1, 0.2)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    assert main([*options(folder), "--json"]) == 0
    return folder


def options(folder: Path, trials: int = 2) -> list[str]:
    return [
        "--out",
        str(folder),
        "--trials",
        str(trials),
        "--generated",
        "3",
        "--workers",
        "1",
        "--methods",
        "igq",
        "truth",
    ]


def without_times(records: list[TrialRecord]) -> list[TrialRecord]:
    return [dataclasses.replace(each, planning_s=0.0, physics_s=0.0, quality=0.0) for each in records]


def test_an_interrupted_run_ends_as_an_uninterrupted_one(run: Path, tmp_path: Path) -> None:
    whole = read_records(run)
    assert {each.method for each in whole} == {"igq", "truth"}
    lines = (run / RECORDS).read_text().splitlines(keepends=True)
    (tmp_path / RECORDS).write_text(lines[0] + lines[1][:20])  # killed while it wrote
    (tmp_path / "config.json").write_text((run / "config.json").read_text())
    assert main(options(tmp_path)) == 0
    key = attrgetter("number", "method")
    again = sorted(read_records(tmp_path), key=key)
    assert without_times(again) == without_times(sorted(whole, key=key))


def test_more_trials_go_on_where_the_run_was(run: Path) -> None:
    before = read_records(run)
    assert main(options(run, trials=3)) == 0
    after = read_records(run)
    assert after[: len(before)] == before
    assert len({each.number for each in after}) == 3  # objects that will not do are replaced


def test_another_run_is_not_mixed_in(run: Path) -> None:
    with pytest.raises(BenchmarkError, match="name another --out"):
        main([*options(run), "--seed", "1"])


@pytest.mark.parametrize("damage", ['{"gener', "[" * 5000])
def test_a_damaged_folder_is_refused_in_one_sentence(tmp_path: Path, damage: str) -> None:
    (tmp_path / "config.json").write_text(damage)
    with pytest.raises(BenchmarkError, match="does not say what run the folder holds"):
        main(options(tmp_path))
    (tmp_path / RECORDS).write_text(f"{damage}\n")
    with pytest.raises(BenchmarkError, match=f"{RECORDS}:1 is no record"):
        read_records(tmp_path)


def test_files_for_people_and_programs_are_there(run: Path) -> None:
    summary = json.loads((run / "summary.json").read_text())
    assert [method["method"] for method in summary["methods"]] == ["igq", "truth"]
    assert (run / "trials.csv").read_text().startswith("method,number,object_name,outcome")
    assert (run / "success_against_quality.png").stat().st_size > 1000


def test_grippers_that_miss_by_different_ways_meet_the_same_scenes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = [*options(tmp_path, trials=1), "--gripper-errors", "0.0", "0.03", "--json"]
    assert main(few) == 0
    documents = json.loads(capsys.readouterr().out)["gripper_errors"]
    assert [document["gripper_error_m"] for document in documents] == [0.0, 0.03]
    exact, off = (read_records(tmp_path / f"gripper_error_{name}mm") for name in ("0", "30"))
    for one, other in zip(exact, off, strict=True):
        assert (one.friction, one.robust_epsilon) == (other.friction, other.robust_epsilon)
    assert all(record.held for record in exact)
    assert (tmp_path / "success_against_gripper_error.png").stat().st_size > 1000


def recognized(name: str, error: float) -> TrialRecord:
    return dataclasses.replace(record("held", method="reg"), taken_for=name, translation_error=error)


def test_pose_errors_are_those_of_objects_that_were_recognized() -> None:
    found = recognition(
        [recognized("thing", 0.001), recognized("other", 0.1), record("held")], ["reg", "cem"]
    )
    assert [each.method for each in found] == ["reg"]
    assert found[0].recognized == Share(1, 2)
    assert found[0].translation == pytest.approx(0.001)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    append_records(tmp_path, [record("held")])
    with (tmp_path / RECORDS).open("a") as file:
        file.write("{}\n")
    append_records(tmp_path, [record("held")])
    with pytest.raises(BenchmarkError, match=f"{RECORDS}:2"):
        read_records(tmp_path)


def test_figures_are_those_of_the_paper() -> None:
    records = [record("held", 0.9), record("held", 0.4), record("slipped", 0.8), record("no_grasp")]
    summary = MethodSummary.of("cem", records)
    assert summary.success == Share(2, 4)
    assert summary.precision == Share(1, 2)  # of the two that it was sure of
    assert summary.robust == Share(2, 3)


def test_a_method_without_probabilities_has_no_precision() -> None:
    summary = MethodSummary.of("random", [record("held"), record("missed")])
    assert summary.success == Share(1, 2)
    assert summary.precision.total == summary.robust.total == 0
    assert summarize([record("held")], ["other"]) == []


def test_wilson_intervals_are_those_of_the_textbook() -> None:
    # Wilson 1927: (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n).
    assert Share(8, 10).interval == pytest.approx((0.4901624, 0.9433178), abs=1e-6)


def test_collisions_say_nothing_of_the_label() -> None:
    records = [record("held", epsilon=0.01), record("slipped", epsilon=0.0), record("collided", epsilon=0.01)]
    agreement = LabelAgreement.of(records, 0.002)
    assert (agreement.grasps, agreement.held_if_good, agreement.held_if_bad) == (2, Share(1, 1), Share(0, 1))


@pytest.mark.parametrize("name", ["cme", "cem:", "igq:file", ":file"])
def test_unknown_methods_are_refused(name: str) -> None:
    with pytest.raises(UnknownMethodError, match="there are random"):
        check_method(name)


def test_the_network_of_the_paper_is_named_with_what_it_lacks() -> None:
    with pytest.raises(MissingWeightsError, match="cem:FILE"):
        check_method("gqcnn-2.0")
