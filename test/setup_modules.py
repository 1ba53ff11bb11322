# SPDX-License-Identifier: Apache-2.0
"""Makes the modules of scripts/ importable for the tests of the set-up, and small workspaces for them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "scripts"
if str(SCRIPTS) not in sys.path:
    sys.path.insert(0, str(SCRIPTS))

from pinch_setup.layout import Layout  # noqa: E402  (needs the path above)


def write(path: Path, text: str = "", executable: bool = False) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    if executable:
        path.chmod(0o755)
    return path


def manifest(name: str, *dependencies: str) -> str:
    depends = "".join(f"  <depend>{dependency}</depend>\n" for dependency in dependencies)
    return f'<package format="3">\n  <name>{name}</name>\n{depends}</package>\n'


def small_workspace(root: Path) -> Layout:
    """Two interface packages, the second on the first, and one of modules; no virtual environment."""
    write(root / "underlay/base_msgs/package.xml", manifest("base_msgs"))
    write(root / "underlay/base_msgs/CMakeLists.txt", "project(base_msgs)\n")
    write(root / "underlay/base_msgs/msg/Base.msg", "int32 a\n")
    write(root / "src/top_msgs/package.xml", manifest("top_msgs", "base_msgs"))
    write(root / "src/top_msgs/CMakeLists.txt", "project(top_msgs)\n")
    write(root / "src/modules/package.xml", manifest("modules", "top_msgs"))
    write(root / "src/modules/setup.py", "from setuptools import setup\n")
    write(root / "src/modules/modules/node.py", "X = 1\n")
    layout = Layout(str(root))
    os.makedirs(layout.site_packages())
    return layout
