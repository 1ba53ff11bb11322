# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from pinch_core.report.palette import GREEN, VERMILION, bgr
from pinch_system.soak.soak_pick import SoakPick
from pinch_system.soak.soak_picture import draw_soak


def pick(**ending: object) -> SoakPick:
    given = {
        "seed": 0, "fault": "camera_stopped", "stage": "lift", "succeeded": True,
        "error_code": 0, "error": "", "hung": "", "recovery_tries": 1, "recovered": True, "wall_s": 30.0,
    }  # fmt: skip
    return SoakPick(**given | ending)


@pytest.mark.parametrize(
    ("ending", "shown", "absent"),
    [
        ({}, GREEN, VERMILION),
        ({"recovered": False}, VERMILION, GREEN),
        ({"hung": "no answer"}, VERMILION, GREEN),
    ],
    ids=["picked", "not recovered", "hung"],
)
def test_what_was_lost_is_vermilion_and_what_was_picked_is_not(
    tmp_path: Path, ending: dict[str, object], shown: str, absent: str
) -> None:
    draw_soak([pick(**ending)], tmp_path / "soak.png")
    picture = cv2.imread(str(tmp_path / "soak.png"))
    assert (picture == bgr(shown)).all(axis=-1).any()
    assert not np.asarray(picture == bgr(absent)).all(axis=-1).any()


def test_no_pick_is_an_empty_picture(tmp_path: Path) -> None:
    draw_soak([], tmp_path / "soak.png")
    assert (tmp_path / "soak.png").stat().st_size > 0
