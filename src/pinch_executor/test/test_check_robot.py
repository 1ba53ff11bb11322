# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from pinch_core.check import Beside, Checked, SeenFile
from pinch_core.errors import PinchError
from pinch_core.resources import config_directory, config_names
from pinch_executor.check_robot import CHECK


def shipped(name: str) -> Path:
    return config_directory() / "robots" / f"{name}.yaml"


def checked(path: Path) -> Checked:
    assert CHECK.recognises(SeenFile(path))
    return CHECK.check(path, Beside())


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = shipped("panda").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "robot.yaml").write_text(text.replace(old, new), encoding="utf-8")
    return tmp_path / "robot.yaml"


@pytest.mark.parametrize("name", config_names("robots"))
def test_shipped_robots_are_understood_without_a_warning(name: str) -> None:
    found = checked(shipped(name))
    assert (found.kind, found.figures["name"], found.warnings) == ("robot", name, ())
    assert len(found.figures["lower"]) == len(found.figures["joints"])


def test_joints_are_shown_with_limits_and_home() -> None:
    lines = dict(checked(shipped("panda")).lines)
    assert lines["  panda_joint4"].startswith("revolute, -3.072 to -0.070 rad")
    assert lines["  panda_joint4"].endswith("home -2.6")
    assert "follows panda_finger_joint1" in lines["  panda_finger_joint2"]
    assert "0 degrees from straight down" in lines["TCP at home"]


def test_a_home_outside_the_limits_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PinchError, match="panda_joint1"):
        checked(changed(tmp_path, "home: [0.0,", "home: [3.0,"))


def test_a_robot_of_version_1_is_understood_as_the_nodes_do(tmp_path: Path) -> None:
    assert not checked(changed(tmp_path, "tcp_frame:", "tool_frame:")).warnings


def test_a_urdf_is_named_with_the_file_that_belongs_around_it(tmp_path: Path) -> None:
    (tmp_path / "arm.urdf").write_text('<?xml version="1.0"?>\n<robot name="arm"/>')
    with pytest.raises(PinchError, match=r"arm\.urdf is a URDF.*robot file"):
        checked(tmp_path / "arm.urdf")


def test_an_opening_that_the_fingers_cannot_reach_is_a_warning(tmp_path: Path) -> None:
    path = changed(tmp_path, "gripper_joint_per_opening: 0.5", "gripper_joint_per_opening: 1.0")
    (warning,) = checked(path).warnings
    assert "gripper_joint_per_opening" in warning


def test_a_joint_that_the_description_lacks_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PinchError, match="panda_joint9"):
        checked(changed(tmp_path, "panda_joint7]", "panda_joint9]"))


def test_the_picture_shows_base_and_tcp() -> None:
    draw = checked(shipped("panda")).draw
    assert draw is not None
    picture = cv2.imdecode(np.frombuffer(draw(), np.uint8), cv2.IMREAD_COLOR)
    assert picture.std() > 10


def test_a_description_beside_the_robot_file_is_found(tmp_path: Path) -> None:
    path = changed(tmp_path, "example-robot-data/robots/panda_description/urdf/panda.urdf", "arm.urdf")
    (tmp_path / "arm.urdf").write_text('<robot name="arm"/>')
    with pytest.raises(PinchError, match=f"{tmp_path / 'arm.urdf'}.* no link"):
        checked(path)


def test_a_gripper_that_would_never_move_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PinchError, match="gripper never moves"):
        checked(changed(tmp_path, "gripper_joint_per_opening: 0.5", "gripper_joint_per_opening: 0"))
