# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinch_camera.calibration.touch_check import check_touch
from pinch_camera.cli.check_touch import main
from pinch_core.geometry.transform import Transform
from pinch_ros.calibration_file import load_calibration
from pinch_ros.errors import CalibrationError

EASY_HANDEYE2 = """
parameters:
  name: cell
  calibration_type: {kind}
  tracking_base_frame: camera_link
  tracking_marker_frame: marker
  robot_base_frame: base
  robot_effector_frame: tool0
transform:
  translation: {{x: 0.5, y: -0.1, z: 0.9}}
  rotation: {{x: 0.0, y: 0.6, z: 0.0, w: 0.8}}
"""
PLAIN = "parent: base\nchild: camera_link\ntranslation: [0.5, -0.1, 0.9]\nrotation: [0, 0.6, 0, 0.8]\n"


@pytest.mark.parametrize(
    ("text", "parent"),
    [
        (EASY_HANDEYE2.format(kind="eye_on_base"), "base"),
        (EASY_HANDEYE2.format(kind="eye_in_hand"), "tool0"),
        (PLAIN, "base"),
    ],
)
def test_both_formats_give_the_pose_in_the_frame_that_holds_the_camera(
    tmp_path: Path, text: str, parent: str
) -> None:
    (tmp_path / "c.yaml").write_text(text)
    calibration = load_calibration(tmp_path / "c.yaml")
    assert (calibration.parent, calibration.child) == (parent, "camera_link")
    expected = Transform.from_quaternion([0, 0.6, 0, 0.8], [0.5, -0.1, 0.9])
    np.testing.assert_allclose(calibration.T_parent_child.matrix, expected.matrix, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "cannot be read"),
        ("[" * 20_000, "nested too deeply"),
        (PLAIN.replace("child: camera_link", "child: 2001-99-99"), "cannot be read"),
        (PLAIN.replace("0.9", "9" * 400), "int too large"),
        (PLAIN.replace("0.8", "9" * 400), "int too large"),
        ("", "not a calibration"),
        ("[1, 2]", "not a calibration"),
        (PLAIN.replace("0.8", "8.0"), "not a unit quaternion"),
        (PLAIN.replace("child: camera_link", "child: base"), "not two names"),
        (PLAIN.replace("-0.1", ".nan"), "not finite"),
        (PLAIN.replace("translation", "shift"), "'translation' is missing"),
        (EASY_HANDEYE2.format(kind="eye_on_moon"), "'eye_on_moon' is missing or not known"),
    ],
)
def test_a_file_that_is_no_calibration_says_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(CalibrationError, match=says):
        load_calibration(tmp_path / "c.yaml")


small = st.floats(-0.1, 0.1)


@settings(max_examples=40, deadline=None)
@given(st.tuples(small, small, small), st.tuples(small, small, small))
def test_the_error_of_a_calibration_is_found_again(
    rpy: tuple[float, float, float], shift: tuple[float, float, float]
) -> None:
    seen = np.random.default_rng(1).uniform([0.2, -0.3, -0.2], [0.8, 0.3, 0.4], (6, 3))
    error = Transform.from_rpy(rpy, shift)
    check = check_touch(error @ seen, seen)
    np.testing.assert_allclose(check.T_touched_seen.matrix, error.matrix, atol=1e-7)
    assert check.rotation_rad == pytest.approx(error.distance_to(Transform.identity())[1], abs=1e-6)
    assert check.residual_rms_m < 1e-7
    assert check.rms_m >= check.residual_rms_m - 1e-9


def test_points_that_cannot_tell_are_refused() -> None:
    line = np.outer(np.arange(4.0), [1.0, 2.0, 3.0])
    for touched, seen in ((line, line), (np.eye(3)[:2], np.eye(3)[:2]), (np.eye(3), np.full((3, 3), np.nan))):
        with pytest.raises(CalibrationError):
            check_touch(touched, seen)


def test_the_command_prints_the_corrected_pose(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calibration, points = tmp_path / "c.yaml", tmp_path / "points.csv"
    calibration.write_text(PLAIN)
    seen = np.random.default_rng(1).uniform(-0.3, 0.3, (5, 3))
    true_pose = Transform.from_quaternion([0, 0.6, 0, 0.8], [0.51, -0.1, 0.9])
    np.savetxt(points, np.hstack([true_pose @ seen, seen]), delimiter=",")
    assert main(["--points", str(points), "--calibration", str(calibration)]) == 0
    out = capsys.readouterr().out
    assert "differ by 10.00 mm rms" in out
    assert "translation: [0.51, -0.1, 0.9]" in out
    points.write_text("1, 2\n")
    with pytest.raises(CalibrationError, match="it takes six"):
        main(["--points", str(points), "--calibration", str(calibration)])
    with pytest.raises(CalibrationError, match="cannot be read as points"):
        main(["--points", str(tmp_path / "none.csv"), "--calibration", str(calibration)])
