# SPDX-License-Identifier: Apache-2.0
"""Marks the tests of what runs nodes: those mostly wait, and would wait in vain beside tests that compute."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

IMPORT = re.compile(r"^\s*(?:from|import) ([\w.]+)", re.MULTILINE)
NODES = ("rclpy", "pinch_ros.testing", "pinch_system.graph", "pinch_system.node_process")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Called by pytest once it has found the tests."""
    for item in items:
        if runs_nodes(item.path):
            item.add_marker(pytest.mark.nodes)


@cache
def runs_nodes(file: Path) -> bool:
    """Whether the file, or a helper beside it that it imports, imports what runs nodes."""
    imported = set(IMPORT.findall(file.read_text(encoding="utf-8")))
    helpers = [file.parent / f"{name}.py" for name in imported]
    return any(name.startswith(NODES) for name in imported) or any(
        runs_nodes(helper) for helper in helpers if helper.is_file() and helper != file
    )
