# SPDX-License-Identifier: Apache-2.0
"""The documented commands that take seconds are run, in a folder with the files that they name."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from source_tree import ROOT
from test_documented_commands import Command, commands

from pinch_core.cli import __main__ as cli
from pinch_core.depth_files import write_depth_npy, write_intrinsics
from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.networks.pretrained import find_network
from pinch_core.resources import load_bin
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth

CAMERA = CameraIntrinsics(320, 240, 300.0, 300.0, 159.5, 119.5)
BOX = BoxSolid.standing(0.0, 0.0, 0.4, (0.10, 0.04, 0.04))
SHORT = ("./pinch plan", "./pinch model card", "./pinch model export")
RUN = {shlex.join(command.words): command for command in commands() if command.text.startswith(SHORT)}


def tray_with_a_box() -> DepthFrame:
    """A box in the bin config/bins/tray_400x300x60.yaml."""
    tray = load_bin("tray_400x300x60")
    walls = [
        BoxSolid.standing(wall.center[0], wall.center[1], 0.0, tuple(2 * wall.half_size))
        for wall in tray.walls
    ]
    return render_depth((BOX, *walls), camera_above(0.7, 0.0), CAMERA, np.random.default_rng(0), 0.001)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the pages speak of: a frame, a gripper's file, a network of one's own."""
    frame = render_depth((BOX,), camera_above(0.7, 0.2), CAMERA, np.random.default_rng(0), 0.001)
    for place in (tmp_path, tmp_path / "frames"):
        place.mkdir(exist_ok=True)
        for name in ("depth", "depth_000000", "depth_000003", "depth_000009"):
            write_depth_npy(place / f"{name}.npy", frame)
        write_intrinsics(place / "camera.json", CAMERA)
    write_depth_npy(tmp_path / "in_a_tray.npy", tray_with_a_box())
    quarters = np.rint(np.nan_to_num(frame.depth) / 0.00025).astype(np.uint16)
    cv2.imwrite(str(tmp_path / "l515.png"), quarters)
    shutil.copy(ROOT / "config/grippers/panda.yaml", tmp_path / "my_gripper.yaml")
    (tmp_path / "runs/one").mkdir(parents=True)
    shutil.copy(find_network("compact_85mm"), tmp_path / "runs/one/model.safetensors")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", RUN.values(), ids=str)
def test_a_short_command_does_what_it_says(
    command: Command, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = command.words[1:]
    assert cli.main(words) == 0, capsys.readouterr().err
    assert capsys.readouterr().out
    for option in ("--save", "--out"):
        if option in words:
            assert (folder / words[words.index(option) + 1]).stat().st_size > 0
