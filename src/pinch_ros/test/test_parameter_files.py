# SPDX-License-Identifier: Apache-2.0
"""A parameter file that cannot be used ends in one sentence, and what nothing takes is named."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pinch_core.errors import ConfigError
from pinch_ros.parameter_files import check_override, read_parameter_file
from pinch_ros.testing import isolated_ros_domain

SCRIPT = Path(__file__).with_name("node_for_lifecycle_test.py")


@pytest.fixture(autouse=True)
def domain() -> Iterator[None]:
    with isolated_ros_domain():
        yield


def section(values: str, name: str = "speaker") -> str:
    return f"{name}:\n  ros__parameters:\n    {values}\n"


REFUSED = {
    "a tab": ("/**:\n  ros__parameters:\n    size: 1.0\n\tother: 3\n", r"line 4 has a tab; .* spaces"),
    "no node": ("size: 1.0\n", r"line 1 sets 'size' outside of any node; .*ros__parameters"),
    "no ros__parameters": ("speaker:\n  size: 1.0\n", r"line 2 sets 'size' below 'speaker' without ros__par"),
    "no node above": ("ros__parameters:\n  size: 1.0\n", r"line 1 has ros__parameters outside of any node"),
    "nothing below": ("speaker:\n  ros__parameters:\n", r"line 2 has no parameters below ros__parameters"),
    "integers and decimals": (section("a: {b: [0, -0.5]}"), r"a\.b = \[0, -0\.5\].*write 0\.0 for 0"),
    "text and booleans": (section("a: ['x', yes]"), r"line 3: a = \[x, yes\] mixes booleans and texts"),
    "an array of arrays": (section("a: [[1, 2]]"), r"a has an array or a mapping inside"),
    "a list": ("- size\n", r"line 1 holds a list"),
    "an open bracket": (section("a: [1, 2"), r"is no YAML"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_rcl_does_not_take_is_refused_with_its_line(
    tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "given.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=sentence) as refused:
        read_parameter_file(str(path))
    assert str(path) in str(refused.value)


@pytest.mark.parametrize("rule", ["size", ":=1", "size:=[1, 2.0]", "size:=[1"])
def test_an_override_that_rcl_does_not_take_is_quoted(rule: str) -> None:
    with pytest.raises(ConfigError, match="-p ") as refused:
        check_override(rule)
    assert rule in str(refused.value)


def test_sections_reach_the_nodes_that_rcl_would_give_them_to(tmp_path: Path) -> None:
    path = tmp_path / "given.yaml"
    path.write_text(
        "/**:\n  ros__parameters: {a: 1}\n/**/eye:\n  ros__parameters: {b: {c: 1}}\n"
        "left:\n  eye:\n    ros__parameters: {d: [1, 2]}\n/*/ear:\n  ros__parameters: {e: x}\n"
    )
    file = read_parameter_file(str(path))
    assert file.names_for("/eye") == {"a": False, "b.c": True}
    assert file.names_for("/left/eye") == {"a": False, "b.c": True, "d": True}
    assert file.names_for("/left/ear") == {"a": False, "e": True}
    assert file.names_for("/ear") == {"a": False}


def run(*arguments: str) -> tuple[int, str]:
    ended = subprocess.run(
        [sys.executable, str(SCRIPT), "--ros-args", *arguments],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stderr.splitlines()[-1]


GIVEN = {
    "a mistyped name": (section("sise: 1.0"), r"'sise'", "the nearest is 'size'"),
    "another node's name": (section("size: 1.0", "speeker"), "/speeker", "is this node, /speaker"),
    "another namespace": (section("size: 1.0", "/left/speaker"), "/left/speaker", "/**/speaker"),
    "another type for rclpy's own": (section("autostart: 5"), "autostart", "BOOL"),
    "another type": (section("size: [1.0]"), "size", "float"),
    "no such file": (None, "given.yaml", "No such file"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "what", "cure"), GIVEN.values(), ids=GIVEN.keys())
def test_a_node_that_is_given_a_bad_file_ends_with_2_and_one_sentence(
    tmp_path: Path, text: str | None, what: str, cure: str
) -> None:
    path = tmp_path / "given.yaml"
    if text is not None:
        path.write_text(text)
    code, sentence = run("--params-file", str(path))
    assert code == 2
    assert what in sentence and cure in sentence


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-p", "sise:=1.0"], "the nearest is 'size'"),
        (["-p", "speaker:sise:=1.0"], "the nearest is 'size'"),
        (["-r", "__ns:=left right"], "left right"),
        (["--bogus"], "--bogus"),
    ],
)
def test_an_argument_that_nothing_takes_is_named(arguments: list[str], said: str) -> None:
    code, sentence = run(*arguments)
    assert code == 2
    assert said in sentence


def test_what_every_node_is_given_and_this_one_lacks_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "given.yaml"
    path.write_text(section("{sise: 1.0, refuses: configure}", "/**"))
    ended = subprocess.run(
        [sys.executable, str(SCRIPT), "--ros-args", "--params-file", str(path)],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert ended.returncode == 1, "the node was made, and refused to be configured as it was told"
    assert "sets 'sise', which is no parameter of /speaker (the nearest is 'size')" in ended.stderr


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "given.yaml"
    path.write_text("size: 1.0\n" + section("{a: [1, 2.0], b: [x, yes]}") + "other:\n  rate: 3\n")
    with pytest.raises(ConfigError) as refused:
        read_parameter_file(str(path))
    for said in ("line 1 sets 'size'", "line 4: a = ", "line 4: b = ", "line 6 sets 'rate' below 'other'"):
        assert said in str(refused.value)


def test_all_names_that_the_node_lacks_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "given.yaml"
    path.write_text(section("{sise: 1.0, sizze: 2.0}"))
    code, sentence = run("--params-file", str(path), "-p", "sized:=1.0")
    assert code == 2
    assert all(f"sets '{name}'" in sentence for name in ("sise", "sizze", "sized"))


def test_a_gripper_file_in_place_of_a_parameter_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "given.yaml"
    path.write_text("type: parallel_jaw\nname: mine\nfinger: {breadth: 0.02}\nmax_opening: 0.08\n")
    with pytest.raises(
        ConfigError, match=r"is a gripper file, not a parameter file of ROS nodes; .*--gripper"
    ):
        read_parameter_file(str(path))
