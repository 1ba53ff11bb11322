# SPDX-License-Identifier: Apache-2.0
"""Whatever is in a file that somebody else wrote: it is read, or refused in pinch's own words."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pytest
import trimesh
from damage import damaged, refused_in_one_sentence
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from source_tree import ROOT

from pinch_core.config import load_yaml
from pinch_core.depth_files import read_depth, read_intrinsics, read_segmask
from pinch_core.errors import PinchError
from pinch_core.networks.weights import load_network, read_card
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.planner_config import PlannerConfig
from pinch_core.resources import load_robot
from pinch_datagen.objects.mesh_file import load_raw_mesh
from pinch_ros.calibration_file import load_calibration
from pinch_training.attempts.csv_file import read_csv


class Parser(NamedTuple):
    """A reader, and a file that it takes."""

    read: Callable[[Path], Any]
    name: str
    valid: bytes


def _array(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def _image(extension: str, array: np.ndarray) -> bytes:
    return bytes(cv2.imencode(extension, array)[1])


def _mesh(extension: str) -> bytes:
    exported = trimesh.creation.box((0.05, 0.04, 0.03)).export(file_type=extension)
    return exported.encode() if isinstance(exported, str) else bytes(exported)


DEPTH = np.full((6, 8), 700, dtype=np.uint16)
CAMERA = {"width": 8, "height": 6, "fx": 10.0, "fy": 10.0, "cx": 4.0, "cy": 3.0}
ROS_CAMERA = b"""image_width: 8
image_height: 6
camera_name: c
camera_matrix: {rows: 3, cols: 3, data: [10.0, 0.0, 4.0, 0.0, 10.0, 3.0, 0.0, 0.0, 1.0]}
distortion_model: plumb_bob
distortion_coefficients: {rows: 1, cols: 5, data: [0.1, 0.0, 0.0, 0.0, 0.0]}
rectification_matrix: {rows: 3, cols: 3, data: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]}
projection_matrix: {rows: 3, cols: 4, data: [10.0, 0.0, 4.0, 0.0, 0.0, 10.0, 3.0, 0.0, 0.0, 0.0, 1.0, 0.0]}
"""
CALIBRATION = b"""parent: base
child: camera
translation: [0.5, -0.1, 0.9]
rotation: [0.0, 0.6, 0.0, 0.8]
"""
EASY_HANDEYE2 = b"""parameters:
  name: cell
  calibration_type: eye_on_base
  tracking_base_frame: camera_link
  tracking_marker_frame: marker
  robot_base_frame: base
  robot_effector_frame: hand
  freehand_robot_movement: true
transform:
  translation: {x: 0.5, y: -0.1, z: 0.9}
  rotation: {x: 0.0, y: 0.6, z: 0.0, w: 0.8}
"""
BERKELEY_CAMERA = json.dumps(
    {
        "_frame": "camera",
        "_fx": 10.0,
        "_fy": 10.0,
        "_cx": 4.0,
        "_cy": 3.0,
        "_skew": 0.0,
        "_height": 6,
        "_width": 8,
        "_K": 0,
    }
).encode()
PARSERS = {
    "depth npy": Parser(read_depth, "depth.npy", _array(DEPTH)),
    "depth png": Parser(read_depth, "depth.png", _image(".png", DEPTH)),
    "depth tiff": Parser(read_depth, "depth.tiff", _image(".tiff", DEPTH)),
    "segmask": Parser(read_segmask, "mask.png", _image(".png", np.full((6, 8), 255, np.uint8))),
    "intrinsics json": Parser(read_intrinsics, "camera.json", json.dumps(CAMERA).encode()),
    "intrinsics yaml": Parser(read_intrinsics, "camera.yaml", ROS_CAMERA),
    "intrinsics intr": Parser(read_intrinsics, "camera.intr", BERKELEY_CAMERA),
    "calibration": Parser(load_calibration, "calibration.yaml", CALIBRATION),
    "calibration of easy_handeye2": Parser(load_calibration, "handeye.calib", EASY_HANDEYE2),
    "gripper": Parser(
        lambda path: load_yaml(ParallelJawGripper, path),
        "g.yaml",
        (ROOT / "config/grippers/panda.yaml").read_bytes(),
    ),
    "robot": Parser(
        lambda path: load_robot(str(path)), "r.yaml", (ROOT / "config/robots/panda.yaml").read_bytes()
    ),
    "planner config": Parser(lambda path: load_yaml(PlannerConfig, path), "p.yaml", b"cem: {}\n"),
    "mesh stl": Parser(lambda path: load_raw_mesh(path, "box"), "box.stl", _mesh("stl")),
    "mesh obj": Parser(lambda path: load_raw_mesh(path, "box"), "box.obj", _mesh("obj")),
    "mesh ply": Parser(lambda path: load_raw_mesh(path, "box"), "box.ply", _mesh("ply")),
    "attempts csv": Parser(
        lambda path: read_csv(path, 32), "a.csv", b"depth,camera,x,y,z,qx,qy,qz,qw,width,success\n"
    ),
}


@pytest.mark.parametrize("kind", PARSERS)
def test_a_whole_file_is_read(kind: str, tmp_path: Path) -> None:
    parser = PARSERS[kind]
    path = tmp_path / parser.name
    path.write_bytes(parser.valid)
    if kind == "attempts csv":
        with pytest.raises(PinchError):
            parser.read(path)
    else:
        assert parser.read(path) is not None


@pytest.mark.parametrize("kind", PARSERS)
@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_in_one_sentence(
    kind: str, tmp_path: Path, data: st.DataObject
) -> None:
    parser = PARSERS[kind]
    path = tmp_path / parser.name
    path.write_bytes(data.draw(damaged(parser.valid)))
    with refused_in_one_sentence():
        parser.read(path)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_damaged_weights_are_read_or_refused_in_one_sentence(tmp_path: Path, data: st.DataObject) -> None:
    source = ROOT / "src/pinch_core/pinch_core/pretrained/compact_50mm.safetensors"
    path = tmp_path / "network.safetensors"
    shutil.copyfile(source, path)
    size = source.stat().st_size
    # What matters is in front: eight bytes of length, and the header in JSON.
    with path.open("r+b") as file:
        if data.draw(st.booleans(), "cut"):
            file.truncate(data.draw(st.integers(0, size)))
        for _ in range(data.draw(st.integers(0, 4))):
            file.seek(data.draw(st.integers(0, 3000)))
            file.write(data.draw(st.binary(min_size=1, max_size=4)))
    for read in (load_network, read_card):
        with refused_in_one_sentence():
            read(path)
