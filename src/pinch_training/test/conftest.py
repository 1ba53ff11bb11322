# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys
from pathlib import Path

import torch
from hypothesis import settings

# Helpers beside the tests; pytest's importlib mode leaves sys.path alone.
sys.path.insert(0, str(Path(__file__).resolve().parent))

# The machine may be shared: a slow example is no failure. Derandomised: a failure is everybody's failure.
settings.register_profile("pinch", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("pinch")

# Small networks gain nothing from threads, and threads from each other's tests lose.
torch.set_num_threads(1)
