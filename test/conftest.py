# SPDX-License-Identifier: Apache-2.0
"""Lets the tests of this folder import their shared modules under pytest's importlib mode."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
# Last, so that no module of these folders stands in for one of ours: writers of what this folder damages.
sys.path += [
    str(Path(__file__).resolve().parents[1] / "src" / package / "test")
    for package in ("pinch_camera", "pinch_datagen", "pinch_training")
]
