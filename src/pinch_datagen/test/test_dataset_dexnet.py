# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from object_data_samples import object_data, write_dataset

from pinch_core.errors import OutputError, UnknownNameError
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.dexnet_format import export_dexnet
from pinch_datagen.dataset.dexnet_source import DexNetSource
from pinch_datagen.dataset.groups import SplitUnit
from pinch_datagen.errors import DamagedDatasetError, DatagenError

# 2,345 examples: three files, with shards that straddle them, and one of more than a whole file.
OBJECTS = [
    object_data(seed, f"object {seed}", examples=count) for seed, count in enumerate((700, 0, 45, 1580, 20))
]
TOTAL = 2345


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return Dataset.open(write_dataset(tmp_path_factory.mktemp("ours"), OBJECTS))


@pytest.fixture(scope="module")
def exported(ours: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "dexnet"
    export_dexnet(ours.path, folder)
    return folder


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder made by hand as Dex-Net 2.0 is published, 1,007 examples."""
    folder = tmp_path_factory.mktemp("published")
    rng = np.random.default_rng(0)
    for number, count in enumerate((1000, 7)):
        fields = {
            "depth_ims_tf_table": rng.uniform(0.5, 0.8, (count, 32, 32, 1)).astype(np.float32),
            "hand_poses": (np.arange(7) + 10 * np.arange(count)[:, None]).astype(np.float32),
            "robust_ferrari_canny": np.resize(np.array([0.0, 0.0019, 0.0021, 0.01], np.float32), count),
            "ferrari_canny": np.full(count, 0.25, np.float32),
            "force_closure": np.resize(np.array([0.0, 1.0], np.float32), count),
        }
        for field, values in fields.items():
            np.savez_compressed(folder / f"{field}_{number:05d}.npz", values)
    return folder


def field(folder: Path, name: str) -> list[np.ndarray]:
    """The arrays of a field as any other reader of the layout would load them."""
    return [np.load(path)["arr_0"] for path in sorted(folder.glob(f"tensors/{name}_*.npz"))]


def test_the_export_has_the_published_fields_shapes_and_units(exported: Path) -> None:
    images = field(exported, "depth_ims_tf_table")
    assert [array.shape for array in images] == [(1000, 32, 32, 1), (1000, 32, 32, 1), (345, 32, 32, 1)]
    assert {array.dtype for array in images} == {np.dtype(np.float32)}
    data, example = OBJECTS[2], OBJECTS[2].examples[3]
    absolute = np.nan_to_num(data.crops[32][3] + example["depth"], nan=0.0)
    np.testing.assert_array_equal(images[0][703, :, :, 0], absolute)
    assert field(exported, "hand_poses")[0][703].tolist() == [
        example["row"],
        example["column"],
        example["depth"],
        example["angle"],
        example["object_row"],
        example["object_column"],
        example["width_px"],
    ]
    for name in ("robust_ferrari_canny", "ferrari_canny", "force_closure", "collision_free"):
        assert [array.shape for array in field(exported, name)] == [(1000,), (1000,), (345,)]
    grasp = data.grasps[example["grasp"]]
    assert field(exported, "ferrari_canny")[0][703] == grasp["epsilon"]
    assert field(exported, "collision_free")[0][703] == grasp["collision_free"]
    names = {path.name.rsplit("_", 1)[1] for path in (exported / "tensors").iterdir()}
    assert names == {"00000.npz", "00001.npz", "00002.npz"}


def test_thresholding_the_exported_quality_alone_gives_our_labels(ours: Dataset, exported: Path) -> None:
    robust = np.concatenate(field(exported, "robust_ferrari_canny"))
    assert ours.labels().any()
    assert (ours.metric("robust_epsilon") > 0.002).sum() > ours.labels().sum()  # some collide
    np.testing.assert_array_equal(robust > 0.002, ours.labels())


def test_the_export_reads_as_the_dataset_it_came_from(ours: Dataset, exported: Path) -> None:
    theirs = Dataset.open(exported, verify=True)
    assert len(theirs) == len(ours) == TOTAL
    assert theirs.crop_sizes == ours.crop_sizes == (32,)
    np.testing.assert_array_equal(theirs.labels(), ours.labels())
    np.testing.assert_array_equal(theirs.depths(), ours.depths())
    for name in ("epsilon", "force_closure"):
        np.testing.assert_array_equal(theirs.metric(name), ours.metric(name))
    free = np.concatenate([d.grasps["collision_free"][d.examples["grasp"]] for d in OBJECTS])
    np.testing.assert_array_equal(
        theirs.metric("robust_epsilon"), np.where(free, ours.metric("robust_epsilon"), 0)
    )
    indices = np.random.default_rng(0).permutation(TOTAL)
    np.testing.assert_allclose(theirs.crops(32, indices), ours.crops(32, indices), atol=1e-6)


@pytest.mark.parametrize("unit", SplitUnit)
def test_the_export_keeps_the_groups(ours: Dataset, exported: Path, unit: SplitUnit) -> None:
    pairs = set(zip(ours.group_ids(unit), Dataset.open(exported).group_ids(unit), strict=True))
    assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)


def test_large_crops_are_exported_too(tmp_path: Path) -> None:
    data = [object_data(examples=3, crop_sizes=(32, 96))]
    ours = Dataset.open(write_dataset(tmp_path / "ours", data))
    export_dexnet(ours.path, tmp_path / "out")
    assert field(tmp_path / "out", "tf_depth_ims")[0].shape == (3, 96, 96, 1)
    theirs = Dataset.open(tmp_path / "out")
    assert theirs.crop_sizes == (32, 96)
    every = np.arange(3)
    for size in (32, 96):
        np.testing.assert_allclose(theirs.crops(size, every), ours.crops(size, every), atol=1e-6)


def test_the_export_states_the_threshold_of_its_labels(tmp_path: Path) -> None:
    data = object_data(grasps=50, examples=200)
    data.examples["label"] = (data.grasps["collision_free"] & (data.grasps["robust_epsilon"] > 0.001))[
        data.examples["grasp"]
    ]
    ours = Dataset.open(write_dataset(tmp_path / "ours", [data], threshold=0.001))
    export_dexnet(ours.path, tmp_path / "out")
    assert ours.labels().sum() > (Dataset.open(tmp_path / "out").metric("robust_epsilon") > 0.002).sum()
    np.testing.assert_array_equal(Dataset.open(tmp_path / "out").labels(), ours.labels())


def test_equal_datasets_export_equal_bytes(ours: Dataset, exported: Path, tmp_path: Path) -> None:
    export_dexnet(ours.path, tmp_path / "again")
    files = [path.relative_to(exported) for path in exported.rglob("*") if path.is_file()]
    assert len(files) == 3 * 9 + 1
    for file in files:
        assert (tmp_path / "again" / file).read_bytes() == (exported / file).read_bytes()


def test_only_an_absent_or_empty_target_is_accepted(tmp_path: Path) -> None:
    ours = write_dataset(tmp_path / "ours", [object_data()])
    target = tmp_path / "out"
    target.mkdir()
    export_dexnet(ours, target)
    with pytest.raises(OutputError, match="is not an empty folder"):
        export_dexnet(ours, target)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is not an empty folder"):
        export_dexnet(ours, tmp_path / "file")


def test_datasets_without_small_crops_cannot_be_exported(tmp_path: Path) -> None:
    ours = write_dataset(tmp_path / "ours", [object_data(crop_sizes=(96,))])
    with pytest.raises(DatagenError, match="needs 32"):
        export_dexnet(ours, tmp_path / "out")


def test_a_full_disk_leaves_no_part_of_an_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = write_dataset(tmp_path / "ours", [object_data()])
    saved = np.savez_compressed

    def full(path: Path, array: np.ndarray) -> None:
        saved(path, array)
        if path.name.startswith("object_labels"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OutputError, match="No space left on device"):
        export_dexnet(ours, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["ours"]


@pytest.mark.parametrize("nested", [False, True])
def test_a_published_folder_reads_as_it_is(published: Path, tmp_path: Path, nested: bool) -> None:
    folder = Path(shutil.copytree(published, tmp_path / "tensors")).parent if nested else published
    dataset = Dataset.open(folder, verify=True)
    assert len(dataset) == 1007
    assert dataset.crop_sizes == (32,)
    assert dataset.metrics == ("force_closure", "epsilon", "robust_epsilon")
    assert dataset.labels()[:4].tolist() == dataset.labels()[1000:1004].tolist() == [False, False, True, True]
    assert dataset.depths()[[0, 1, 999, 1000, 1006]].tolist() == [2, 12, 9992, 2, 62]
    assert dataset.metric("force_closure")[:2].tolist() == [0.0, 1.0]
    last = np.load(published / "depth_ims_tf_table_00001.npz")["arr_0"][..., 0]
    rows = np.array([1006, 1000])
    np.testing.assert_array_equal(
        dataset.crops(32, rows), last[[6, 0]] - dataset.depths()[rows][:, None, None]
    )


def test_the_threshold_can_be_chosen(published: Path) -> None:
    strict = Dataset(DexNetSource(published, threshold=0.005))
    assert strict.labels()[:4].tolist() == [False, False, False, True]


def test_a_published_folder_without_labels_splits_by_image_only(published: Path) -> None:
    dataset = Dataset.open(published)
    assert len(set(dataset.group_ids(SplitUnit.IMAGE))) == 1007
    with pytest.raises(DatagenError, match=r"no object_labels files.*cannot be split by object"):
        dataset.group_ids(SplitUnit.OBJECT)
    with pytest.raises(DatagenError, match="no pose_labels files"):
        dataset.group_ids(SplitUnit.STABLE_POSE)


def test_no_return_is_nan_inside_and_zero_outside(published: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(published, tmp_path / "copy"))
    images = np.full((7, 32, 32, 1), 0.7, np.float32)
    images[2, 5, 6] = 0.0
    np.savez_compressed(folder / "depth_ims_tf_table_00001.npz", images)
    read = Dataset.open(folder).crops(32, np.arange(1000, 1007))
    assert np.argwhere(np.isnan(read)).tolist() == [[2, 5, 6]]


def test_metrics_that_the_layout_lacks_are_named(published: Path) -> None:
    with pytest.raises(UnknownNameError, match="no metric 'wrench_resistance'; choose one of: force_closure"):
        Dataset.open(published).metric("wrench_resistance")


@pytest.mark.parametrize("missing", ["hand_poses_00001.npz", "ferrari_canny_00000.npz"])
def test_a_missing_file_is_named(published: Path, tmp_path: Path, missing: str) -> None:
    folder = Path(shutil.copytree(published, tmp_path / "copy"))
    (folder / missing).unlink()
    with pytest.raises(DamagedDatasetError, match=missing):
        Dataset.open(folder)


def test_a_folder_without_the_needed_fields_is_refused(published: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(published, tmp_path / "copy"))
    for path in folder.glob("hand_poses_*"):
        path.unlink()
    with pytest.raises(DatagenError, match="lacks depth images, hand_poses or"):
        Dataset.open(folder)


def test_files_of_unequal_length_are_found(published: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(published, tmp_path / "copy"))
    np.savez_compressed(folder / "hand_poses_00001.npz", np.zeros((6, 7), np.float32))
    with pytest.raises(DamagedDatasetError, match=r"hand_poses_00001\.npz .*\[6, 7\], not \[7, 7\]"):
        Dataset.open(folder).depths()


@pytest.fixture(scope="module")
def small(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    for path in published.glob("*_00001.npz"):
        shutil.copy(path, folder / path.name.replace("00001", "00000"))
    return folder


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_a_changed_byte_is_found_or_does_no_harm(small: Path, where: float, change: int) -> None:
    path = small / "depth_ims_tf_table_00000.npz"
    before = path.read_bytes()
    expected = Dataset.open(small).crops(32, np.arange(7))
    damaged = bytearray(before)
    damaged[int(where * len(before))] ^= change
    path.write_bytes(damaged)
    message = path.name
    try:
        read = Dataset.open(small, verify=True).crops(32, np.arange(7))
    except DamagedDatasetError as error:
        read, message = expected, str(error)
    finally:
        path.write_bytes(before)
    assert path.name in message
    np.testing.assert_array_equal(read, expected)  # else it was a byte that nobody reads


@pytest.mark.parametrize(
    "values",
    [
        *(np.full((7, 7), value) for value in ("text", 1 + 1j)),
        np.array(0.7),
        np.zeros(7, [("a", "f4")]),
    ],
    ids=["text", "complex", "no axis", "record"],
)
def test_what_is_no_array_of_numbers_is_damage(small: Path, tmp_path: Path, values: np.ndarray) -> None:
    folder = Path(shutil.copytree(small, tmp_path / "copy"))
    np.savez(folder / "hand_poses_00000.npz", values)
    with pytest.raises(DamagedDatasetError, match=r"hand_poses_00000\.npz is damaged \([^\n]*\); [^\n]*\.$"):
        Dataset.open(folder).depths()


@pytest.mark.parametrize("label", [np.nan, np.inf])
def test_a_label_that_is_not_finite_is_damage(small: Path, tmp_path: Path, label: float) -> None:
    folder = Path(shutil.copytree(small, tmp_path / "copy"))
    np.savez(folder / "image_labels_00000.npz", np.full(7, label))
    with pytest.raises(DamagedDatasetError, match="image_labels_00000"):
        Dataset.open(folder).group_ids(SplitUnit.IMAGE)


def test_a_pickle_is_never_loaded(small: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(small, tmp_path / "copy"))
    np.savez(folder / "robust_ferrari_canny_00000.npz", np.array([{}] * 7, object))
    with pytest.raises(DamagedDatasetError, match="robust_ferrari_canny_00000"):
        Dataset.open(folder)
