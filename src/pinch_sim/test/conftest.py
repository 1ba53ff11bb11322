# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys
from pathlib import Path

import pytest

# Helpers beside the tests; pytest's importlib mode leaves sys.path alone.
sys.path.insert(0, str(Path(__file__).parent))

from pinch_sim.cell import Cell
from pinch_sim.cell_config import CellConfig


@pytest.fixture
def cell() -> Cell:
    """A cell without objects, arm at home."""
    return Cell(CellConfig())
