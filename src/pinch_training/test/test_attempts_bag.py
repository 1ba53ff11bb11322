# SPDX-License-Identifier: Apache-2.0
"""Bags of attempts, read without ROS."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from recorded_attempts import (
    DEPTH,
    GRASP,
    INFO,
    OUTCOME,
    TOPICS,
    BagWriter,
    millimetres,
    scenes,
    stamp,
    write_bag,
)
from rosbags.rosbag2 import StoragePlugin

from pinch_core.depth_format import DepthFormat
from pinch_core.errors import UnknownNameError
from pinch_core.perception.crop import CROP_32, crop_depth
from pinch_training.attempts import bag as bag_module
from pinch_training.attempts.read import read_attempts
from pinch_training.attempts.topics import AttemptTopics
from pinch_training.errors import AttemptsError, DamagedAttemptsError

ANY = AttemptTopics()
PLUGINS = pytest.mark.parametrize(
    "plugin", [StoragePlugin.SQLITE3, StoragePlugin.MCAP], ids=["sqlite3", "mcap"]
)


@PLUGINS
def test_an_attempt_is_a_grasp_in_its_own_image_and_the_outcome_after_it(
    tmp_path: Path, plugin: StoragePlugin
) -> None:
    made = scenes(5)
    attempts = read_attempts(write_bag(tmp_path / "bag", made, plugin), 32, ANY)
    assert attempts.successes.tolist() == [one.success for one in made]
    np.testing.assert_allclose(attempts.depths, [one.depth for one in made], rtol=1e-6)
    for crop, one in zip(attempts.crops, made, strict=True):
        center = np.array([[one.column, one.row]], np.float32).astype(np.float64)
        expected = crop_depth(one.image, center, np.array([np.float32(one.angle)], np.float64), CROP_32)[0]
        np.testing.assert_allclose(crop, expected, atol=1e-6)
    assert attempts.notes == ()


def test_millimetres_of_a_big_endian_camera_are_metres(tmp_path: Path) -> None:
    made = scenes(3)
    metres = read_attempts(write_bag(tmp_path / "metres", made), 32, ANY)
    whole = read_attempts(write_bag(tmp_path / "whole", made, encoding="16UC1"), 32, ANY)
    np.testing.assert_allclose(whole.crops, metres.crops, atol=0.6e-3)


def test_another_unit_and_grey_values_are_read_as_the_format_says(tmp_path: Path) -> None:
    made = scenes(3)
    metres = read_attempts(write_bag(tmp_path / "metres", made), 32, ANY)
    tenths = [replace(one, image=np.float32(10.0) * one.image) for one in made]
    bag = write_bag(tmp_path / "tenths", tenths, encoding="mono16")
    read = read_attempts(bag, 32, ANY, DepthFormat(scale=1e-4))
    np.testing.assert_allclose(read.crops, metres.crops, atol=0.6e-4)
    with pytest.raises(AttemptsError, match=r"mono16.*depth_format\.scale"):
        read_attempts(bag, 32, ANY)


def test_a_bag_may_be_named_by_its_data_file(tmp_path: Path) -> None:
    folder = write_bag(tmp_path / "bag", scenes(3))
    (data,) = folder.glob("*.mcap")
    assert len(read_attempts(data, 32, ANY)) == 3


def test_what_has_no_counterpart_is_left_out_and_said(tmp_path: Path) -> None:
    made = scenes(4)
    with BagWriter(tmp_path / "bag", StoragePlugin.MCAP, TOPICS) as bag:
        bag.write(OUTCOME, bag.outcome(True))  # of an attempt before the recording
        for number, scene in enumerate(made):
            bag.write(INFO, bag.info(stamp(number)))
            bag.write(DEPTH, bag.image(stamp(number), scene.image))
            bag.write(GRASP, bag.grasp(stamp(number), scene))
            if number != 1:  # given up
                bag.write(OUTCOME, bag.outcome(scene.success))
        bag.write(GRASP, bag.grasp(stamp(3), made[3]))  # the recording ends
    attempts = read_attempts(tmp_path / "bag", 32, ANY)
    assert attempts.successes.tolist() == [made[0].success, made[2].success, made[3].success]
    np.testing.assert_allclose(attempts.depths, [made[0].depth, made[2].depth, made[3].depth], rtol=1e-6)
    assert attempts.notes == (
        "2 grasps without an outcome are left out.",
        "1 outcomes without a grasp are left out.",
    )


def test_several_grasps_may_be_tried_in_one_image(tmp_path: Path) -> None:
    first, second = scenes(2)
    with BagWriter(tmp_path / "bag", StoragePlugin.MCAP, TOPICS) as bag:
        bag.write(INFO, bag.info(stamp(0)))
        bag.write(DEPTH, bag.image(stamp(0), first.image))
        for scene in (first, second):
            bag.write(GRASP, bag.grasp(stamp(0), scene))
            bag.write(OUTCOME, bag.outcome(scene.success))
    attempts = read_attempts(tmp_path / "bag", 32, ANY)
    assert len(attempts) == 2 and not np.array_equal(attempts.crops[0], attempts.crops[1])


@pytest.mark.parametrize("missing", [DEPTH, INFO])
def test_a_grasp_without_its_image_is_refused_by_number(tmp_path: Path, missing: str) -> None:
    made = scenes(4)
    with BagWriter(tmp_path / "bag", StoragePlugin.MCAP, TOPICS) as bag:
        for number, scene in enumerate(made):
            lost = missing if number == 2 else None
            if lost != INFO:
                bag.write(INFO, bag.info(stamp(number)))
            if lost != DEPTH:
                bag.write(DEPTH, bag.image(stamp(number), scene.image))
            bag.write(GRASP, bag.grasp(stamp(number), scene))
            bag.write(OUTCOME, bag.outcome(scene.success))
    with pytest.raises(AttemptsError, match=r"bag, attempt 3: there is no image on .*1700000000\.200000000"):
        read_attempts(tmp_path / "bag", 32, ANY)


def test_an_image_that_does_not_fit_is_refused_by_number(tmp_path: Path) -> None:
    made = scenes(2)
    for name, image, reason in (
        ("size", lambda bag, one: bag.image(stamp(1), one.image[:100]), "intrinsics are for"),
        ("encoding", lambda bag, one: bag.image(stamp(1), one.image, "mono16"), "encoding 'mono16'"),
        ("short", lambda bag, one: bag.image(stamp(1), one.image, "32FC1"), "bytes"),
    ):
        with BagWriter(tmp_path / name, StoragePlugin.MCAP, TOPICS) as bag:
            for number, scene in enumerate(made):
                message = image(bag, scene) if number == 1 else bag.image(stamp(0), scene.image)
                if name == "short" and number == 1:
                    message = type(message)(**{**vars(message), "data": message.data[:-4]})
                bag.write(INFO, bag.info(stamp(number)))
                bag.write(DEPTH, message)
                bag.write(GRASP, bag.grasp(stamp(number), scene))
                bag.write(OUTCOME, bag.outcome(scene.success))
        with pytest.raises(AttemptsError, match=reason) as refused:
            read_attempts(tmp_path / name, 32, ANY)
        assert str(refused.value).startswith(f"{tmp_path / name}, attempt 2")


def test_topics_are_found_by_type_or_named(tmp_path: Path) -> None:
    made = scenes(3)
    more = {**TOPICS, "/light": "std_msgs/msg/Bool", "/cam/color/image": "sensor_msgs/msg/Image"}
    with BagWriter(tmp_path / "bag", StoragePlugin.MCAP, more) as bag:
        for number, scene in enumerate(made):
            bag.write(INFO, bag.info(stamp(number)))
            bag.write(DEPTH, bag.image(stamp(number), scene.image))
            bag.write(GRASP, bag.grasp(stamp(number), scene))
            bag.write("/light", bag.outcome(not scene.success))
            bag.write(OUTCOME, bag.outcome(scene.success))
    with pytest.raises(AttemptsError, match=r"2 topics of std_msgs/msg/Bool.*set topics\.outcome"):
        read_attempts(tmp_path / "bag", 32, ANY)
    attempts = read_attempts(tmp_path / "bag", 32, AttemptTopics(outcome=OUTCOME))
    assert attempts.successes.tolist() == [one.success for one in made]
    with pytest.raises(AttemptsError, match=r"no topic /nothing of pinch_interfaces/msg/Grasp.*/light"):
        read_attempts(tmp_path / "bag", 32, AttemptTopics(outcome=OUTCOME, grasp="/nothing"))


def test_definitions_that_the_bag_lacks_come_from_the_installed_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = scenes(3)
    folder = write_bag(tmp_path / "bag", made, StoragePlugin.SQLITE3)
    (data,) = folder.glob("*.db3")
    with sqlite3.connect(data) as database:
        database.execute("DELETE FROM message_definitions")
    database.close()
    assert read_attempts(folder, 32, ANY).successes.tolist() == [one.success for one in made]

    def nowhere(relative: str) -> Path:
        raise UnknownNameError(relative)

    monkeypatch.setattr(bag_module, "find_shared_file", nowhere)
    with pytest.raises(AttemptsError, match="does not define pinch_interfaces/msg/Grasp"):
        read_attempts(folder, 32, ANY)


@PLUGINS
def test_a_damaged_bag_is_one_sentence(tmp_path: Path, plugin: StoragePlugin) -> None:
    folder = write_bag(tmp_path / "bag", scenes(6), plugin)
    data = next(path for path in folder.iterdir() if path.suffix in (".mcap", ".db3"))
    content = data.read_bytes()
    for kept in (0, 30, len(content) // 2):
        data.write_bytes(content[:kept])
        with pytest.raises(DamagedAttemptsError, match="bag") as refused:
            read_attempts(folder, 32, ANY)
        assert str(refused.value).endswith(".")


def test_no_bag_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(AttemptsError, match="does not exist"):
        read_attempts(tmp_path / "none", 32, ANY)
    with pytest.raises(DamagedAttemptsError, match="cannot be read as a bag"):
        read_attempts(tmp_path, 32, ANY)


def test_a_bag_without_attempts_says_what_it_left_out(tmp_path: Path) -> None:
    (scene,) = scenes(1)
    with BagWriter(tmp_path / "bag", StoragePlugin.MCAP, TOPICS) as bag:
        bag.write(INFO, bag.info(stamp(0)))
        bag.write(DEPTH, bag.image(stamp(0), millimetres(scene.image), "16UC1"))
        bag.write(GRASP, bag.grasp(stamp(0), scene))
    with pytest.raises(
        AttemptsError, match=r"holds no attempt \(1 grasps without an outcome are left out\.\)"
    ):
        read_attempts(tmp_path / "bag", 32, ANY)
