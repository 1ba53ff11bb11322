# SPDX-License-Identifier: Apache-2.0
"""``pinch check`` takes the names of config/, as the options of other commands do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pinch_core.cli.check import main
from pinch_core.depth_files import write_intrinsics
from pinch_core.testing_scene import CAMERA

UNDERSTOOD, NOT_UNDERSTOOD = 0, 2


def document(capsys: pytest.CaptureFixture[str], word: str) -> tuple[int, list[dict[str, Any]]]:
    code = main([word, "--json"])
    return code, json.loads(capsys.readouterr().out)["files"]


@pytest.mark.parametrize("word", ["panda", "panda.yaml"])
def test_a_bare_name_is_that_of_config_and_a_robot_and_a_gripper_of_one_name_are_both_checked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, files = document(capsys, word)
    assert [Path(one["path"]).parent.name for one in files] == ["grippers", "robots"]
    assert [one["kind"] for one in files] == ["gripper", "robot"]
    assert code == UNDERSTOOD


def test_a_bare_name_of_one_folder_is_that_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, (one,) = document(capsys, "yumi")
    assert (code, one["kind"], one["figures"]["name"]) == (UNDERSTOOD, "gripper", "yumi")
    code, (preset,) = document(capsys, "realsense")
    assert code == NOT_UNDERSTOOD
    assert "is a parameter file of ROS nodes" in preset["error"] and "--params-file" in preset["error"]


def test_a_file_in_the_working_folder_comes_before_a_name_of_config(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_intrinsics(tmp_path / "camera.json", CAMERA)
    (tmp_path / "camera.json").rename(tmp_path / "panda.yaml")
    code, (one,) = document(capsys, "panda.yaml")
    assert (code, one["kind"], one["path"]) == (UNDERSTOOD, "camera", "panda.yaml")


def test_a_bare_name_of_nothing_is_told_the_names_that_there_are(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, (one,) = document(capsys, "pandda")
    assert code == NOT_UNDERSTOOD
    assert "a gripper or robot of config/ (panda, robotiq_2f85, yumi, ur5e_2f85, yumi_like)" in one["error"]
