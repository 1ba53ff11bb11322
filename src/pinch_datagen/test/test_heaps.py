# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh

from pinch_core.bin import Bin
from pinch_core.config import load_yaml
from pinch_core.errors import ConfigError
from pinch_core.geometry.transform import Transform
from pinch_datagen.errors import NoObjectsError
from pinch_datagen.heaps.heap import Heap
from pinch_datagen.heaps.heap_config import BinHeap, HeapConfig, ObjectCount, Packed, Pile
from pinch_datagen.heaps.make_heap import make_heap
from pinch_datagen.heaps.settling import Matter, SettlingWorld
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.physics.convex_parts import DecompositionConfig, convex_parts
from pinch_datagen.scene.clutter import gap_between, outline

PRESETS = Path(__file__).resolve().parents[3] / "config" / "heaps"
SMALL_BIN = Bin(length=0.2, width=0.15, height=0.08)


def box(x: float, y: float, z: float, name: str = "box") -> ObjectModel:
    mesh = trimesh.creation.box((x, y, z))
    return ObjectModel(name, name, np.array(mesh.vertices), np.array(mesh.faces), 1.0, np.zeros(3))


BOXES = [box(0.05, 0.03, 0.02), box(0.08, 0.03, 0.03), box(0.04, 0.04, 0.06), box(0.10, 0.02, 0.02)]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parts")


def made(config: HeapConfig, cache: Path, seed: int = 0) -> Heap:
    return make_heap(BOXES, config, np.random.default_rng(seed), cache)


KINDS = {
    "pile": HeapConfig(pile=Pile()),
    "packed": HeapConfig(packed=Packed(), objects=ObjectCount(lower=4, upper=4)),
    "bin": HeapConfig(bin=BinHeap(bin=SMALL_BIN)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_generator_alone_decides_a_heap(kind: str, cache: Path) -> None:
    one, same = made(KINDS[kind], cache, 3), made(KINDS[kind], cache, 3)
    for first, second in zip(one.objects, same.objects, strict=True):
        np.testing.assert_array_equal(first.placed.T_table_obj.matrix, second.placed.T_table_obj.matrix)
        assert (first.friction, first.mass) == (second.friction, second.mass)


@pytest.mark.parametrize("kind", KINDS)
def test_every_object_drawn_is_there_or_counted(kind: str, cache: Path) -> None:
    for seed in range(3):
        heap = made(KINDS[kind], cache, seed)
        assert len(heap.objects) + heap.removed == KINDS[kind].objects.lower


@pytest.mark.parametrize("kind", KINDS)
def test_a_heap_at_rest_stays_at_rest(kind: str, cache: Path) -> None:
    heap = made(KINDS[kind], cache, 1)
    matter = [
        Matter(
            item.placed.model,
            convex_parts(item.placed.model, DecompositionConfig(), cache),
            item.friction,
            item.mass,
        )
        for item in heap.objects
    ]
    world = SettlingWorld(matter, heap.bin)
    for number, item in enumerate(heap.objects):
        world.let_go(number, item.placed.T_table_obj)
    for _ in range(10):  # stillness ends a run early
        assert world.run(0.5).all()
    for number, item in enumerate(heap.objects):
        moved, turned = item.placed.T_table_obj.distance_to(world.pose(number))
        assert moved < 5e-4
        assert turned < 0.02


def test_objects_in_a_bin_are_within_its_walls(cache: Path) -> None:
    heap = made(KINDS["bin"], cache, 2)
    assert heap.bin == SMALL_BIN
    for item in heap.scene:
        corners = item.T_table_obj @ item.model.vertices
        assert corners[:, 2].min() > -1e-3
        low = corners[corners[:, 2] < SMALL_BIN.height]
        assert (np.abs(low[:, 0]) < SMALL_BIN.length / 2 + 1e-3).all()
        assert (np.abs(low[:, 1]) < SMALL_BIN.width / 2 + 1e-3).all()


def test_packed_objects_stand_apart(cache: Path) -> None:
    heap = made(KINDS["packed"], cache, 0)
    outlines = [outline(item) for item in heap.scene]
    assert len(outlines) > 2
    for number, one in enumerate(outlines):
        for other in outlines[:number]:
            assert gap_between(one, other) > 0.0


def test_an_object_that_finds_no_place_is_counted(cache: Path) -> None:
    crowd = HeapConfig(packed=Packed(spread=0.01), objects=ObjectCount(lower=4, upper=4))
    heap = made(crowd, cache)
    assert heap.removed > 0
    assert len(heap.objects) + heap.removed == 4


def test_what_falls_beside_the_square_is_dropped_again_then_removed(cache: Path) -> None:
    nowhere = HeapConfig(pile=Pile(side=0.05, spread=0.3, box=False), redrops=1)
    heap = made(nowhere, cache, 5)
    assert heap.redropped > 0
    assert len(heap.objects) + heap.removed == 5


def test_an_object_that_is_put_away_supports_nothing(cache: Path) -> None:
    flat = box(0.06, 0.06, 0.02)
    parts = convex_parts(flat, DecompositionConfig(), cache)
    world = SettlingWorld([Matter(flat, parts, 0.5, 0.1)] * 2, None)
    world.let_go(0, Transform(np.eye(3), np.array([0.0, 0.0, 0.0101])))
    world.let_go(1, Transform(np.eye(3), np.array([0.0, 0.0, 0.0302])))
    world.run(2.0)
    assert world.pose(1).translation[2] == pytest.approx(0.03, abs=1e-3)
    world.put_away(0)
    world.run(2.0)
    assert world.pose(1).translation[2] == pytest.approx(0.01, abs=1e-3)


def test_the_number_of_objects_follows_a_poisson_distribution_within_its_ends() -> None:
    count = ObjectCount(mean=5.0, lower=1, upper=10)
    rng = np.random.default_rng(0)
    drawn = np.array([count.draw(rng) for _ in range(4000)])
    assert drawn.min() >= 1
    assert drawn.max() <= 10
    assert drawn.mean() == pytest.approx(4.96, abs=0.15)  # of the cut distribution
    assert drawn.var() == pytest.approx(4.2, abs=0.4)


def test_a_heap_is_made_in_one_way() -> None:
    with pytest.raises(ConfigError, match="exactly one"):
        HeapConfig()
    with pytest.raises(ConfigError, match="pile and bin"):
        HeapConfig(pile=Pile(), bin=BinHeap())


def test_objects_that_are_all_too_long_are_told() -> None:
    config = HeapConfig(pile=Pile(), max_extent=0.02)
    with pytest.raises(NoObjectsError, match=r"max_extent = 0\.02"):
        make_heap(BOXES, config, np.random.default_rng(0), Path("unused"))


@pytest.mark.parametrize("path", sorted(PRESETS.glob("*.yaml")), ids=lambda p: p.stem)
def test_presets_are_heaps(path: Path) -> None:
    assert load_yaml(HeapConfig, path).arrangement is not None
