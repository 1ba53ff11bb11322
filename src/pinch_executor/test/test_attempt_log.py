# SPDX-License-Identifier: Apache-2.0
"""What the executor records is what ``pinch finetune`` reads, whatever ended the process that wrote it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from executor_fakes import grasp_at
from rclpy.node import Node
from sensor_msgs.msg import Image

from pinch_core.errors import OutputError
from pinch_core.perception.crop import CROP_32, CROP_96, crop_depth
from pinch_executor.attempt_log import ATTEMPTS, UNDECIDED, AttemptLog
from pinch_executor.attempt_recorder import AttemptRecorder
from pinch_executor.executor_config import RecordingConfig
from pinch_executor.job import Attempt
from pinch_ros.conversions import ns_to_stamp
from pinch_ros.testing import isolated_ros_domain, running, wait_until

# The reader is not this package's dependency: it is run as a user would, in a process of its own.
READER = """
import json, sys
from pathlib import Path
from pinch_training.attempts.csv_file import read_csv
found = read_csv(Path(sys.argv[1]), int(sys.argv[2]))
print(json.dumps([found.crops.tolist(), found.depths.tolist(), found.successes.tolist()]))
"""


def read(table: Path, size: int) -> tuple[np.ndarray, np.ndarray, list[bool]]:
    command = [sys.executable, "-c", READER, str(table), str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    crops, depths, successes = json.loads(done.stdout)
    return np.array(crops), np.array(depths), successes


def scene() -> np.ndarray:
    rng = np.random.default_rng(3)
    return (0.7 - 0.02 * rng.random((480, 640))).astype(np.float32)


def values(column=320.25, row=200.5, angle=0.4, outcome=1, **other) -> dict[str, object]:
    base = {"width": 0.03, "quality": 0.5, "source": "cem", "error_code": 0, "stages": "close lift end"}
    where = {"column": column, "row": row, "angle": angle, "depth": 0.69, "outcome": outcome}
    return {**base, **where, "openings": "0.0800 0.0300 0.0300", "stamp_ns": 17, **other}


@pytest.mark.parametrize("shape", [CROP_32, CROP_96], ids=["32", "96"])
def test_the_reader_of_finetune_cuts_the_crops_that_the_whole_images_would_give(tmp_path, shape):
    depth, log = scene(), AttemptLog(tmp_path)
    grasps = [(320.25, 200.5, 0.4, 1), (3.0, 470.0, -1.2, 0), (600.7, 30.2, np.pi / 4, 1)]
    for column, row, angle, outcome in grasps:
        log.append(depth, values(column, row, angle, outcome))
    crops, depths, successes = read(tmp_path / ATTEMPTS, shape.size)
    centers = np.array([grasp[:2] for grasp in grasps])
    angles = np.array([grasp[2] for grasp in grasps])
    # Interpolation at the image's edge tells pixel coordinates apart to 1e-4 only.
    np.testing.assert_allclose(crops, crop_depth(depth, centers, angles, shape), atol=3e-4)
    np.testing.assert_allclose(depths, 0.69, atol=1e-6)
    assert successes == [True, False, True]


def test_a_torn_row_is_removed_and_the_rows_before_it_stay(tmp_path):
    log = AttemptLog(tmp_path)
    log.append(scene(), values(outcome=1))
    whole = (tmp_path / ATTEMPTS).read_bytes()
    with (tmp_path / ATTEMPTS).open("ab") as table:
        table.write(b"images/half.npy,12.5,3")
    AttemptLog(tmp_path).append(scene(), values(outcome=0))
    text = (tmp_path / ATTEMPTS).read_bytes()
    assert text.startswith(whole) and b"half" not in text
    assert read(tmp_path / ATTEMPTS, 32)[2] == [True, False]


def test_what_was_cut_short_is_kept_apart(tmp_path):
    AttemptLog(tmp_path).append(scene(), values(outcome=""))
    assert not (tmp_path / ATTEMPTS).exists()
    (row,) = csv.DictReader((tmp_path / UNDECIDED).read_text().splitlines())
    assert row["outcome"] == "" and (tmp_path / row["image"]).is_file()


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        AttemptLog(tmp_path / "file").append(scene(), values())


def rows(folder: Path) -> list[str]:
    table = folder / ATTEMPTS
    return table.read_text().splitlines()[1:] if table.exists() else []


def test_the_recorder_joins_an_attempt_with_the_image_of_its_stamp(tmp_path):
    def image(stamp_ns: int, millimetres: int) -> Image:
        pixels = np.full((480, 640), millimetres, np.uint16)
        message = Image(height=480, width=640, encoding="16UC1", step=1280, data=pixels.tobytes())
        message.header.stamp = ns_to_stamp(stamp_ns)
        return message

    def attempt(stamp_ns: int, held: bool) -> Attempt:
        tried = (("close", 0.08), ("end", 0.03))
        return Attempt(replace(grasp_at(0.5, 0.0), stamp_ns=stamp_ns), tried, held, 0)

    with isolated_ros_domain(), running(lambda **kwargs: Node("camera", **kwargs)) as (node,):
        recorder = AttemptRecorder(node, RecordingConfig(folder=str(tmp_path), images=2))
        publisher = node.create_publisher(Image, "depth/image_rect", 10)
        wait_until(lambda: publisher.get_subscription_count() == 1, "the recorder's subscription")
        for stamp_ns, millimetres in ((10, 600), (20, 710), (30, 720)):
            publisher.publish(image(stamp_ns, millimetres))
        for stamp_ns, held in ((20, True), (30, False)):

            def recorded(number: int, made: Attempt) -> bool:
                recorder.record(made)
                return len(rows(tmp_path)) == number

            number = len(rows(tmp_path)) + 1
            wait_until(partial(recorded, number, attempt(stamp_ns, held)), "the image's arrival")
        recorder.record(attempt(99, False))
        assert len(rows(tmp_path)) == 2, "an attempt without its image is not recorded"
        # A pick takes longer than the newest images are kept.
        recorder.set_aside(30)
        for stamp_ns in (40, 50, 60):
            publisher.publish(image(stamp_ns, 800))
        wait_until(partial(recorded, 3, attempt(60, False)), "the last image's arrival")
        recorder.record(attempt(20, False))
        assert len(rows(tmp_path)) == 3, "an image that nobody set aside is gone"
        recorder.record(attempt(30, False))
        assert len(rows(tmp_path)) == 4
        recorder.close()
    crops, _, successes = read(tmp_path / ATTEMPTS, 32)
    assert successes == [True, False, False, False]
    np.testing.assert_allclose([np.median(crop) for crop in crops], [0.71, 0.72, 0.80, 0.72], atol=1e-6)
