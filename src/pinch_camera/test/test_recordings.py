# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from camera_recordings import CAMERA, IMAGE_TOPIC, INFO_TOPIC, depth_of, number_of, write_bag, write_folder
from rosbags.rosbag2 import StoragePlugin

from pinch_camera.errors import NoFrameSourceError
from pinch_camera.replay.config import ReplayConfig
from pinch_camera.replay.replay_camera import open_recording
from pinch_core.errors import DamagedFileError, IntrinsicsError, InvalidDepthError, PinchError

PLUGINS = pytest.mark.parametrize(
    "plugin", [StoragePlugin.SQLITE3, StoragePlugin.MCAP], ids=["sqlite3", "mcap"]
)


@pytest.mark.parametrize("png", [False, True], ids=["npy", "png"])
def test_a_folder_plays_in_natural_order_at_its_rate(tmp_path: Path, png: bool) -> None:
    recording = open_recording(ReplayConfig(path=str(write_folder(tmp_path, 12, png=png)), fps=4.0))
    recorded = list(recording)
    frames = [one.load() for one in recorded]
    assert [number_of(frame.depth) for frame in frames] == list(range(12))
    assert [one.time_s for one in recorded] == [number / 4.0 for number in range(12)]
    assert frames[0].intrinsics == CAMERA
    np.testing.assert_allclose(frames[3].depth, depth_of(3), rtol=2e-7)


@PLUGINS
def test_a_bag_plays_exactly_what_was_recorded(tmp_path: Path, plugin: StoragePlugin) -> None:
    recorded = list(open_recording(ReplayConfig(path=str(write_bag(tmp_path / "bag", 5, plugin)))))
    assert [one.time_s for one in recorded] == pytest.approx([0.0, 0.01, 0.02, 0.03, 0.04])
    for number, one in enumerate(recorded):
        frame = one.load()
        np.testing.assert_array_equal(frame.depth, depth_of(number))
        assert (frame.frame_id, frame.intrinsics) == ("optical", CAMERA)
        assert frame.stamp_ns == 1_700_000_000_000_000_000 + number * 10_000_000


def test_a_bag_may_be_named_by_its_data_file(tmp_path: Path) -> None:
    bag = write_bag(tmp_path / "bag", 2, StoragePlugin.MCAP)
    (data,) = bag.glob("*.mcap")
    assert len(list(open_recording(ReplayConfig(path=str(data))))) == 2


def test_one_damaged_file_does_not_end_a_folder(tmp_path: Path) -> None:
    write_folder(tmp_path, 3)
    data = (tmp_path / "depth_1.npy").read_bytes()
    (tmp_path / "depth_1.npy").write_bytes(data[:-20])
    first, damaged, last = open_recording(ReplayConfig(path=str(tmp_path)))
    assert number_of(first.load().depth) == 0
    with pytest.raises(DamagedFileError, match=r"depth_1\.npy"):
        damaged.load()
    assert number_of(last.load().depth) == 2


def test_digits_that_are_no_numbers_are_letters_of_a_name(tmp_path: Path) -> None:
    write_folder(tmp_path, 1)
    for name in ("depth_2²3.npy", "depth_10²3.npy"):
        shutil.copy(tmp_path / "depth_0.npy", tmp_path / name)
    frames = [frame.load() for frame in open_recording(ReplayConfig(path=str(tmp_path)))]
    assert [Path(frame.source).name for frame in frames] == ["depth_0.npy", "depth_2²3.npy", "depth_10²3.npy"]


@PLUGINS
def test_a_truncated_bag_is_one_sentence(tmp_path: Path, plugin: StoragePlugin) -> None:
    bag = write_bag(tmp_path / "bag", 40, plugin)
    data = next(path for path in bag.iterdir() if path.suffix in (".mcap", ".db3"))
    content = data.read_bytes()
    for kept in (0, 30, len(content) // 2):
        data.write_bytes(content[:kept])
        with pytest.raises(DamagedFileError, match="bag") as refused:
            list(open_recording(ReplayConfig(path=str(bag))))
        assert str(refused.value).endswith(".")


def refused(config: ReplayConfig, kind: type[PinchError]) -> str:
    with pytest.raises(kind) as error:
        open_recording(config)
    assert str(error.value).endswith(".")
    return str(error.value)


def test_what_cannot_be_played_is_refused_with_what_is_there(tmp_path: Path) -> None:
    assert "replay.path is empty" in refused(ReplayConfig(), NoFrameSourceError)
    missing = tmp_path / "missing"
    assert str(missing) in refused(ReplayConfig(path=str(missing)), NoFrameSourceError)
    folder = write_folder(tmp_path / "folder", 2)
    config = ReplayConfig(path=str(folder), pattern="image*")
    assert "'image*'" in refused(config, NoFrameSourceError)
    shutil.copy(folder / "camera.json", folder / "other.json")
    assert "camera.json, other.json" in refused(ReplayConfig(path=str(folder)), NoFrameSourceError)
    config = ReplayConfig(path=str(folder), intrinsics="none.json")
    assert "none.json" in refused(config, IntrinsicsError)


def test_a_bag_without_the_topics_is_refused_with_those_it_has(tmp_path: Path) -> None:
    color = write_bag(tmp_path / "color", 1, StoragePlugin.MCAP, image_topic="/cam/color/image_raw")
    assert "/cam/color/image_raw (Image)" in refused(ReplayConfig(path=str(color)), NoFrameSourceError)
    bag = write_bag(tmp_path / "bag", 1, StoragePlugin.MCAP)
    for config in (
        ReplayConfig(path=str(bag), image_topic="/nothing"),
        ReplayConfig(path=str(bag), info_topic="/nothing"),
    ):
        sentence = refused(config, NoFrameSourceError)
        assert "/nothing" in sentence
        assert IMAGE_TOPIC in sentence
        assert INFO_TOPIC in sentence


def test_images_whose_camera_info_has_other_stamps_are_not_frames(tmp_path: Path) -> None:
    bag = write_bag(tmp_path / "bag", 3, StoragePlugin.SQLITE3, info_shift_ns=1)
    with pytest.raises(NoFrameSourceError, match="same stamp"):
        list(open_recording(ReplayConfig(path=str(bag))))


def test_an_8_bit_picture_is_not_depth(tmp_path: Path) -> None:
    import cv2

    write_folder(tmp_path, 1)
    cv2.imwrite(str(tmp_path / "depth_0.png"), np.zeros((6, 8), np.uint8))
    npy, png = open_recording(ReplayConfig(path=str(tmp_path)))
    npy.load()
    with pytest.raises(InvalidDepthError, match="uint8"):
        png.load()


@PLUGINS
def test_a_bag_without_metadata_is_played_from_its_folder(tmp_path: Path, plugin: StoragePlugin) -> None:
    bag = write_bag(tmp_path / "bag", 3, plugin)
    (bag / "metadata.yaml").unlink()
    assert len(list(open_recording(ReplayConfig(path=str(bag))))) == 3
