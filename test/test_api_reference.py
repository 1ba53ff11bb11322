# SPDX-License-Identifier: Apache-2.0
"""What the API reference is made of is there: docstrings of modules, comments of messages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import setup_modules  # noqa: F401  (makes scripts/ importable)
from pdoc.docstrings import convert
from source_tree import ROOT, python_packages

from api_reference import DOCFORMAT

MODULES = [
    path
    for package in python_packages()
    for path in sorted((package / package.name).rglob("*.py"))
    # A package is described by its README.
    if path.name != "__init__.py" and not path.name.startswith("_")
]
INTERFACES = sorted(path for kind in ("msg", "srv", "action") for path in ROOT.glob(f"src/*/{kind}/*.{kind}"))


def test_every_public_module_has_a_docstring() -> None:
    assert len(MODULES) > 200
    missing = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not missing


def docstrings(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return [text for node in ast.walk(tree) if isinstance(node, kinds) and (text := ast.get_docstring(node))]


def test_the_pages_show_neither_roles_nor_sections_as_they_are_written() -> None:
    raw = re.compile(
        r"(?<!:):(func|class|meth|mod|attr|data|exc|obj):|^(Args|Raises|Returns):$", re.MULTILINE
    )
    left = [
        (str(path.relative_to(ROOT)), found[0])
        for path in MODULES
        for text in docstrings(path)
        if raw.search(text) and (found := raw.search(convert(text, DOCFORMAT, None)))
    ]
    assert not left


@pytest.mark.parametrize("package", python_packages(), ids=lambda path: path.name)
def test_every_package_says_what_it_is_for(package: Path) -> None:
    title, purpose, *_ = (package / "README.md").read_text(encoding="utf-8").split("\n\n")
    assert title == f"# {package.name}"
    assert len(purpose) > 40


@pytest.mark.parametrize("path", INTERFACES, ids=lambda path: path.name)
def test_every_interface_is_described(path: Path) -> None:
    assert re.match(
        r"# \w", path.read_text(encoding="utf-8").replace("# SPDX-License-Identifier: Apache-2.0\n", "")
    )
