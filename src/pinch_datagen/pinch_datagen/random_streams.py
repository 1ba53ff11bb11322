# SPDX-License-Identifier: Apache-2.0
"""Random numbers that depend on the seed and on what they are for, on nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class RandomStreams:
    """Independent generators of one object, so that no worker, order or neighbour changes what it gets."""

    seed: int
    object_name: str

    def of(self, purpose: str, index: int = 0) -> np.random.Generator:
        """The generator for one purpose, the same at every call."""
        text = f"{self.seed}\0{self.object_name}\0{purpose}\0{index}"
        digest = hashlib.sha256(text.encode()).digest()
        return np.random.default_rng(np.frombuffer(digest, dtype="<u8"))
