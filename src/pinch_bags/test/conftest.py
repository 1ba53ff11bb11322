# SPDX-License-Identifier: Apache-2.0
"""Lets the tests of this folder import their shared modules under pytest's importlib mode."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))


@pytest.fixture(scope="session")
def simulated_bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three scenes of three frames, with truth and attempts."""
    from simulated_bags import SIMULATED

    from pinch_bags.synth.simulated_bag import write_simulated_bag

    path = tmp_path_factory.mktemp("simulated") / "bag.mcap"
    write_simulated_bag(path, SIMULATED)
    return path
