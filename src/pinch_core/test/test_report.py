# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from pinch_core.errors import PlanCancelled
from pinch_core.planning.report import PlanRecorder


def test_stages_are_timed_announced_and_kept_in_order() -> None:
    seen: list[tuple[str, int]] = []
    run = PlanRecorder(on_progress=lambda stage, number, best: seen.append((stage, number)))
    for name in ("table", "sampling", "sampling"):
        with run.stage(name):
            pass
    report = run.report(0.25, "")
    assert seen == [("table", 0), ("sampling", 0), ("sampling", 1)]
    assert list(report.stages) == ["table", "sampling"]
    assert report.seconds == pytest.approx(sum(report.stages.values()))
    assert report.hole_ratio == 0.25


def test_a_cancelled_run_does_not_enter_the_next_stage() -> None:
    run = PlanRecorder(should_stop=lambda: True)
    with pytest.raises(PlanCancelled), run.stage("table"):
        pytest.fail("the stage ran")


def test_an_empty_result_says_why() -> None:
    run = PlanRecorder()
    assert run.report(0.0, "no pair fits; open wider.").why_empty() == "no pair fits; open wider."
    run.sampled = 5
    run.reject("jaw_width", 5)
    run.reject("no_return", 0)
    assert run.report(0.0, "no pair fits; open wider.").why_empty() == (
        "all 5 sampled grasps were rejected: 5 by jaw_width; relax what rejects most or move the object."
    )
