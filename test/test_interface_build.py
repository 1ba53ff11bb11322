# SPDX-License-Identifier: Apache-2.0
"""How much of the interface packages is built, and that each interface is parsed once."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest
from setup_modules import ROOT, SCRIPTS, small_workspace, write

from pinch_setup.interface_build import InterfaceBuild, interface_build
from pinch_setup.layout import Layout
from pinch_setup.packages import find_packages
from pinch_setup.parse_once import FOLDER, main, parsed_once
from pinch_setup.ros_source import WHEELS, RosSource
from pinch_setup.run import recorded_ros
from pinch_setup.stamps import read_stamp, write_stamp
from pinch_setup.workspace import build_workspace, colcon_command, workspace_is_current

INSTALLED = RosSource({"ROS_DISTRO": "jazzy"}, "/usr/bin/python3")
RULES = SCRIPTS / "pinch_setup/python_interfaces.cmake"
# What rclpy over rmw_fastrtps loads.
PYTHON_LIBRARIES = {
    "rosidl_generator_c",
    "rosidl_generator_py",
    "rosidl_typesupport_c",
    "rosidl_typesupport_fastrtps_c",
    "rosidl_typesupport_introspection_c",
}


@pytest.mark.parametrize(("ros", "is_complete"), [(INSTALLED, True), (WHEELS, False)])
def test_interfaces_are_complete_on_an_installed_ros_and_for_python_beside_the_wheels(
    tmp_path: Path, ros: RosSource, is_complete: bool
) -> None:
    layout = small_workspace(tmp_path)
    command = colcon_command(layout, ["a"], ["a"], interface_build(ros))
    assert (f"-DCMAKE_PROJECT_INCLUDE={RULES}" in command) != is_complete
    assert RULES.is_file()


def test_a_workspace_with_complete_interfaces_is_built_again_from_the_start(tmp_path: Path) -> None:
    layout = small_workspace(tmp_path)
    script = '#!/bin/bash\nfor name in base_msgs top_msgs modules; do echo "Finished <<< $name [1s]"; done\n'
    write(Path(layout.venv) / "bin/colcon", script, executable=True)
    build_workspace(layout, WHEELS, "key", ())
    write(Path(layout.environment_file))
    assert workspace_is_current(layout, WHEELS, "key")

    stamp = read_stamp(layout.workspace_stamp)
    stamp["made_for"][-1] = InterfaceBuild.COMPLETE.fingerprint()
    write_stamp(layout.workspace_stamp, stamp)
    library = write(Path(layout.install) / "top_msgs/lib/libtop_msgs__rosidl_typesupport_cpp.so")
    assert not workspace_is_current(layout, WHEELS, "key")
    build_workspace(layout, WHEELS, "key", ())
    assert not library.exists()


@pytest.mark.skipif(
    recorded_ros(Layout(str(ROOT))).is_installed, reason="this workspace is on an installed ROS"
)
def test_beside_the_wheels_only_the_libraries_that_python_loads_are_built() -> None:
    packages = [package for package in find_packages(str(ROOT)) if package.uses_cmake]
    assert packages
    for package in packages:
        libraries = {path.stem for path in (ROOT / "install" / package.name / "lib").glob("lib*.so")}
        assert libraries == {f"lib{package.name}__{kind}" for kind in PYTHON_LIBRARIES}


def test_a_text_is_parsed_once_for_each_version_of_the_parser(tmp_path: Path) -> None:
    parsed: list[str] = []

    def parse(text: str) -> list[str]:
        parsed.append(text)
        return text.split()

    for _ in range(2):
        assert parsed_once(parse, tmp_path, "1")("a b") == ["a", "b"]
    assert parsed == ["a b"]
    assert parsed_once(parse, tmp_path, "2")("a b") == ["a", "b"]
    assert parsed_once(parse, tmp_path, "1")("a c") == ["a", "c"]
    assert parsed == ["a b", "a b", "a c"]


@pytest.mark.parametrize("damage", [b"", b"\x80", pickle.dumps(["a", "b"])[:-4]])
def test_a_damaged_syntax_tree_is_parsed_again(tmp_path: Path, damage: bytes) -> None:
    parse = parsed_once(str.split, tmp_path, "1")
    parse("a b")
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    assert parse("a b") == ["a", "b"]
    assert pickle.loads(file.read_bytes()) == ["a", "b"]


def test_a_generator_run_this_way_sees_its_own_arguments_and_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = pytest.importorskip("rosidl_parser.parser")
    monkeypatch.setattr(parser, "get_ast_from_idl_string", parser.get_ast_from_idl_string)
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    text = "import sys\nfrom rosidl_parser import parser\nprint(sys.argv[1:], sys.path[0])\n"
    text += "parser.parse_idl_string('module a { module msg { struct B { long c; }; }; };')\n"
    generator = write(tmp_path / "bin/generator", text)
    arguments = ["--generator-arguments-file", str(tmp_path / "build/arguments.json")]
    main(str(generator), arguments)
    assert capsys.readouterr().out == f"{arguments} {generator.parent}\n"
    assert len(list((tmp_path / "build" / FOLDER).iterdir())) == 1
