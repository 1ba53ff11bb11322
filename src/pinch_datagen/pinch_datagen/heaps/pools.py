# SPDX-License-Identifier: Apache-2.0
"""Objects dealt to pools: heaps of different pools share no shape, so splits can be made by pool."""

from __future__ import annotations

from collections.abc import Sequence

from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.random_streams import RandomStreams

Pool = tuple[ObjectRef, ...]


def deal_pools(
    refs: Sequence[ObjectRef], alike: Sequence[tuple[str, ...]], size: int, seed: int
) -> tuple[Pool, ...]:
    """Pools of about ``size`` objects, by chance; objects of nearly one shape are in one pool."""
    group_of = {name: group for group in alike for name in group}
    by_name = {ref.name: ref for ref in refs}
    groups = sorted({group_of.get(ref.name, (ref.name,)) for ref in refs})
    order = RandomStreams(seed, "pools").of("deal").permutation(len(groups))
    pools: list[list[ObjectRef]] = [[] for _ in range(max(round(len(refs) / size), 1))]
    for number in order:
        members = [by_name[name] for name in groups[number] if name in by_name]
        min(pools, key=len).extend(members)
    return tuple(tuple(sorted(pool, key=lambda ref: ref.name)) for pool in pools if pool)


def heap_refs(count: int) -> list[ObjectRef]:
    """What heaps are called; the name seeds all that is random in one."""
    return [ObjectRef(f"heap_{number:08d}", index=number) for number in range(count)]


def pool_of(number: int, pools: Sequence[Pool]) -> int:
    """Neighbouring heaps are of different pools, so workers seldom take the same object apart."""
    return number % len(pools)


def heaps_of_one_pool(count: int, pools: Sequence[Pool]) -> list[tuple[str, ...]]:
    """Names of the heaps that share objects, for splits."""
    names = [ref.name for ref in heap_refs(count)]
    groups = [tuple(names[start :: len(pools)]) for start in range(len(pools))]
    return [group for group in groups if len(group) > 1]
