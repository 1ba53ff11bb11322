# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import settings

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.parallel_jaw.gripper import Finger, Palm, ParallelJawGripper

# The machine may be shared: a slow example is no failure. Derandomised: a failure is everybody's failure.
settings.register_profile("pinch", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("pinch")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture(scope="session")
def camera() -> CameraIntrinsics:
    return CameraIntrinsics(640, 480, 525.0, 525.0, 319.5, 239.5)


@pytest.fixture(scope="session")
def small_camera() -> CameraIntrinsics:
    """A quarter of the pixels, for tests that plan often."""
    return CameraIntrinsics(320, 240, 262.5, 262.5, 159.5, 119.5)


@pytest.fixture(scope="session")
def gripper() -> ParallelJawGripper:
    return ParallelJawGripper(
        name="test_hand",
        max_opening=0.08,
        min_opening=0.0,
        max_force=70.0,
        finger=Finger(breadth=0.022, thickness=0.0155, length=0.047, tip_beyond_tcp=0.0095),
        palm=Palm(size_x=0.065, size_y=0.205, size_z=0.066),
    )
