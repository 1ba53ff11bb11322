# SPDX-License-Identifier: Apache-2.0
"""Tables of attempts: what they say is what is learned from, and nonsense is refused by file and line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from recorded_attempts import HEIGHT, WIDTH, millimetres, scenes, write_crops, write_images, write_table

from pinch_core.depth_format import DepthFormat
from pinch_core.perception.crop import CROP_32, CROP_96, crop_depth
from pinch_training.attempts.csv_file import read_csv
from pinch_training.attempts.read import read_attempts
from pinch_training.attempts.topics import AttemptTopics
from pinch_training.errors import AttemptsError, DamagedAttemptsError

CROP = np.full((32, 32), 0.7, np.float32)


@pytest.mark.parametrize("shape", [CROP_32, CROP_96], ids=["32", "96"])
def test_crops_are_cut_from_images_as_for_planning(tmp_path: Path, shape: Any) -> None:
    made = scenes(6)
    attempts = read_attempts(write_images(tmp_path, made), shape.size, AttemptTopics())
    assert attempts.successes.tolist() == [one.success for one in made]
    np.testing.assert_allclose(attempts.depths, [one.depth for one in made], rtol=1e-6)
    for crop, one in zip(attempts.crops, made, strict=True):
        expected = crop_depth(one.image, np.array([[one.column, one.row]]), np.array([one.angle]), shape)[0]
        np.testing.assert_array_equal(crop, expected)


def test_images_in_another_unit_are_read_as_the_format_says(tmp_path: Path) -> None:
    made = scenes(3)
    table = write_images(tmp_path, [replace(one, image=one.image * np.float32(1e3)) for one in made])
    read = read_csv(table, 32, DepthFormat(scale=1e-3, no_return=(12_345.0,)))
    expected = read_csv(write_images(tmp_path, made), 32)
    np.testing.assert_allclose(read.crops, expected.crops, rtol=1e-6)


def test_crops_are_taken_as_they_are(tmp_path: Path) -> None:
    crops = np.random.default_rng(0).uniform(0.6, 0.8, (4, 32, 32)).astype(np.float32)
    depths = np.array([0.68, 0.69, 0.7, 0.71], np.float32)
    successes = np.array([True, False, False, True])
    attempts = read_csv(write_crops(tmp_path, crops, depths, successes), 32)
    np.testing.assert_array_equal(attempts.crops, crops)
    np.testing.assert_array_equal(attempts.depths, depths)
    np.testing.assert_array_equal(attempts.successes, successes)
    assert attempts.objects == 0 and len(set(attempts.groups.tolist())) == 4


def test_attempts_on_one_object_stay_together(tmp_path: Path) -> None:
    names = ["mug", "", "mug", "pen", ""]
    outcomes = np.array([True, False, True, False, True])
    path = write_crops(tmp_path, np.stack([CROP] * 5), np.full(5, 0.68, np.float32), outcomes, names)
    attempts = read_csv(path, 32)
    groups = attempts.groups.tolist()
    assert groups[0] == groups[2] and len(set(groups)) == 4
    assert attempts.objects == 2


def test_a_spreadsheet_may_write_the_table(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", CROP)
    text = '\ufeffcrop, outcome ,depth,comment\r\na.npy, Success ,0.68,"fine, said he"\r\na.npy,0,0.69,\r\n'
    (tmp_path / "attempts.CSV").write_bytes(text.encode())
    attempts = read_attempts(tmp_path / "attempts.CSV", 32, AttemptTopics())
    assert attempts.successes.tolist() == [True, False]


def test_images_in_millimetres_are_metres(tmp_path: Path) -> None:
    (one,) = scenes(1)
    pixels = millimetres(one.image).astype(np.uint16)
    cv2.imwrite(str(tmp_path / "depth.png"), pixels)
    rows = [("depth.png", 80, 60, 0.3, 0.68, outcome) for outcome in (0, 1)]
    path = write_table(
        tmp_path / "attempts.csv", ("image", "column", "row", "angle", "depth", "outcome"), rows
    )
    metres = np.where(pixels == 0, np.float32(np.nan), pixels * np.float32(1e-3))
    expected = crop_depth(metres, np.array([[80.0, 60.0]]), np.array([0.3]), CROP_32)[0]
    np.testing.assert_array_equal(read_csv(path, 32).crops[1], expected)


GOOD = ("a.npy", "0.68", "1")
IMAGE_COLUMNS = ("image", "column", "row", "angle", "depth", "outcome")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("a.npy", "0.68", "maybe"), "outcome 'maybe' is none of 1, success, 0, failure"),
        (("a.npy", "0.68", ""), "outcome '' is none of"),
        (("a.npy", "deep", "1"), "depth 'deep' is no finite number"),
        (("a.npy", "nan", "1"), "depth 'nan' is no finite number"),
        (("a.npy", "680", "1"), r"depth 680 m is not within 1 m of the median of its crop, 0\.7 m"),
        (("a.npy", "-0.1", "1"), r"depth -0\.1 m is not within"),
        (("a.npy", "0.68"), "not as many values as the 3 columns"),
        (("a.npy", "0.68", "1", "2"), "not as many values as the 3 columns"),
        (("none.npy", "0.68", "1"), r"none\.npy cannot be read \(No such file"),
        (("large.npy", "0.68", "1"), r"shape \(96, 96\), but the network sees crops of \(32, 32\)"),
        (("hole.npy", "0.68", "1"), r"1 pixels of .*hole\.npy are not finite"),
        (("whole.npy", "0.68", "1"), "holds uint16; a crop is floating-point metres"),
        (("text.txt", "0.68", "1"), r"no depth format known here"),
        (("vast.npy", "0.68", "1"), r"1 pixels of .*vast\.npy are not finite"),
    ],
)
def test_a_row_that_cannot_be_is_refused_by_its_line(
    tmp_path: Path, row: tuple[str, ...], reason: str
) -> None:
    hole = CROP.copy()
    hole[3, 3] = np.nan
    for name, values in (("a", CROP), ("large", np.ones((96, 96), np.float32)), ("hole", hole)):
        np.save(tmp_path / f"{name}.npy", values)
    vast = CROP.astype(np.float64)
    vast[3, 3] = 1e300  # finite, but not in single precision, which networks learn in
    np.save(tmp_path / "vast.npy", vast)
    np.save(tmp_path / "whole.npy", np.full((32, 32), 700, np.uint16))
    (tmp_path / "text.txt").write_text("0.7")
    path = write_table(tmp_path / "attempts.csv", ("crop", "depth", "outcome"), [GOOD, GOOD, row])
    with pytest.raises(AttemptsError, match=reason) as refused:
        read_csv(path, 32)
    assert str(refused.value).startswith(f"{path}, line 4: ")
    assert str(refused.value).endswith(".")


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    path = write_table(tmp_path / "attempts.csv", ("crop", "depth", "outcome"), [("a\0.npy", "0.68", "1")])
    # Python's csv refused NUL up to 3.10; since then the system does, as a name.
    with pytest.raises((AttemptsError, DamagedAttemptsError), match=r"embedded null byte|contains NUL"):
        read_csv(path, 32)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("depth_0.npy", WIDTH, 60, 0, 0.68, 1), f"column {WIDTH} and row 60 are outside the image of"),
        (("depth_0.npy", 80, HEIGHT - 0.5, 0, 0.68, 1), "are outside the image"),
        (("depth_0.npy", -1, 60, 0, 0.68, 1), "are outside the image"),
        (("depth_0.npy", 80, 60, "inf", 0.68, 1), "angle 'inf' is no finite number"),
        (("depth_0.npy", 80, 60, 0, 2.5, 1), r"depth 2\.5 m is not within 1 m"),
        (("blind.npy", 80, 60, 0, 0.68, 1), "no valid pixel"),
        (("holed.npy", 80, 60, 0, 0.68, 1), "nothing came back from the scene about the grasp"),
        (("bytes.npy", 80, 60, 0, 0.68, 1), "has dtype uint8"),
    ],
)
def test_a_grasp_that_cannot_be_in_its_image_is_refused(
    tmp_path: Path, row: tuple[object, ...], reason: str
) -> None:
    write_images(tmp_path, scenes(1))
    np.save(tmp_path / "blind.npy", np.full((HEIGHT, WIDTH), np.nan, np.float32))
    holed = np.full((HEIGHT, WIDTH), np.nan, np.float32)
    holed[0, 0] = 0.7
    np.save(tmp_path / "holed.npy", holed)
    np.save(tmp_path / "bytes.npy", np.zeros((HEIGHT, WIDTH), np.uint8))
    path = write_table(tmp_path / "attempts.csv", IMAGE_COLUMNS, [row])
    with pytest.raises(AttemptsError, match=reason) as refused:
        read_csv(path, 32)
    assert str(refused.value).startswith(f"{path}, line 2: ")


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        (("crop", "depth"), "lacks the column 'outcome'"),
        (("depth", "outcome"), "lacks the column 'crop' or 'image'"),
        (("image", "depth", "outcome"), "lacks the column 'column', 'row', 'angle'"),
        (("crop", "image", "depth", "outcome"), "has the columns 'crop' and 'image'"),
        (("crop", "depth", "depth", "outcome"), "two columns of the same name"),
        ((), "lacks the column"),
    ],
)
def test_missing_columns_are_named(tmp_path: Path, columns: tuple[str, ...], reason: str) -> None:
    path = write_table(tmp_path / "attempts.csv", columns, [])
    with pytest.raises(AttemptsError, match=reason):
        read_csv(path, 32)


@pytest.mark.parametrize(("outcome", "verb"), [("1", "succeeded"), ("failure", "failed")])
def test_one_outcome_alone_is_refused(tmp_path: Path, outcome: str, verb: str) -> None:
    np.save(tmp_path / "a.npy", CROP)
    path = write_table(
        tmp_path / "attempts.csv", ("crop", "depth", "outcome"), [("a.npy", 0.68, outcome)] * 3
    )
    with pytest.raises(AttemptsError, match=f"all 3 attempts of .* {verb}"):
        read_csv(path, 32)


def test_a_table_without_rows_or_a_file_is_refused(tmp_path: Path) -> None:
    path = write_table(tmp_path / "attempts.csv", ("crop", "depth", "outcome"), [])
    with pytest.raises(AttemptsError, match="holds no attempt"):
        read_csv(path, 32)
    with pytest.raises(AttemptsError, match=r"none\.csv cannot be read"):
        read_csv(tmp_path / "none.csv", 32)


def test_damaged_files_are_told_from_wrong_ones(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", CROP)
    (tmp_path / "cut.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:-100])
    path = write_table(
        tmp_path / "attempts.csv", ("crop", "depth", "outcome"), [GOOD, ("cut.npy", "0.68", "0")]
    )
    with pytest.raises(DamagedAttemptsError, match=r"line 3: .*cut\.npy was cut off"):
        read_csv(path, 32)
    path.write_bytes(b"\xff\xfe\x00crop")
    with pytest.raises(DamagedAttemptsError, match="is no CSV text"):
        read_csv(path, 32)


def test_other_crop_sizes_cannot_be_cut(tmp_path: Path) -> None:
    with pytest.raises(AttemptsError, match="crops of 48 px, which are not cut from images"):
        read_csv(write_images(tmp_path, scenes(3)), 48)
