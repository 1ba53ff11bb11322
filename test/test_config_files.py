# SPDX-License-Identifier: Apache-2.0
"""Every file in config/ loads, and every key in it is one that its reader knows."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import yaml
from rclpy.context import Context
from rclpy.node import Node
from rclpy.parameter import Parameter
from source_tree import ROOT

from pinch_camera.node import DepthCameraNode
from pinch_core.cli.benchmark_all import load_settings
from pinch_core.config import from_mapping, load_yaml
from pinch_core.errors import ConfigError
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.resources import find_config, find_shared_file, load_bin, load_gripper, load_robot
from pinch_core.robot import KEYS_OF_VERSION_1, Robot
from pinch_datagen.datagen_config import DatagenConfig
from pinch_executor.embedded.robot_model import RobotModel
from pinch_executor.moveit.moveit_config import moveit_parameters
from pinch_executor.node import GraspExecutorNode
from pinch_gqcnn.node import GraspPlannerNode
from pinch_ros.testing import isolated_ros_domain
from pinch_sim.node import SimCell
from pinch_training.training.recipe import NETWORKS
from pinch_training.training.train_config import TrainConfig

CONFIG = ROOT / "config"
NODES = {
    "depth_camera": DepthCameraNode,
    "grasp_planner": GraspPlannerNode,
    "grasp_executor": GraspExecutorNode,
    "sim_cell": SimCell,
}
GRIPPERS = sorted((CONFIG / "grippers").iterdir())
ROBOTS = sorted((CONFIG / "robots").iterdir())
BINS = sorted((CONFIG / "bins").iterdir())
HEAPS = sorted((CONFIG / "heaps").iterdir())
DATASETS = sorted((CONFIG / "datagen").iterdir())
RECIPES = sorted((CONFIG / "training").iterdir())
BENCHMARKS = sorted((CONFIG / "benchmarks").iterdir())
LAYOUTS = [*(CONFIG / "rviz").iterdir(), *(CONFIG / "foxglove").iterdir()]  # see test_layouts.py
MOVEIT = sorted((CONFIG / "moveit").iterdir())
FAST_DDS = CONFIG / "fastdds.xml"


def parameter_files() -> list[Path]:
    others = {
        *GRIPPERS,
        *ROBOTS,
        *BINS,
        *HEAPS,
        *DATASETS,
        *RECIPES,
        *MOVEIT,
        *BENCHMARKS,
        *LAYOUTS,
        FAST_DDS,
    }
    return sorted(path for path in CONFIG.rglob("*") if path.is_file() and path not in others)


def by_place(path: Path) -> str:
    return str(path.relative_to(CONFIG))


def flat(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


@pytest.mark.parametrize("path", GRIPPERS, ids=by_place)
def test_every_gripper_loads_under_its_own_name(path: Path) -> None:
    assert load_yaml(ParallelJawGripper, path).name == path.stem


@pytest.mark.parametrize("path", ROBOTS, ids=by_place)
def test_every_robot_loads_and_what_it_names_exists(path: Path) -> None:
    robot = load_yaml(Robot, path)
    assert robot.name == path.stem
    load_gripper(robot.gripper)
    urdf = ElementTree.parse(find_shared_file(robot.description)).getroot()
    joints, links = ({e.get("name") for e in urdf.findall(tag)} for tag in ("joint", "link"))
    assert {*robot.arm_joints, *robot.finger_joints} <= joints
    assert {robot.base_frame, robot.tcp_frame, *robot.finger_links} <= links
    find_shared_file(robot.semantics)


@pytest.mark.parametrize("path", BINS, ids=by_place)
def test_every_bin_loads_by_its_name(path: Path) -> None:
    assert len(load_bin(path.stem).walls) == 4


@pytest.mark.parametrize("path", DATASETS, ids=by_place)
def test_every_dataset_config_loads_and_its_gripper_exists(path: Path) -> None:
    load_gripper(load_yaml(DatagenConfig, path).gripper)


@pytest.mark.parametrize("path", RECIPES, ids=by_place)
def test_every_training_recipe_loads_and_its_network_exists(path: Path) -> None:
    assert load_yaml(TrainConfig, path).network in NETWORKS


@pytest.mark.parametrize("path", BENCHMARKS, ids=by_place)
def test_every_benchmark_setting_is_of_a_registered_benchmark(path: Path) -> None:
    registered = {entry.name for entry in entry_points(group="pinch.benchmarks")}
    assert set(load_settings(path)) <= registered


def test_every_file_for_moveit_is_given_to_moveit(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    text_of = Path.read_text

    def note(path: Path, *args: Any, **kwargs: Any) -> str:
        read.append(path.name)
        return text_of(path, *args, **kwargs)

    monkeypatch.setenv("PINCH_CONFIG_DIR", str(CONFIG))
    monkeypatch.setattr(Path, "read_text", note)
    robot = load_robot("panda")
    moveit_parameters(robot, RobotModel(robot).limits, "arm")
    assert {path.name for path in MOVEIT} <= set(read)


def test_moveit_listens_below_the_namespace_of_the_executor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINCH_CONFIG_DIR", str(CONFIG))
    robot = load_robot("panda")
    given = moveit_parameters(robot, RobotModel(robot).limits, "arm", namespace="/left")
    assert given["planning_scene_monitor_options"]["joint_state_topic"] == "/left/joint_states"
    given = moveit_parameters(robot, RobotModel(robot).limits, "arm")
    assert given["planning_scene_monitor_options"]["joint_state_topic"] == "/joint_states"


@pytest.mark.parametrize("path", parameter_files(), ids=by_place)
def test_every_parameter_file_is_known_to_its_node_key_by_key(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert all(name.startswith("/**/") for name in document), "a section counts in any namespace"
    sections = {name.removeprefix("/**/"): section for name, section in document.items()}
    assert sections and set(sections) <= set(NODES), f"{path.name} is for no node of ours"
    for name, section in sections.items():
        context = Context()
        with isolated_ros_domain():
            context.init(args=["--ros-args", "--params-file", str(path)])
            node: Node = NODES[name](
                context=context, parameter_overrides=[Parameter("autostart", value=False)]
            )
            try:
                for key, value in flat(section["ros__parameters"]):
                    if not key.startswith("qos_overrides."):
                        assert node.has_parameter(key), f"{path.name}: {name} has no parameter '{key}'"
                        found = node.get_parameter(key).value
                        assert (list(found) if isinstance(value, list) else found) == value, key
            finally:
                node.destroy_node()
                context.shutdown()


def test_a_wrong_key_is_refused_with_file_and_known_keys() -> None:
    values = {**yaml.safe_load(GRIPPERS[0].read_text(encoding="utf-8")), "max_widht": 0.1}
    with pytest.raises(ConfigError, match=r"my\.yaml has the unknown key 'max_widht'.*max_opening"):
        from_mapping(ParallelJawGripper, values, "my.yaml")


def test_a_robots_file_of_version_1_is_the_same_robot(tmp_path: Path) -> None:
    values = yaml.safe_load(ROBOTS[0].read_text(encoding="utf-8"))
    today = from_mapping(Robot, values, "my.yaml")
    old = dict(values)
    for before, now in KEYS_OF_VERSION_1.items():
        old[before] = old.pop(now)
    path = tmp_path / "my.yaml"
    path.write_text(yaml.safe_dump(old))
    assert load_robot(str(path)) == today


@pytest.mark.parametrize("before", KEYS_OF_VERSION_1)
def test_a_robots_file_with_a_key_of_both_versions_is_refused(before: str, tmp_path: Path) -> None:
    values = yaml.safe_load(ROBOTS[0].read_text(encoding="utf-8"))
    path = tmp_path / "my.yaml"
    path.write_text(yaml.safe_dump({**values, before: values[KEYS_OF_VERSION_1[before]]}))
    with pytest.raises(ConfigError, match=rf"my\.yaml has the unknown key '{before}'"):
        load_robot(str(path))


def test_the_shared_memory_profile_is_what_the_environment_names() -> None:
    assert FAST_DDS.name in (ROOT / "scripts" / "env.sh").read_text(encoding="utf-8")
    ElementTree.parse(FAST_DDS)


@pytest.mark.parametrize(("kind", "line"), [("grippers", "max_opening: 80"), ("robots", "home: [0.0]")])
def test_a_refused_setting_of_a_file_is_told_with_the_file(tmp_path: Path, kind: str, line: str) -> None:
    key = line.partition(":")[0]
    written = find_config(kind, "panda").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "mine.yaml"
    path.write_text("\n".join(line if one.startswith(key) else one for one in written), encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"^{path}: .*{key}"):
        (load_gripper if kind == "grippers" else load_robot)(str(path))


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("pinch_datagen.cli.datagen", ("--out", "out")),
        ("pinch_datagen.cli.benchmark_datagen", ()),
        ("pinch_datagen.cli.benchmark_policies", ()),
        ("pinch_training.cli.train", ("--data", "data", "--out", "out")),
        ("pinch_training.cli.finetune", ("--from", "compact_50mm", "--data", "data", "--out", "out")),
    ],
)
def test_a_gripper_in_place_of_a_recipe_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, options: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    main = import_module(command).main
    with pytest.raises(ConfigError, match=r"is a gripper file, not a recipe for .*--gripper"):
        main(["--config", str(GRIPPERS[0]), *options])
