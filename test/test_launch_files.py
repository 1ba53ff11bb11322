# SPDX-License-Identifier: Apache-2.0
"""Launch files name packages, executables and config files that exist, and pass on what they are given; read
as text and run on a stand-in, without launch.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml
from launch_stand_in import launched, text
from source_tree import ROOT

from pinch_executor.motion_planners import MOTION_PLANNERS

LAUNCH_FILES = sorted((ROOT / "launch").glob("*.launch.py"))


def calls(path: Path, function: str) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function
    ]


def keyword(call: ast.Call, name: str) -> ast.expr:
    return next(k.value for k in call.keywords if k.arg == name)


def strings(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


@pytest.mark.parametrize("path", LAUNCH_FILES, ids=lambda p: p.name)
def test_every_node_has_an_installed_executable(path: Path) -> None:
    for node in calls(path, "Node"):
        package, executable = (ast.literal_eval(keyword(node, name)) for name in ("package", "executable"))
        setup = (ROOT / "src" / package / "setup.py").read_text(encoding="utf-8")
        assert f"{executable} = " in setup, f"{path.name}: {package} installs no {executable}"


@pytest.mark.parametrize("path", LAUNCH_FILES, ids=lambda p: p.name)
def test_every_named_file_exists(path: Path) -> None:
    for name in strings(path):
        if name.endswith((".launch.py", ".yaml")) and name != ".yaml":
            assert list(ROOT.glob(f"launch/{name}")) or list(ROOT.glob(f"config/**/{name}")), (
                f"{path.name}: no {name}"
            )


@pytest.mark.parametrize("path", LAUNCH_FILES, ids=lambda p: p.name)
def test_every_argument_is_described(path: Path) -> None:
    for argument in calls(path, "DeclareLaunchArgument"):
        assert len(ast.literal_eval(keyword(argument, "description"))) > 10


@pytest.mark.parametrize("name", ["sim.launch.py", "robot.launch.py"])
def test_robot_gripper_and_motion_planner_reach_the_nodes_they_are_for(name: str) -> None:
    arguments = {"robot": "ur5e_2f85", "gripper": "robotiq_2f85", "motion_planner": "moveit"}
    context, nodes = launched(ROOT / "launch" / name, arguments)
    parameters = {node: found.values(context) for node, found in nodes.items()}
    executor = parameters["grasp_executor"]
    assert (executor["robot"], executor["motion_planner"]) == ("ur5e_2f85", "moveit")
    assert parameters["grasp_planner"]["gripper"] == "robotiq_2f85"
    if name == "sim.launch.py":
        assert parameters["sim_cell"]["robot"] == "ur5e_2f85"
        assert executor["use_sim_time"] == "true"


@pytest.mark.parametrize("name", ["sim.launch.py", "robot.launch.py"])
def test_what_is_not_given_is_left_to_the_parameter_files(name: str) -> None:
    context, nodes = launched(ROOT / "launch" / name, {})
    for node in nodes.values():
        assert not {"robot", "gripper", "motion_planner"} & node.values(context).keys(), node.name


@pytest.mark.parametrize("planner", MOTION_PLANNERS)
def test_every_motion_planner_can_be_launched_and_no_other(planner: str) -> None:
    path = ROOT / "launch" / "executor.launch.py"
    launched(path, {"motion_planner": planner})
    with pytest.raises(AssertionError, match="motion_planner:=moveit2"):
        launched(path, {"motion_planner": "moveit2"})


def test_the_executor_and_the_planner_hear_the_same_camera() -> None:
    context, nodes = launched(ROOT / "launch" / "robot.launch.py", {})
    executor, planner = (
        {topic: text(target, context) for topic, target in nodes[name].remappings}
        for name in ("grasp_executor", "grasp_planner")
    )
    assert executor == planner


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("sim.launch.py", ["depth_camera", "grasp_planner", "grasp_executor"]),
        ("robot.launch.py", ["depth_camera", "grasp_planner", "grasp_executor"]),
        ("replay.launch.py", ["grasp_planner", "depth_camera"]),
    ],
)
def test_a_stack_is_brought_up_in_order_and_by_nobody_else(name: str, order: list[str]) -> None:
    context, nodes = launched(ROOT / "launch" / name, {"path": "bag.mcap"})
    assert yaml.safe_load(nodes["bring_up"].values(context)["nodes"]) == order
    assert all(nodes[node].values(context)["autostart"] == "false" for node in order)


@pytest.mark.parametrize("part", ["camera", "planner", "executor"])
def test_a_node_alone_starts_itself_unless_told_not_to(part: str) -> None:
    path = ROOT / "launch" / f"{part}.launch.py"
    for arguments, expected in (({}, "true"), ({"autostart": "false"}, "false")):
        context, nodes = launched(path, arguments)
        (node,) = nodes.values()
        assert node.values(context)["autostart"] == expected


def test_whatever_ends_before_the_stack_is_up_ends_the_launch_and_nothing_does_afterwards() -> None:
    context, _ = launched(ROOT / "launch" / "robot.launch.py", {})
    context.exit("depth_camera", 2)
    assert context.is_shutdown
    assert "depth_camera" in context.reason

    context, _ = launched(ROOT / "launch" / "robot.launch.py", {})
    context.exit("bring_up", 0)
    context.exit("depth_camera", 2)
    assert not context.is_shutdown

    context, _ = launched(ROOT / "launch" / "robot.launch.py", {})
    context.exit("bring_up", 1)
    assert "bring_up" in context.reason


@pytest.mark.parametrize("path", LAUNCH_FILES, ids=lambda p: p.name)
def test_every_node_of_a_launch_is_in_the_namespace_that_it_is_given(path: Path) -> None:
    arguments = {"namespace": "left", "path": "bag.mcap", "nodes": "[depth_camera]"}
    context, nodes = launched(path, arguments)
    for name, node in nodes.items():
        assert text(node.namespace, context) == "left", name
        targets = {topic: text(target, context) for topic, target in node.remappings}
        assert not [t for t in targets.values() if t.startswith("/") and t != "/clock"], name
        if name != "bring_up":
            assert (targets["/tf"], targets["/tf_static"]) == ("tf", "tf_static"), name
        if path.name == "sim.launch.py" and name != "bring_up":
            assert targets["/clock"] == "clock", "two simulated cells have two times"
