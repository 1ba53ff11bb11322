# SPDX-License-Identifier: Apache-2.0
"""Descriptions written in xacro."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from xml.dom import minidom

import pytest

from pinch_core.robot_description.description import load_description
from pinch_core.robot_description.errors import RobotDescriptionError
from pinch_core.testing_arm import ARM_URDF, edited, write_arm

HEAD = '<robot name="test_arm">'
XACRO = edited(
    ARM_URDF,
    {
        HEAD: '<robot xmlns:xacro="http://www.ros.org/wiki/xacro" name="test_arm">'
        '<xacro:arg name="reach" default="0.36"/>',
        'xyz="0 0 0.36"': 'xyz="0 0 $(arg reach)"',
    },
)


def xacro_arm(folder: Path, text: str = XACRO, name: str = "arm.urdf.xacro", **settings):
    robot = write_arm(folder, description=str(folder / name), **settings)
    (folder / name).write_text(text, encoding="utf-8")
    return robot


def install(monkeypatch: pytest.MonkeyPatch, process_file) -> None:
    """A package xacro that works like ``process_file``."""
    package = types.ModuleType("xacro")
    package.process_file = process_file
    monkeypatch.setitem(sys.modules, "xacro", package)


def expand(path: str, mappings: dict[str, str]):
    print("what xacro prints")
    text = Path(path).read_text(encoding="utf-8")
    text = text.replace("$(arg reach)", mappings.get("reach", "0.36"))
    text = text.replace('<xacro:arg name="reach" default="0.36"/>', "")
    return minidom.parseString(text)


@pytest.mark.parametrize("name", ["arm.urdf.xacro", "arm.urdf"])
def test_where_xacro_is_not_installed_the_commands_are_named(tmp_path, monkeypatch, name):
    monkeypatch.setitem(sys.modules, "xacro", None)
    with pytest.raises(RobotDescriptionError, match=r"pip install xacro.*`xacro arm\.urdf"):
        load_description(xacro_arm(tmp_path, name=name))


def test_any_folder_named_xacro_is_not_the_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xacro", types.ModuleType("xacro"))
    with pytest.raises(RobotDescriptionError, match="the Python package xacro is not installed"):
        load_description(xacro_arm(tmp_path))


def test_xacro_is_expanded_with_its_arguments_and_stays_silent(tmp_path, monkeypatch, capfd):
    install(monkeypatch, expand)
    for arguments, reach in (((), "0.36"), (("reach:=0.4",), "0.4")):
        description = load_description(xacro_arm(tmp_path, description_arguments=arguments))
        assert f'xyz="0 0 {reach}"' in description.text()
    assert capfd.readouterr().out == ""


def test_an_argument_that_is_not_a_pair_is_named(tmp_path):
    with pytest.raises(RobotDescriptionError, match=r"'reach=0.4' .* is not of the form name:=value"):
        load_description(xacro_arm(tmp_path, description_arguments=("reach=0.4",)))


def test_what_xacro_finds_wrong_is_said_in_one_sentence(tmp_path, monkeypatch):
    def fail(path: str, mappings: dict[str, str]):
        raise ZeroDivisionError("division by zero\nwhen evaluating '1/0'")

    install(monkeypatch, fail)
    with pytest.raises(RobotDescriptionError, match="division by zero when evaluating '1/0'"):
        load_description(xacro_arm(tmp_path))


def test_a_fault_in_expanded_text_names_no_line_of_the_file(tmp_path, monkeypatch):
    install(monkeypatch, expand)
    text = edited(XACRO, {' velocity="2.0"': ""})
    with pytest.raises(RobotDescriptionError, match=r"\(expanded by xacro\): the limit of joint 'j1'"):
        load_description(xacro_arm(tmp_path, text))


def test_the_real_xacro_gives_the_same_arm(tmp_path):
    xacro = pytest.importorskip("xacro")
    if not hasattr(xacro, "process_file"):
        pytest.skip("no package xacro is installed")
    expanded = load_description(xacro_arm(tmp_path))
    assert 'xyz="0 0 0.36"' in expanded.text()
