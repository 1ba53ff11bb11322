# SPDX-License-Identifier: Apache-2.0
"""The repository as the tests that cross packages see it: packages, their manifests, their imports."""

from __future__ import annotations

import ast
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from source_imports import circles, import_graph, read_modules  # noqa: E402  (needs the path above)

__all__ = ["ROOT", "circles", "declared_dependencies", "import_graph", "imports_of", "manifests",
           "python_packages", "read_modules"]  # fmt: skip


@dataclass(frozen=True)
class Import:
    """A top-level module imported at a place in the source."""

    module: str
    place: str


def python_packages() -> list[Path]:
    """Folders in src/ with a Python package."""
    return sorted(path.parent for path in ROOT.glob("src/*/setup.py"))


def manifests() -> list[Path]:
    return sorted([*ROOT.glob("src/*/package.xml"), *ROOT.glob("underlay/*/package.xml")])


def declared_dependencies(package: Path) -> set[str]:
    """Names in the tags of package.xml that count at run time."""
    root = ElementTree.parse(package / "package.xml").getroot()
    tags = ("depend", "exec_depend")
    return {(element.text or "").strip() for tag in tags for element in root.findall(tag)}


def imports_of(package: Path) -> Iterator[Import]:
    """Every absolute import in the package's modules (tests aside), in functions and under conditions too."""
    for path in sorted((package / package.name).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            for name in names:
                top = name.split(".")[0]
                if top not in sys.stdlib_module_names and top != package.name:
                    yield Import(top, f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}")
