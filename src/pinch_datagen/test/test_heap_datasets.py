# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np
import pytest
import trimesh

from pinch_core.bin import Bin
from pinch_core.errors import ConfigError, DamagedFileError
from pinch_core.gripper import Gripper
from pinch_core.resources import load_gripper
from pinch_datagen.datagen_config import DatagenConfig, ViewConfig
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.groups import SplitUnit
from pinch_datagen.dataset.manifest import Manifest
from pinch_datagen.dataset.shard import read_shard, verify
from pinch_datagen.dataset.splits import split
from pinch_datagen.dataset.tables import GraspKind
from pinch_datagen.heaps import heap_cache
from pinch_datagen.heaps.generate_heap import HeapGenerator
from pinch_datagen.heaps.heap_cache import HeapCache
from pinch_datagen.heaps.heap_config import BinHeap, HeapConfig, ObjectCount, Pile
from pinch_datagen.heaps.heap_data_config import HeapDataConfig
from pinch_datagen.heaps.heap_files import read_heap_grasps
from pinch_datagen.heaps.pools import Pool, deal_pools, heap_refs, heaps_of_one_pool
from pinch_datagen.heaps.prepare_objects import prepare_objects
from pinch_datagen.object_ref import ObjectRef, list_objects
from pinch_datagen.objects.preparation import PreparationConfig
from pinch_datagen.run.executor import Executor, LocalPool
from pinch_datagen.run.generation import run_generation
from pinch_datagen.run.work import Outcome, Work
from pinch_datagen.scene.view_sampler import CameraConfig

HEAPS = 4
CONFIG = DatagenConfig(
    preparation=PreparationConfig(fit_to_jaw=False),
    views=ViewConfig(camera=CameraConfig(focal=(280.0, 280.0), width=320, height=240)),
    heaps=HeapDataConfig(
        count=HEAPS,
        pool=4,
        views=2,
        grasps_per_view=30,
        tried_per_object=20,
        kinds=(
            HeapConfig(
                bin=BinHeap(bin=Bin(length=0.25, width=0.2, height=0.06)), objects=ObjectCount(3, 3, 3)
            ),
            HeapConfig(pile=Pile(), objects=ObjectCount(2, 2, 2)),
        ),
    ),
)


@pytest.fixture(scope="module")
def gripper() -> Gripper:
    return load_gripper("yumi")


@pytest.fixture(scope="module")
def meshes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("meshes")
    for number in range(8):
        trimesh.creation.box((0.02 + 0.002 * number, 0.03, 0.05 - 0.003 * number)).export(
            folder / f"box_{number}.stl"
        )
    return folder


@pytest.fixture(scope="module")
def pools(meshes: Path) -> tuple[Pool, ...]:
    return deal_pools(list_objects(0, [meshes]), (), 4, CONFIG.seed)


@pytest.fixture(scope="module")
def generator(pools: tuple[Pool, ...], tmp_path_factory: pytest.TempPathFactory) -> HeapGenerator:
    folder = tmp_path_factory.mktemp("cache")
    return HeapGenerator(pools, HeapCache(folder / "heaps"), folder / "parts")


class ThisProcess:
    """An executor that starts no process."""

    def map_unordered(self, work: Work, refs: Sequence[ObjectRef]) -> Generator[Outcome, None, None]:
        yield from map(work.run, reversed(refs))


def run(
    directory: Path, generator: HeapGenerator, gripper: Gripper, executor: Executor, resume: bool = False
) -> Manifest:
    return run_generation(
        directory,
        CONFIG,
        gripper,
        heap_refs(HEAPS),
        executor,
        generator,
        alike=heaps_of_one_pool(HEAPS, generator.pools),
        made_of=[ref for pool in generator.pools for ref in pool],
        resume=resume,
    )


@pytest.fixture(scope="module")
def dataset(
    generator: HeapGenerator, gripper: Gripper, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Manifest]:
    directory = tmp_path_factory.mktemp("data") / "heaps"
    return directory, run(directory, generator, gripper, LocalPool(2))


def test_workers_and_kept_heaps_do_not_change_a_byte(
    dataset: tuple[Path, Manifest],
    pools: tuple[Pool, ...],
    gripper: Gripper,
    tmp_path: Path,
) -> None:
    fresh = HeapGenerator(pools, HeapCache(tmp_path / "heaps"), tmp_path / "parts")
    assert run(tmp_path / "again", fresh, gripper, ThisProcess()).fingerprint == dataset[1].fingerprint


def test_a_run_that_lost_a_shard_is_finished_with_the_same_bytes(
    dataset: tuple[Path, Manifest], generator: HeapGenerator, gripper: Gripper, tmp_path: Path
) -> None:
    directory = tmp_path / "broken"
    shutil.copytree(dataset[0], directory)
    (directory / "manifest.json").unlink()
    shutil.rmtree(directory / "objects" / "heap_00000002")
    assert (
        run(directory, generator, gripper, ThisProcess(), resume=True).fingerprint == dataset[1].fingerprint
    )


def test_no_shape_is_in_two_splits(
    dataset: tuple[Path, Manifest], generator: HeapGenerator, pools: tuple[Pool, ...]
) -> None:
    names = [{ref.name for ref in pool} for pool in pools]
    assert len(names) == 2
    assert not names[0] & names[1]
    data = Dataset.open(dataset[0], verify=True)
    parts = split(data, SplitUnit.OBJECT, (0.5, 0.5), 0)
    counts = {record.name: record.counts.examples for record in dataset[1].shards}
    heap_of_example = np.repeat(np.arange(HEAPS), [counts[ref.name] for ref in heap_refs(HEAPS)])
    assert [set((heap_of_example[part] % 2).tolist()) for part in parts] in ([{0}, {1}], [{1}, {0}])


def test_a_shard_says_what_every_grasp_touches(dataset: tuple[Path, Manifest]) -> None:
    for record in dataset[1].shards:
        shard = read_shard(dataset[0] / "objects" / record.folder)
        verify(shard.folder)
        beside, grasps = read_heap_grasps(shard.folder), shard.grasps
        assert beside is not None
        assert len(beside.target) == len(grasps)
        assert (beside.target[grasps["label"]] >= 0).all()
        assert beside.exactly_one[grasps["label"]].all()
        assert grasps["label"][grasps["kind"] == GraspKind.KNOWN_GOOD].all()
        assert (beside.opening <= 0.05 + 1e-6).all()
        drawn = shard.examples["grasp"][shard.examples["view"] == 0]
        assert 20 <= len(drawn) <= 30
        assert not shard.model.source.startswith("procedural")


def test_depth_is_stored_as_for_single_objects(dataset: tuple[Path, Manifest]) -> None:
    shard = read_shard(dataset[0] / "objects" / "heap_00000000")
    assert np.isfinite(shard.crops(32)).all()  # filled, as the planner's networks get them
    images = shard.depth_images(32, np.arange(shard.info.counts.examples))
    near = images[shard.examples["label"]][:, 16, 16] - shard.examples["depth"][shard.examples["label"]]
    assert np.abs(np.nanmedian(near)) < 0.03  # what a good grasp holds is near its middle


def test_a_kept_heap_is_not_made_again(
    generator: HeapGenerator,
    gripper: Gripper,
    dataset: tuple[Path, Manifest],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr("pinch_datagen.heaps.generate_heap.make_heap", refuse)
    assert len(generator.heap(heap_refs(1)[0], CONFIG, gripper).objects) == 3


def test_other_settings_are_another_heap(pools: tuple[Pool, ...]) -> None:
    heaps = CONFIG.heaps
    assert heaps is not None

    def key(kind: HeapConfig, seed: int = 0, name: str = "heap") -> str:
        return heap_cache.heap_key(kind, heaps.decomposition, pools[0], {}, seed, name)

    kind = heaps.kinds[0]
    other = dataclasses.replace(kind, scale=(0.5, 1.0))
    assert len({key(kind), key(other), key(kind, 1), key(kind, name="heap2")}) == 4


def test_a_damaged_heap_of_the_cache_is_told(
    pools: tuple[Pool, ...], gripper: Gripper, tmp_path: Path
) -> None:
    generator = HeapGenerator(pools, HeapCache(tmp_path / "heaps"), tmp_path / "parts")
    ref = heap_refs(1)[0]
    generator.heap(ref, CONFIG, gripper)
    (path,) = (tmp_path / "heaps").iterdir()
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DamagedFileError, match="delete it"):
        generator.heap(ref, CONFIG, gripper)


def test_objects_of_nearly_one_shape_are_in_one_pool() -> None:
    refs = [ObjectRef(f"o{number}", index=number) for number in range(30)]
    for seed in range(5):
        pools = deal_pools(refs, (("o3", "o17", "o29"),), 5, seed)
        assert sorted(ref.name for pool in pools for ref in pool) == sorted(ref.name for ref in refs)
        homes = {
            number for number, pool in enumerate(pools) for ref in pool if ref.name in {"o3", "o17", "o29"}
        }
        assert len(homes) == 1


def test_an_object_that_cannot_be_used_is_left_out_and_told(
    meshes: Path, gripper: Gripper, tmp_path: Path
) -> None:
    (tmp_path / "broken.stl").write_bytes(b"solid nothing\nendsolid nothing\n")
    refs = [*list_objects(0, [meshes])[:1], *list_objects(0, [tmp_path])]
    usable = prepare_objects(refs, CONFIG, gripper, tmp_path / "parts", 1)
    assert [ref.name for ref in usable.refs] == [refs[0].name]
    assert [one.object for one in usable.left_out] == ["broken_stl"]


def test_heaps_need_kinds_and_leave_the_policy_some_grasps() -> None:
    with pytest.raises(ConfigError, match="kinds is empty"):
        HeapDataConfig()
    with pytest.raises(ConfigError, match=r"uniform \+ known_good"):
        HeapDataConfig(kinds=(HeapConfig(pile=Pile()),), uniform=0.5, known_good=0.5)
