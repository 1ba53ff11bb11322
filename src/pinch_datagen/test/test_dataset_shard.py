# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from object_data_samples import any_object_data, object_data, write_dataset

from pinch_core.errors import UnknownNameError
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.groups import SplitUnit
from pinch_datagen.dataset.shard import CropPrecision, Shard, read_shard, verify, write_shard
from pinch_datagen.dataset.tables import METRICS, ObjectData
from pinch_datagen.errors import DamagedDatasetError

TABLES = ("poses", "grasps", "views", "examples")


def written(folder: Path, data: ObjectData, precision: CropPrecision = CropPrecision.FLOAT32) -> Shard:
    write_shard(folder, data, precision)
    return read_shard(folder)


@given(any_object_data())
def test_what_is_written_is_read(data: ObjectData) -> None:
    with TemporaryDirectory() as directory:
        shard = written(Path(directory, "000000_x"), data)
        verify(shard.folder)
        for name in TABLES:
            assert getattr(shard, name).tobytes() == getattr(data, name).tobytes()
        assert shard.info.crop_sizes == tuple(sorted(data.crops))
        for size, crops in data.crops.items():
            np.testing.assert_array_equal(shard.crops(size), crops)
        assert (shard.model.name, shard.model.source) == (data.model.name, data.model.source)
        assert shard.model.mass == data.model.mass
        for field in ("vertices", "faces", "center_of_mass"):
            np.testing.assert_array_equal(getattr(shard.model, field), getattr(data.model, field))
        counts = shard.info.counts
        assert counts.positives == sum(bool(label) for label in data.examples["label"])
        assert [getattr(counts, name) for name in TABLES] == [len(getattr(data, name)) for name in TABLES]


def test_half_precision_keeps_a_tenth_of_a_millimetre_and_every_missing_pixel(tmp_path: Path) -> None:
    data = object_data(examples=50)
    shard = written(tmp_path / "a", data, CropPrecision.FLOAT16)
    assert shard.crops(32).dtype == np.float16
    error = shard.crops(32).astype(np.float64) - data.crops[32]
    assert np.nanmax(np.abs(error)) < 1e-4
    np.testing.assert_array_equal(np.isnan(shard.crops(32)), np.isnan(data.crops[32]))


def test_depth_images_are_absolute(tmp_path: Path) -> None:
    data = object_data()
    shard = written(tmp_path / "a", data)
    chosen = np.array([7, 0, 7, 19])
    expected = [data.crops[32][k] + data.examples["depth"][k] for k in chosen]
    images = shard.depth_images(32, chosen)
    assert images.dtype == np.float32
    np.testing.assert_array_equal(images, expected)


@given(st.sampled_from(METRICS))
def test_metrics_follow_each_example_to_its_grasp(name: str) -> None:
    data = object_data()
    with TemporaryDirectory() as directory:
        values = written(Path(directory, "a"), data).metric(name)
    assert list(values) == [data.grasps[name][example["grasp"]] for example in data.examples]


def test_crops_are_mapped_not_read(tmp_path: Path) -> None:
    assert isinstance(written(tmp_path / "a", object_data()).crops(32), np.memmap)


def test_unknown_sizes_and_metrics_name_the_known_ones(tmp_path: Path) -> None:
    shard = written(tmp_path / "a", object_data())
    with pytest.raises(UnknownNameError, match="no crops of 96 px; choose one of: 32"):
        shard.crops(96)
    with pytest.raises(UnknownNameError, match=r"no metric 'epsilom'.* robust_epsilon"):
        shard.metric("epsilom")


def test_equal_data_gives_equal_bytes_on_another_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = written(tmp_path / "a", object_data())
    monkeypatch.setattr("time.time", lambda: 2e9)
    second = written(tmp_path / "b", object_data())
    names = sorted(path.name for path in first.folder.iterdir())
    assert names == sorted(path.name for path in second.folder.iterdir())
    assert len(names) == 7
    for name in names:
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes()


def test_a_shard_replaces_an_older_one(tmp_path: Path) -> None:
    written(tmp_path / "a", object_data(seed=1, crop_sizes=(8, 32)))
    shard = written(tmp_path / "a", object_data(seed=2))
    verify(shard.folder)
    assert shard.info.crop_sizes == (32,)
    assert not (shard.folder / "crops_8.npy").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [("grasps", "pose", 2), ("views", "pose", 2), ("examples", "view", 4), ("examples", "grasp", 5)],
)
def test_references_to_rows_that_do_not_exist_are_refused(
    tmp_path: Path, table: str, column: str, value: int
) -> None:
    data = object_data()
    getattr(data, table)[column][-1] = value
    with pytest.raises(ValueError, match=f"{column} {value} of {value}"):
        write_shard(tmp_path / "a", data, CropPrecision.FLOAT16)
    assert not any(tmp_path.iterdir())


def test_tables_of_another_dtype_and_crops_of_another_count_are_refused(tmp_path: Path) -> None:
    data = object_data()
    with pytest.raises(ValueError, match="EXAMPLES"):
        write_shard(tmp_path / "a", replace(data, examples=data.views), CropPrecision.FLOAT16)
    with pytest.raises(ValueError, match="20 examples with crops"):
        write_shard(tmp_path / "a", replace(data, crops={32: data.crops[32][1:]}), CropPrecision.FLOAT16)


FILES = ["crops_32.npy", "examples.npy", "grasps.npy", "mesh.npz", "poses.npy", "views.npy"]


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("shards") / "a", object_data(examples=3)).folder


@given(st.sampled_from(FILES), st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_one_changed_byte_anywhere_is_found_and_its_file_named(
    intact: Path, name: str, where: float, change: int
) -> None:
    path = intact / name
    before = path.read_bytes()
    damaged = bytearray(before)
    damaged[int(where * len(before))] ^= change
    path.write_bytes(damaged)
    try:
        with pytest.raises(DamagedDatasetError, match=name):
            verify(intact)
    finally:
        path.write_bytes(before)
    verify(intact)


@given(st.sampled_from(FILES), st.integers(0, 127), st.integers(1, 255))
def test_a_damaged_header_never_raises_anything_else(
    intact: Path, name: str, where: int, change: int
) -> None:
    path = intact / name
    before = path.read_bytes()
    damaged = bytearray(before)
    damaged[where] ^= change
    path.write_bytes(damaged)
    message = name
    try:
        shard = read_shard(intact)
        _ = shard.poses, shard.grasps, shard.views, shard.examples, shard.crops(32), shard.model
    except DamagedDatasetError as error:
        message = str(error)
    finally:
        path.write_bytes(before)
    assert name in message


@pytest.mark.parametrize("name", FILES)
def test_a_cut_grown_or_missing_file_is_found_on_opening(tmp_path: Path, intact: Path, name: str) -> None:
    shard = Path(shutil.copytree(intact, tmp_path / "a"))
    whole = (shard / name).read_bytes()
    for content in (whole[:-1], whole[:10], b"", whole + b"\0"):
        (shard / name).write_bytes(content)
        with pytest.raises(DamagedDatasetError, match=name):
            read_shard(shard)
    (shard / name).unlink()
    with pytest.raises(DamagedDatasetError, match=rf"{name} is damaged \(No such file"):
        read_shard(shard)


@pytest.mark.parametrize(
    "info",
    [b"", b"{", b"[]", b"\xff", b"{}", b'{"name": 3}', b"[" * 100_000],
    ids=["empty", "cut", "list", "no text", "no fields", "wrong type", "deep"],
)
def test_a_damaged_or_missing_shard_json_is_found(tmp_path: Path, intact: Path, info: bytes) -> None:
    shard = Path(shutil.copytree(intact, tmp_path / "a"))
    (shard / "shard.json").write_bytes(info)
    with pytest.raises(DamagedDatasetError, match=r"shard\.json"):
        read_shard(shard)
    (shard / "shard.json").unlink()
    with pytest.raises(DamagedDatasetError, match=r"shard\.json"):
        read_shard(shard)


def test_arrays_that_contradict_shard_json_are_damaged(tmp_path: Path, intact: Path) -> None:
    shard = Path(shutil.copytree(intact, tmp_path / "a"))
    info = json.loads((shard / "shard.json").read_bytes())
    info["counts"]["grasps"] += 1
    (shard / "shard.json").write_text(json.dumps(info))
    with pytest.raises(DamagedDatasetError, match=r"grasps\.npy is damaged .*\[5\], not .*\[6\]"):
        _ = read_shard(shard).grasps


@pytest.mark.parametrize(
    ("table", "column", "read"),
    [
        ("examples", "grasp", lambda dataset: dataset.metric("epsilon")),
        ("examples", "view", lambda dataset: dataset.group_ids(SplitUnit.IMAGE)),
        ("examples", "view", lambda dataset: dataset.group_ids(SplitUnit.STABLE_POSE)),
        ("views", "pose", lambda dataset: dataset.group_ids(SplitUnit.STABLE_POSE)),
    ],
)
def test_a_row_that_names_none_is_damage(
    tmp_path: Path, table: str, column: str, read: Callable[[Dataset], object]
) -> None:
    folder = write_dataset(tmp_path, [object_data()])
    (path,) = folder.rglob(f"{table}.npy")
    values = np.load(path)
    values[column][1] = 999
    np.save(path, values)
    with pytest.raises(DamagedDatasetError, match=rf"{table}\.npy is damaged \(there is no row 999 in "):
        read(Dataset.open(folder))


def test_a_pickle_is_never_loaded(tmp_path: Path, intact: Path) -> None:
    shard = Path(shutil.copytree(intact, tmp_path / "a"))
    np.save(shard / "poses.npy", np.array([{"a": 1}], object), allow_pickle=True)
    info = json.loads((shard / "shard.json").read_bytes())
    info["files"]["poses.npy"]["bytes"] = (shard / "poses.npy").stat().st_size
    (shard / "shard.json").write_text(json.dumps(info))
    with pytest.raises(DamagedDatasetError, match=r"poses\.npy"):
        _ = read_shard(shard).poses
