# SPDX-License-Identifier: Apache-2.0
"""Splits into training, validation and test examples that share no image, stable pose or shape."""

from __future__ import annotations

import hashlib

import numpy as np

from pinch_core.errors import ConfigError
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.groups import SplitUnit
from pinch_datagen.dataset.source import Int64


def split(dataset: Dataset, unit: SplitUnit, fractions: tuple[float, ...], seed: int) -> list[Int64]:
    """Deal whole groups of examples to parts.

    Groups are ordered by a hash of their id and the seed, so the order of the shards decides nothing.

    Args:
        dataset: the dataset.
        unit: what no two parts share.
        fractions: each part's share of the groups, in all 1.
        seed: in [0, 2**64).

    Returns:
        For each part the ascending Int64 indices of its examples; together they are all examples.

    Raises:
        ConfigError: the fractions are not shares of 1, the seed is out of range, or there are too few groups
            to give every part one.
        DatagenError: the dataset does not know this unit.
    """
    if min(fractions, default=0.0) <= 0.0 or not abs(sum(fractions) - 1.0) < 1e-6:
        raise ConfigError(f"split fractions {fractions} must be positive and add up to 1.")
    if not 0 <= seed < 2**64:
        raise ConfigError(f"split seed {seed} is outside [0, 2**64); choose another.")
    groups, members = np.unique(dataset.group_ids(unit), return_inverse=True)
    ends = np.rint(np.cumsum(fractions) * len(groups)).astype(np.int64)
    if np.diff(ends, prepend=0).min() == 0:
        raise ConfigError(
            f"{dataset.path} has {len(groups)} groups by {unit.value}, too few to split them {fractions}; "
            "choose other fractions, a finer unit or a larger dataset."
        )
    part_of_group = np.empty(len(groups), np.int64)
    part_of_group[np.argsort(_hashes(groups, seed))] = np.searchsorted(
        ends, np.arange(len(groups)), side="right"
    )
    part = part_of_group[members]
    return [np.flatnonzero(part == k) for k in range(len(fractions))]


def _hashes(groups: Int64, seed: int) -> Int64:
    salt = seed.to_bytes(8, "little")
    digests = (hashlib.blake2b(group, digest_size=8, salt=salt).digest() for group in groups.astype("<i8"))
    return np.frombuffer(b"".join(digests), "<i8")
