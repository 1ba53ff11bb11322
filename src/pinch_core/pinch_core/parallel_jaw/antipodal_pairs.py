# SPDX-License-Identifier: Apache-2.0
"""Antipodal contact pairs by rejection sampling (Mahler et al. 2017, supplement S II)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.parallel_jaw.config import AntipodalSamplerConfig
from pinch_core.parallel_jaw.contacts import Contacts

Float64 = NDArray[np.float64]
Intp = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class ContactPairs:
    """``first``, ``second``: Intp[P] indices of contacts; ``friction``: Float64[P], the smallest coefficient
    at which both contacts hold.
    """

    first: Intp
    second: Intp
    friction: Float64

    def __len__(self) -> int:
        return len(self.first)

    def head(self, count: int) -> ContactPairs:
        """The first ``count`` pairs."""
        return ContactPairs(self.first[:count], self.second[:count], self.friction[:count])


def sample_antipodal_pairs(
    contacts: Contacts, max_opening: float, config: AntipodalSamplerConfig, rng: np.random.Generator
) -> ContactPairs:
    """Sample pairs of contacts of one object until enough are antipodal.

    A pair is antipodal under mu when the line between its contacts lies in both friction cones: at an angle
    of at most atan(mu) to each inward normal. Low friction is tried first, so the pairs that need least come
    first.

    Args:
        max_opening: largest distance between the contacts [m].
    """
    groups = _ContactGroups.of(contacts)
    found = ContactPairs(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0))
    for mu in config.friction:
        for _ in range(config.batches if len(contacts) else 0):
            first, second = groups.draw(config.batch, rng)
            friction = required_friction(contacts, first, second, config.min_separation, max_opening)
            holds = friction <= mu
            found = _unique(found, ContactPairs(first[holds], second[holds], friction[holds]))
            if len(found) >= config.count:
                return found.head(config.count)
    return found


def required_friction(
    contacts: Contacts, first: Intp, second: Intp, min_separation: float, max_separation: float
) -> Float64:
    """Smallest friction coefficient that makes each pair antipodal; infinite if the distance or side is
    wrong.
    """
    between = contacts.position[second] - contacts.position[first]
    squared = (between * between).sum(1)
    friction = np.full(len(first), math.inf)
    near = np.flatnonzero((squared >= max(min_separation, 1e-9) ** 2) & (squared <= max_separation**2))
    axis = between[near] / np.sqrt(squared[near])[:, None]
    cosine = np.minimum(
        (axis * contacts.inward[first[near]]).sum(1), -(axis * contacts.inward[second[near]]).sum(1)
    ).clip(-1.0, 1.0)
    facing = cosine > 1e-6
    cosine = cosine[facing]
    friction[near[facing]] = np.sqrt(1.0 - cosine**2) / cosine
    return friction


@dataclass(frozen=True, eq=False)
class _ContactGroups:
    """Contacts sorted by object, so that both contacts of a pair are on the same one."""

    order: Intp
    start: Intp
    size: Intp

    @classmethod
    def of(cls, contacts: Contacts) -> _ContactGroups:
        order = np.argsort(contacts.label, kind="stable")
        _, start, inverse, size = np.unique(
            contacts.label[order], return_index=True, return_inverse=True, return_counts=True
        )
        return cls(order, start[inverse], size[inverse])

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Intp, Intp]:
        first = rng.integers(len(self.order), size=count)
        second = self.start[first] + (rng.random(count) * self.size[first]).astype(np.intp)
        return self.order[first], self.order[second]


def _unique(found: ContactPairs, more: ContactPairs) -> ContactPairs:
    """Both, without repetition (a pair is the same either way round), earlier ones first."""
    first, second = np.concatenate([found.first, more.first]), np.concatenate([found.second, more.second])
    low, high = np.minimum(first, second), np.maximum(first, second)
    _, index = np.unique(low * (int(high.max(initial=0)) + 1) + high, return_index=True)
    index.sort()
    return ContactPairs(low[index], high[index], np.concatenate([found.friction, more.friction])[index])
