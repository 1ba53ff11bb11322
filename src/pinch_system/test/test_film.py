# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from pinch_system.client.film import VIDEO_FPS, Film, captioned

GREY = np.full((480, 640, 3), 128, np.uint8)


@pytest.fixture
def film() -> Film:
    film = Film()
    for tick in range(300):  # 3 s at 100 Hz, in three stages of a second
        film.add(np.full((480, 640, 3), 50 + tick // 100 * 60, np.uint8), tick / 100, "abc"[tick // 100])
    return film


def test_the_video_lasts_as_long_as_the_pick(film: Film, tmp_path: Path) -> None:
    film.write_video(tmp_path / "pick.mp4")
    video = cv2.VideoCapture(str(tmp_path / "pick.mp4"))
    seconds = video.get(cv2.CAP_PROP_FRAME_COUNT) / video.get(cv2.CAP_PROP_FPS)
    assert seconds == pytest.approx(3.0, abs=0.4)
    assert video.get(cv2.CAP_PROP_FPS) == VIDEO_FPS


def test_the_contact_sheet_shows_the_stages_in_order(film: Film, tmp_path: Path) -> None:
    film.write_contact_sheet(tmp_path / "sheet.png", "three stages")
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    tiles = [sheet[100, 400 * column + 200, 0] for column in range(4)]
    assert tiles == [50, 110, 170, 255]


def test_a_caption_leaves_the_picture_above_it_alone() -> None:
    out = captioned(GREY, "stage")
    assert np.array_equal(out[:440], GREY[:440])
    assert out[-30:].std() > 0
