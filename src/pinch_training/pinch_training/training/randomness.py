# SPDX-License-Identifier: Apache-2.0
"""Every epoch of every process has streams of its own, made from numbers alone.

So a run that goes on after an epoch draws what it would have drawn, and no generator has to be kept.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import torch


class Stream(IntEnum):
    """What is drawn."""

    ORDER = 0
    AUGMENTATION = 1
    DROPOUT = 2
    FOLDS = 3


def seed_of(seed: int, stream: Stream, epoch: int, rank: int = 0) -> int:
    """A seed in [0, 2**63) for one stream of one epoch."""
    state = np.random.SeedSequence((seed, stream, epoch, rank)).generate_state(1, np.uint64)
    return int(state[0]) >> 1


def generator(device: torch.device, seed: int) -> torch.Generator:
    """A generator on a device, ready to be drawn from."""
    return torch.Generator(device).manual_seed(seed)
