# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from pinch_bags.check_bag import CHECK
from pinch_bags.info.survey import survey_bag
from pinch_core.check import Beside, Checked, SeenFile
from pinch_core.depth_files import write_intrinsics
from pinch_core.errors import DamagedFileError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_ros.bags import Bag


def checked(path: Path, beside: Beside | None = None) -> Checked:
    assert CHECK.recognises(SeenFile(path))
    return CHECK.check(path, beside or Beside())


def test_a_bag_shows_topics_rates_and_its_camera(simulated_bag: Path) -> None:
    found = checked(simulated_bag)
    lines = dict(found.lines)
    assert found.warnings == ()
    assert "9 x sensor_msgs/Image, 10.0 Hz" in lines["/camera/depth/image_rect_raw"]
    assert "16UC1, 640 x 480" in lines["camera"]
    assert "panda_link0" in lines["  frames"]


@pytest.mark.parametrize("name", ["metadata.yaml", "a.bag", "a.mcap", "a.db3", "a.mcap.zstd", "a.db3.zstd"])
def test_a_folder_is_a_bag_by_what_the_reader_finds_in_it(name: str, tmp_path: Path) -> None:
    assert not CHECK.recognises(SeenFile(tmp_path))
    (tmp_path / name).write_bytes(b"")
    assert CHECK.recognises(SeenFile(tmp_path))


def test_a_camera_file_of_another_camera_is_a_warning(simulated_bag: Path, tmp_path: Path) -> None:
    intrinsics = survey_bag(Bag(simulated_bag), "").cameras[0].intrinsics
    assert intrinsics is not None
    width, height, *pinhole = intrinsics
    same = CameraIntrinsics(int(width), int(height), *pinhole)
    path = tmp_path / "camera.json"
    write_intrinsics(path, same)
    assert checked(simulated_bag, Beside({"camera": [path]})).warnings == ()
    write_intrinsics(path, replace(same, fx=same.fx + 20.0))
    (warning,) = checked(simulated_bag, Beside({"camera": [path]})).warnings
    assert "20.0 px" in warning


def test_a_cut_bag_is_damaged(simulated_bag: Path, tmp_path: Path) -> None:
    content = simulated_bag.read_bytes()
    (tmp_path / "cut.mcap").write_bytes(content[: len(content) // 2])
    with pytest.raises(DamagedFileError, match=r"cut\.mcap"):
        checked(tmp_path / "cut.mcap")


def test_the_picture_shows_some_images(simulated_bag: Path) -> None:
    draw = checked(simulated_bag).draw
    assert draw is not None
    picture = cv2.imdecode(np.frombuffer(draw(), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape[1] > 2 * picture.shape[0]
    assert picture.std() > 10
