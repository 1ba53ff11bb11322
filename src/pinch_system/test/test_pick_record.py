# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path

import pytest

from pinch_system.client.pick_record import PickRecord, summarise, write_summary


def test_a_stage_that_is_entered_again_adds_up() -> None:
    record = PickRecord(seed=1)
    for seconds in (0.5, 0.25):
        record.add_stage_time("approach", seconds)
    assert record.stage_ms == {"approach": 750.0}


def test_a_run_that_was_cut_short_still_says_how_many_picks_were_asked_for() -> None:
    records = [PickRecord(seed=4, success=True, attempts=2), PickRecord(seed=5, attempts=1)]
    summary = summarise(records, "pinch demo", picks=10)
    assert (summary["picks"], summary["successes"], summary["attempts"]) == (10, 1, 3)
    assert summary["seeds"] == [4, 5]


def test_a_summary_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "out" / "summary.json"
    write_summary({"picks": 1}, path)
    with pytest.raises(TypeError):
        write_summary({"picks": object()}, path)
    assert json.loads(path.read_text()) == {"picks": 1}
