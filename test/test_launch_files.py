# SPDX-License-Identifier: Apache-2.0
"""Launch files name packages, executables and config files that exist; read as text, without launch."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from source_tree import ROOT

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
