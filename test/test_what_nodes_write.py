# SPDX-License-Identifier: Apache-2.0
"""What the nodes of a running graph write is written by few lines, below folders that only a start can name.

Commands (record, extract, evaluate, benchmarks, the demo) write where their options say; they serve nobody
on the network.
"""

from __future__ import annotations

import ast
import dataclasses
import typing

import pytest
from source_tree import ROOT

from pinch_camera.node import CameraNodeConfig
from pinch_camera.replay.config import ReplayConfig
from pinch_executor.executor_config import ExecutorConfig
from pinch_gqcnn.node_config import PlannerNodeConfig
from pinch_sim.cell_config import CellConfig
from pinch_sim.node_config import NodeConfig

PACKAGES = ("pinch_ros", "pinch_camera", "pinch_gqcnn", "pinch_executor", "pinch_sim")
COMMANDS = ("benchmark", "cli")  # folders, and the beginnings of file names
WRITERS = {
    *("write_file", "append_line", "new_folder", "write_image", "write_depth_npy", "write_depth_png"),
    *("write_intrinsics", "write_text", "write_bytes", "mkdir", "makedirs", "mkdtemp", "touch", "unlink"),
    *("rename", "replace_file", "rmtree", "copyfile", "copytree", "savez", "savez_compressed"),
    *("imwrite", "VideoWriter", "BagWriter", "Writer", "mj_saveLastXML", "mj_saveModel", "FileHandler"),
}
# Where each place comes from. Of a network, nothing but the stamp of a grasp comes into a name.
KNOWN = {
    ("pinch_executor/attempt_log.py", "write_file"): "recording.folder, read-only",
    ("pinch_executor/attempt_log.py", "append_line"): "recording.folder, read-only",
    ("pinch_executor/attempt_log.py", "save"): "bytes in memory",
    ("pinch_executor/motion_marker.py", "write_file"): "ROS_HOME",
    ("pinch_executor/motion_marker.py", "unlink"): "ROS_HOME",
    ("pinch_ros/bags/salvage/recording.py", "open"): "a temporary folder of its own",
    ("pinch_ros/bags/salvage/recording.py", "copyfile"): "a temporary folder of its own",
    ("pinch_ros/bags/writer.py", "Writer"): "commands alone make a BagWriter",
    ("pinch_ros/bags/writer.py", "rmtree"): "commands alone make a BagWriter",
}
CONFIGS = {
    "depth_camera": CameraNodeConfig,
    "depth_camera, replay": ReplayConfig,
    "grasp_planner": PlannerNodeConfig,
    "grasp_executor": ExecutorConfig,
    "sim_cell": NodeConfig,
    "sim_cell, cell": CellConfig,
}


def writes(source: str) -> set[str]:
    """Names of the calls in a file that write: those of WRITERS, numpy's save, and open to write."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        owner = getattr(getattr(node.func, "value", None), "id", "")
        if name in WRITERS or (owner, name) in (("np", "save"), ("os", "remove")):
            found.add(name)
        modes = [
            a.value for a in (*node.args, *(k.value for k in node.keywords)) if isinstance(a, ast.Constant)
        ]
        if name in ("open", "fdopen") and any(isinstance(m, str) and set(m) & set("wax+") for m in modes):
            found.add("open")
    return found


def test_every_line_of_a_node_that_writes_is_known() -> None:
    found = {}
    for package in PACKAGES:
        for path in (ROOT / "src" / package / package).rglob("*.py"):
            inside = path.relative_to(ROOT / "src" / package)
            if not any(part.startswith(COMMANDS) or "benchmark" in part for part in inside.parts[1:]):
                found |= {(str(inside), name): "" for name in writes(path.read_text(encoding="utf-8"))}
    assert found.keys() == KNOWN.keys()


@pytest.mark.parametrize(
    "source",
    [
        "open(p, 'w')",
        "p.open('ab')",
        "p.write_text(t)",
        "np.savez(p, a)",
        "cv2.imwrite(p, i)",
        "os.makedirs(p)",
    ],
)
def test_the_walk_sees_what_writes(source: str) -> None:
    assert writes(source) and not writes("p.open('rb'); p.read_text()")


def test_no_field_of_an_interface_names_a_file() -> None:
    files = [p for kind in ("msg", "srv", "action") for p in (ROOT / "src/pinch_interfaces" / kind).iterdir()]
    fields = {
        line.split()[1]
        for path in files
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and line[0] not in "#- " and "=" not in line
    }
    assert {"model", "policy", "bin", "name"} <= fields
    assert not [
        name for name in fields if {"path", "file", "folder", "dir", "directory"} & set(name.split("_"))
    ]


def test_no_setting_of_a_node_but_the_executors_folder_names_a_place_to_write() -> None:
    named = {
        (node, field.name)
        for node, config in CONFIGS.items()
        for section in _sections(config)
        for field in dataclasses.fields(section)
        if any(word in field.name for word in ("path", "file", "folder", "dir", "out", "log"))
        and typing.get_type_hints(section)[field.name] is str
    }
    assert named == {("depth_camera, replay", "path"), ("grasp_executor", "folder")}  # the first is read


def _sections(config: type) -> list[type]:
    inner = [hint for hint in typing.get_type_hints(config).values() if dataclasses.is_dataclass(hint)]
    return [config, *(found for section in inner for found in _sections(section))]
