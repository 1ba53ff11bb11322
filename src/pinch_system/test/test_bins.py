# SPDX-License-Identifier: Apache-2.0
"""Score, film and contact sheet of a bin, from events and moments made up here."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from pinch_interfaces.action import ClearBin
from pinch_interfaces.msg import CellEvents

from pinch_core.geometry.transform import Transform
from pinch_core.resources import config_directory, load_robot
from pinch_sim.cell_file import load_cell_config
from pinch_system.bins import bin_film
from pinch_system.bins.benchmark_bin import bins_summary
from pinch_system.bins.bin_film import FPS, SPEED, BinFilm, around_bin
from pinch_system.bins.bin_record import BinAttempt, BinRecord
from pinch_system.bins.bin_score import note_events, note_result
from pinch_system.bins.bin_watch import BinWatch, Moment
from pinch_system.bins.cell_painter import CellPainter
from pinch_system.bins.clear_bin import BinLog, Step
from pinch_system.graph import CELL_WITH_BIN

CONFIG = load_cell_config(config_directory() / CELL_WITH_BIN)
BEGAN = 100.0
HOLD = 0.25


def seen(time_s: float, last: str = "", **places: str) -> tuple[float, CellEvents]:
    return time_s, CellEvents(objects=list(places), places=list(places.values()), last=last)


EVENTS = [
    seen(99.0, duck="bin", puck="bin", egg="bin"),
    seen(103.0, "duck lifted.", duck="gripper", puck="bin", egg="bin"),
    seen(106.0, duck="right", puck="bin", egg="bin"),
    seen(112.0, "egg and puck lifted at once.", duck="right", puck="gripper", egg="gripper"),
    seen(115.0, "egg lies outside of bin and place areas.", duck="right", puck="right", egg="outside"),
]
EVENTS[-1][1].double_picks, EVENTS[-1][1].wall_contacts, EVENTS[-1][1].wall_force = 1, 2, 3.5


@pytest.fixture
def record() -> BinRecord:
    record = BinRecord(seed=4, objects=["duck", "egg", "puck"], total_s=20.0)
    record.each = [BinAttempt(1, 0.0, 9.0), BinAttempt(2, 9.0)]
    note_events(record, EVENTS, BEGAN, "right")
    return record


def test_the_simulator_tells_what_was_placed_lost_and_lifted_together(record: BinRecord) -> None:
    assert (record.placed, record.fell_out, record.left) == (2, ["egg"], [])
    assert (record.double_picks, record.wall_contacts, record.wall_force_n) == (1, 2, 3.5)
    assert [attempt.objects for attempt in record.each] == [["duck"], ["egg", "puck"]]
    assert record.sentence.endswith("1 double pick, 2 wall contacts, 1 fell out")


def test_a_bin_is_cleared_when_executor_and_simulator_agree(record: BinRecord) -> None:
    note_result(record, ClearBin.Result(picked=3, attempts=4, empty=True, reasons=["slipped"], counts=[1]))
    assert record.failures == {"slipped": 1}
    assert not record.cleared  # one object lies on the table
    note_events(record, [*EVENTS, seen(118.0, duck="right", puck="right", egg="right")], BEGAN, "right")
    assert record.cleared
    record.empty = False
    assert not record.cleared


def test_bins_add_up(record: BinRecord) -> None:
    record.attempts, record.failures = 4, {"slipped": 2}
    summary = bins_summary([record, record])
    assert (summary["objects"], summary["placed"], summary["failures"]) == (6, 4, {"slipped": 4})
    assert (summary["share_cleared"], summary["reliability"]) == (0.6667, 0.5)
    assert summary["placed_per_simulated_hour"] == 360.0
    assert len(summary["not_cleared"]) == 2
    assert bins_summary([])["reliability"] == 0.0


class GreyPainter:
    """Draws nothing, in no time; notes which moments it was asked for."""

    def __init__(self, *_: object) -> None:
        self.times: list[float] = []

    def __enter__(self) -> GreyPainter:
        return self

    def __exit__(self, *_: object) -> None: ...

    def draw(self, moment: Moment) -> np.ndarray:
        self.times.append(moment.time_s)
        return np.full((720, 1280, 3), 128, np.uint8)


@pytest.fixture
def film(record: BinRecord, monkeypatch: pytest.MonkeyPatch) -> BinFilm:
    monkeypatch.setattr(bin_film, "CellPainter", GreyPainter)
    monkeypatch.setattr(bin_film, "HOLD_S", HOLD)
    watch = BinWatch.__new__(BinWatch)
    watch.moments = [Moment(BEGAN + 0.1 * k, {"panda_joint1": 0.0}, {}) for k in range(61)]
    watch.events = EVENTS
    picture = np.zeros((480, 640, 3), np.uint8)
    log = BinLog(BEGAN, 120.0, [Step(100.1, 1, "detect", 0), Step(102.0, 1, "lift", 0)], [(101.0, picture)])
    return BinFilm(CONFIG, watch, log, record)


def test_the_film_lasts_as_long_as_the_run_at_its_speed_and_the_sheet_shows_each_attempt(
    film: BinFilm, tmp_path: Path
) -> None:
    film.write(tmp_path / "bin.mp4", tmp_path / "bin.png")
    video = cv2.VideoCapture(str(tmp_path / "bin.mp4"))
    seconds = video.get(cv2.CAP_PROP_FRAME_COUNT) / FPS
    assert seconds == pytest.approx(6.0 / SPEED + 3 * HOLD, abs=0.2)
    sheet = cv2.imread(str(tmp_path / "bin.png"))
    assert sheet.shape == (64 + 280, 4 * 420, 3)  # filled, two attempts, the end: one row


def test_the_part_of_the_depth_image_in_the_film_shows_the_whole_bin_and_little_more() -> None:
    rows, columns = around_bin(CONFIG)
    camera = CONFIG.camera
    assert 0 <= rows.start < rows.stop <= camera.height
    assert 0 <= columns.start < columns.stop <= camera.width
    seen_m = (columns.stop - columns.start) * camera.distance / camera.fx
    assert 0.40 < seen_m < 0.60


def test_the_painter_draws_objects_where_they_were() -> None:
    robot = load_robot(CONFIG.robot)
    joints = dict(zip(robot.arm_joints, robot.home, strict=True))

    def moment(x: float) -> Moment:
        return Moment(0.0, joints, {"cube_2": Transform.from_rpy((0, 0, 0), (x, 0.0, 0.05))})

    with CellPainter(CONFIG, ["cube_2"], 160, 90) as painter:
        here, there = painter.draw(moment(0.45)), painter.draw(moment(0.60))
        again = painter.draw(moment(0.60))
    assert np.array_equal(there, again)
    assert (np.abs(here.astype(int) - there).max(axis=-1) > 40).sum() > 20
