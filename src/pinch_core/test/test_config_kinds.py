# SPDX-License-Identifier: Apache-2.0
"""A settings file that is given in place of another is named for what it is, whoever reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pinch_core.calibration import read_calibration
from pinch_core.cli.benchmark_all import load_settings
from pinch_core.config_kinds import (
    BENCHMARK_LIST,
    BIN,
    CAMERA,
    DATAGEN,
    GRIPPER,
    HEAP,
    MOVEIT,
    PARAMETERS,
    ROBOT,
    TRAINING,
    ConfigKind,
    config_kind_of,
)
from pinch_core.errors import PinchError, UnknownNameError
from pinch_core.plain_text import parse_yaml
from pinch_core.resources import config_directory, load_bin, load_gripper, load_robot

CONFIG = config_directory()
# The nodes' parameters lie at the top and where they are of a camera or a simulated robot.
KIND_OF_FOLDER = {
    "config": PARAMETERS, "camera": PARAMETERS, "sim": PARAMETERS, "robots": ROBOT, "grippers": GRIPPER,
    "datagen": DATAGEN, "training": TRAINING, "benchmarks": BENCHMARK_LIST, "moveit": MOVEIT,
    "bins": BIN, "heaps": HEAP,
}  # fmt: skip
CAMERA_FILE = {"width": 640, "height": 480, "fx": 525.0, "fy": 525.0, "cx": 319.5, "cy": 239.5}
READERS: dict[ConfigKind, Callable[[str], Any]] = {
    ROBOT: load_robot,
    GRIPPER: load_gripper,
    BIN: load_bin,
    CAMERA: lambda name: read_calibration(Path(name)),
    BENCHMARK_LIST: lambda name: load_settings(Path(name)),
}


@pytest.mark.parametrize("path", sorted(CONFIG.rglob("*.yaml")), ids=lambda path: path.name)
def test_every_settings_file_of_ours_is_recognised(path: Path) -> None:
    assert config_kind_of(parse_yaml(path.read_text())) is KIND_OF_FOLDER[path.parent.name]


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> dict[ConfigKind, Path]:
    camera = tmp_path_factory.mktemp("camera") / "camera.json"
    camera.write_text(json.dumps(CAMERA_FILE))
    return {
        ROBOT: CONFIG / "robots" / "panda.yaml",
        GRIPPER: CONFIG / "grippers" / "yumi.yaml",
        BIN: CONFIG / "bins" / "tray_400x300x60.yaml",
        HEAP: CONFIG / "heaps" / "pile.yaml",
        CAMERA: camera,
        PARAMETERS: CONFIG / "planner.yaml",
        DATAGEN: CONFIG / "datagen" / "pinch.yaml",
        TRAINING: CONFIG / "training" / "compact.yaml",
        BENCHMARK_LIST: CONFIG / "benchmarks" / "short.yaml",
        MOVEIT: CONFIG / "moveit" / "kinematics.yaml",
    }


@pytest.mark.parametrize("wanted", READERS, ids=lambda kind: kind.name)
def test_each_reader_names_every_kind_that_it_does_not_read(
    wanted: ConfigKind, examples: dict[ConfigKind, Path]
) -> None:
    READERS[wanted](str(examples[wanted]))
    for kind, path in examples.items():
        if kind is not wanted:
            with pytest.raises(PinchError) as refused:
                READERS[wanted](str(path))
            assert str(refused.value).startswith(f"{path} is {kind.name}, not {wanted.name}; ")


def test_a_robot_file_in_place_of_a_gripper_says_which_gripper_it_has() -> None:
    with pytest.raises(PinchError, match=r"the gripper that it names is 'yumi': give that, .*--robot"):
        load_gripper(str(CONFIG / "robots" / "yumi_like.yaml"))


@pytest.mark.parametrize("suffix", [".yaml", ".urdf"])
def test_a_urdf_in_place_of_a_settings_file_is_named(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"arm{suffix}"
    path.write_text('<?xml version="1.0"?>\n<robot name="arm">\n  <link name="a"/>\n</robot>\n')
    with pytest.raises(PinchError, match=r"is a URDF or SRDF, which names no arm.*whose 'description' it is"):
        load_robot(str(path))
    with pytest.raises(PinchError, match="is a URDF or SRDF, not a gripper file"):
        load_gripper(str(path))


def test_an_image_in_place_of_a_settings_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "panda.yaml"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(PinchError, match="is a PNG image, not a gripper file"):
        load_gripper(str(path))


def test_a_name_that_is_one_of_another_folder_says_so() -> None:
    with pytest.raises(
        UnknownNameError, match=r"'yumi_like' is not one of the grippers .* of the robots and"
    ):
        load_gripper("yumi_like")


def test_a_file_of_the_right_kind_keeps_its_own_fault(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        (CONFIG / "grippers" / "panda.yaml").read_text().replace("max_force: 70.0", "max_force: -1")
    )
    with pytest.raises(PinchError, match=r"max_force = -1 N is outside"):
        load_gripper(str(path))
