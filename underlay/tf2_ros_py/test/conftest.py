# SPDX-License-Identifier: Apache-2.0
"""ROS for tests that need it: never beyond this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("ROS_LOCALHOST_ONLY", "1")


@pytest.fixture
def ros() -> Iterator[None]:
    import rclpy

    rclpy.init()
    yield
    rclpy.try_shutdown()
