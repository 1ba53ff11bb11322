# SPDX-License-Identifier: Apache-2.0
"""Shares the tests between two workers: one has what runs nodes, which mostly wait; the other computes.

Two graphs side by side would slow each other down until what is waited for comes too late.
"""

from __future__ import annotations

import pytest

NODES = (
    "test/",
    *(f"src/pinch_{part}/" for part in ("ros", "camera", "gqcnn", "executor", "sim", "bringup", "interfaces")),
    "underlay/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        file = item.nodeid.split("::")[0]
        group = "nodes" if file.startswith(NODES) else file
        item.add_marker(pytest.mark.xdist_group(group))
