# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from pinch_benchmark.errors import BenchmarkError
from pinch_benchmark.methods.registry import METHODS
from pinch_benchmark.report.summary import LabelAgreement
from pinch_benchmark.run import arm
from pinch_benchmark.run.arm import arm_runner, planner_goal, with_arm
from pinch_benchmark.run.trial import TrialRecord


@pytest.mark.parametrize(
    ("method", "goal"),
    [
        ("cem", ("cem", "")),
        ("arm:cem", ("cem", "")),
        ("dense:my:net.safetensors", ("dense", "my:net.safetensors")),
        ("arm:rank:compact_85mm", ("rank", "compact_85mm")),
        ("igq_checked", ("igq", "")),
        ("igq", None),
        ("random", None),
        ("truth", None),
    ],
)
def test_the_planner_node_is_asked_for_what_a_method_does(method: str, goal: tuple[str, str] | None) -> None:
    assert planner_goal(method) == goal


def test_every_method_that_the_node_has_gets_a_row_and_the_others_none() -> None:
    assert with_arm(tuple(METHODS)) == (
        "arm:random_checked",
        "arm:igq_checked",
        "arm:rank",
        "arm:cem",
        "arm:dense",
    )
    with pytest.raises(BenchmarkError, match=r"--arm has none of the methods truth, igq: .* name one in"):
        with_arm(("truth", "igq"))


def test_without_a_cell_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arm, "RUNNERS", "pinch.nobody")
    with pytest.raises(
        BenchmarkError, match="--arm needs the simulated cell of pinch_system; run make setup"
    ):
        arm_runner()


def test_a_grasp_out_of_reach_says_nothing_of_the_label() -> None:
    nan = float("nan")
    record = TrialRecord("arm:cem", 0, "thing", "unreachable", nan, nan, nan, nan, nan, 0.5, 0.1, 0.1, 0.0)
    assert LabelAgreement.of([record], 0.002).grasps == 0
