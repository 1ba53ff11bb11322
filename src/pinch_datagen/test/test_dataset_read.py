# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from object_data_samples import object_data, write_dataset

from pinch_core.errors import UnknownNameError
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.groups import SplitUnit
from pinch_datagen.dataset.shard import CropPrecision, write_shard
from pinch_datagen.dataset.shard_source import ShardSource
from pinch_datagen.dataset.tables import METRICS
from pinch_datagen.errors import DamagedDatasetError, DatagenError, NoObjectsError

# Empty shards at the beginning, in the middle and at the end.
COUNTS = {"a": 0, "b": 5, "c": 1, "d": 0, "e": 13, "f": 0}
OBJECTS = [
    object_data(seed, name, examples=count, crop_sizes=(8, 32))
    for seed, (name, count) in enumerate(COUNTS.items())
]
TOTAL = sum(COUNTS.values())


def joined(column: str) -> np.ndarray:
    return np.concatenate([data.examples[column] for data in OBJECTS])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data"), OBJECTS)


@pytest.fixture(scope="module")
def dataset(folder: Path) -> Dataset:
    return Dataset.open(folder, verify=True)


def test_columns_join_the_shards_in_the_order_of_names(dataset: Dataset) -> None:
    assert len(dataset) == TOTAL
    assert dataset.crop_sizes == (8, 32)
    np.testing.assert_array_equal(dataset.labels(), joined("label"))
    np.testing.assert_array_equal(dataset.depths(), joined("depth"))
    assert dataset.metrics == METRICS
    for name in METRICS:
        expected = [data.grasps[name][data.examples["grasp"]] for data in OBJECTS]
        np.testing.assert_array_equal(dataset.metric(name), np.concatenate(expected))


@given(st.sampled_from((8, 32)), st.lists(st.integers(0, TOTAL - 1), max_size=40))
def test_a_random_batch_is_what_one_by_one_reading_gives(
    dataset: Dataset, size: int, indices: list[int]
) -> None:
    naive = np.concatenate([d.crops[size] for d in OBJECTS])
    crops = dataset.crops(size, np.array(indices, np.int64))
    assert crops.dtype == np.float32
    assert crops.shape == (len(indices), size, size)
    np.testing.assert_array_equal(crops, naive[indices])


def test_few_open_shards_read_the_same(folder: Path, dataset: Dataset) -> None:
    source = ShardSource(folder)
    source.open_limit = 1
    indices = np.random.default_rng(0).integers(0, TOTAL, 100)
    np.testing.assert_array_equal(Dataset(source).crops(32, indices), dataset.crops(32, indices))


def test_half_precision_datasets_give_float32_crops(tmp_path: Path) -> None:
    dataset = Dataset.open(write_dataset(tmp_path, OBJECTS, CropPrecision.FLOAT16))
    naive = np.concatenate([d.crops[32] for d in OBJECTS])
    crops = dataset.crops(32, np.arange(TOTAL))
    assert crops.dtype == np.float32
    np.testing.assert_allclose(crops, naive, atol=1e-4)


@pytest.mark.parametrize("index", [-1, TOTAL])
def test_indices_outside_are_refused(dataset: Dataset, index: int) -> None:
    with pytest.raises(IndexError, match=str(index)):
        dataset.crops(32, np.array([0, index]))


def test_unknown_sizes_and_metrics_are_named(dataset: Dataset) -> None:
    with pytest.raises(UnknownNameError, match="no crops of 96 px; choose one of: 8, 32"):
        dataset.crops(96, np.array([0]))
    with pytest.raises(UnknownNameError, match="quality"):
        dataset.metric("quality")


def test_groups_are_equal_exactly_where_the_names_are(dataset: Dataset) -> None:
    names = {unit: list[object]() for unit in SplitUnit}
    for data in OBJECTS:
        for example in data.examples:
            names[SplitUnit.OBJECT].append(data.model.name)
            names[SplitUnit.STABLE_POSE].append((data.model.name, data.views["pose"][example["view"]]))
            names[SplitUnit.IMAGE].append((data.model.name, example["view"]))
    for unit in SplitUnit:
        ids = dataset.group_ids(unit)
        assert ids.dtype == np.int64
        same_id = ids[:, None] == ids[None, :]
        same_name = [[a == b for b in names[unit]] for a in names[unit]]
        np.testing.assert_array_equal(same_id, same_name)


def test_a_folder_that_is_no_dataset_is_no_damage(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DatagenError, match="give the folder of a dataset") as caught:
            Dataset.open(path)
        assert not isinstance(caught.value, DamagedDatasetError)


def test_an_unfinished_dataset_is_refused(tmp_path: Path) -> None:
    write_dataset(tmp_path, OBJECTS)
    (tmp_path / "manifest.json").unlink()
    with pytest.raises(DamagedDatasetError, match="unfinished"):
        Dataset.open(tmp_path)


def test_an_empty_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoObjectsError, match="holds no object"):
        Dataset.open(write_dataset(tmp_path, []))


def test_another_shard_in_the_place_of_a_listed_one_is_found(tmp_path: Path) -> None:
    write_dataset(tmp_path, OBJECTS)
    other = object_data(99, "b", examples=5, crop_sizes=(8, 32))
    write_shard(tmp_path / "objects" / "000001_b", other, CropPrecision.FLOAT32)
    with pytest.raises(DamagedDatasetError, match="000001_b is not the shard that the manifest lists"):
        Dataset.open(tmp_path)


def test_a_flipped_byte_is_found_when_asked(tmp_path: Path) -> None:
    write_dataset(tmp_path, OBJECTS)
    path = tmp_path / "objects" / "000004_e" / "crops_32.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    Dataset.open(tmp_path)
    with pytest.raises(DamagedDatasetError, match=r"000004_e/crops_32\.npy"):
        Dataset.open(tmp_path, verify=True)


def test_shards_of_unequal_crop_sizes_are_refused(tmp_path: Path) -> None:
    odd = replace(OBJECTS[1], crops={32: OBJECTS[1].crops[32]})
    with pytest.raises(DamagedDatasetError, match="000001_b has crops of"):
        Dataset.open(write_dataset(tmp_path, [OBJECTS[0], odd]))
