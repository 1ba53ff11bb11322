# SPDX-License-Identifier: Apache-2.0
"""Marks the tests of what runs nodes: those mostly wait, and would wait in vain beside tests that compute."""

from __future__ import annotations

import pytest

NODES = (
    "test/",
    *(
        f"src/pinch_{part}/"
        for part in ("ros", "camera", "gqcnn", "executor", "sim", "bringup", "interfaces")
    ),
    "underlay/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Called by pytest once it has found the tests."""
    for item in items:
        if item.nodeid.startswith(NODES):
            item.add_marker(pytest.mark.nodes)
