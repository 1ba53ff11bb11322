# SPDX-License-Identifier: Apache-2.0
"""What comes as several files is damaged in one of them: it is read, or refused in pinch's own words."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import camera_recordings
import numpy as np
import pytest
import recorded_attempts
from checkpoint_writer import write_checkpoint
from damage import damaged, foreign_array, refused_in_one_sentence
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from object_data_samples import object_data, write_dataset
from rosbags.rosbag2 import StoragePlugin

from pinch_camera.replay.config import ReplayConfig
from pinch_camera.replay.replay_camera import open_recording
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import PinchError
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.dexnet_format import export_dexnet
from pinch_datagen.dataset.groups import SplitUnit
from pinch_ros.bags import Bag
from pinch_training.attempts.bag import read_bag
from pinch_training.attempts.csv_file import read_csv
from pinch_training.attempts.topics import AttemptTopics
from pinch_training.evaluation.baselines import RandomForest
from pinch_training.evaluation.forest_file import StoredForest, write_forest
from pinch_training.model_import.model_folder import read_published_model
from pinch_training.model_import.torch_model import to_gqcnn


class Kind(NamedTuple):
    """How a folder is written and read. ``examples``: how many of its damaged forms are tried."""

    write: Callable[[Path], None]
    read: Callable[[Path], object]
    examples: int


def _read_dataset(folder: Path) -> object:
    """All that training asks of a dataset, its checksums not compared: damage that they would tell is met."""
    dataset = Dataset.open(folder)
    every = np.arange(len(dataset))
    columns = [dataset.labels(), dataset.depths(), *map(dataset.metric, dataset.metrics)]
    groups = [dataset.group_ids(unit) for unit in SplitUnit]
    return columns, groups, [dataset.crops(size, every) for size in dataset.crop_sizes]


def _write_dexnet(folder: Path) -> None:
    ours = write_dataset(folder.with_name("ours"), [object_data(1, "mug", examples=6)])
    export_dexnet(ours, folder)


def _play(folder: Path) -> list[DepthFrame | str]:
    """Frame by frame, as the camera plays them: one that is damaged does not end the recording."""
    frames: list[DepthFrame | str] = []
    for frame in open_recording(ReplayConfig(path=str(folder))):
        try:
            frames.append(frame.load())
        except PinchError as error:
            frames.append(str(error))
    return frames


def _read_bag(folder: Path) -> object:
    bag = Bag(folder)
    frames = []
    for raw in bag.messages(bag.topics):
        with refused_in_one_sentence():
            frames.append(raw.decode())
    return frames, _play(folder)


def _write_bag(plugin: StoragePlugin) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        camera_recordings.write_bag(folder, 4, plugin)

    return write


def _write_attempts(folder: Path) -> None:
    folder.mkdir()
    np.save(folder / "a.npy", np.full((32, 32), 0.7, np.float32))
    np.save(folder / "image.npy", np.full((60, 80), 0.7, np.float32))
    (folder / "crops.csv").write_text(
        "crop,depth,outcome,object\na.npy,0.68,1,mug\na.npy,0.69,failure,mug\n", encoding="utf-8"
    )
    (folder / "images.csv").write_text(
        "image,column,row,angle,depth,outcome\nimage.npy,40,30,0.5,0.69,1\nimage.npy,40.5,20,-1e-1,0.68,0\n",
        encoding="utf-8",
    )


def _read_attempts(folder: Path) -> object:
    read = []
    for name in ("crops.csv", "images.csv"):
        attempts = read_csv(folder / name, 32)
        assert np.isfinite(attempts.depths).all() and not np.isinf(attempts.crops).any()
        read.append(attempts)
    return read


def _write_recorded_attempts(plugin: StoragePlugin) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        recorded_attempts.write_bag(folder, recorded_attempts.scenes(2), plugin)

    return write


def _read_recorded_attempts(folder: Path) -> object:
    attempts = read_bag(folder, 32, AttemptTopics())
    assert np.isfinite(attempts.depths).all() and not np.isinf(attempts.crops).any()
    return attempts


def _dense(size: int, kind: str = "fc") -> dict[str, Any]:
    return {"type": kind, "out_size": size}


def _write_published_model(folder: Path) -> None:
    """A small GQ-CNN 4.0 in its published layout."""
    folder.mkdir()
    shared = {"type": "conv", "pool_size": 2, "pool_stride": 2, "norm": 0, "norm_type": "local_response"}
    convolutions = {
        name: {**shared, "filt_dim": 3, "num_filt": 2, "pad": pad}
        for name, pad in (("conv1_1", "SAME"), ("conv1_2", "VALID"))
    }
    architecture = {
        "im_stream": {**convolutions, "fc3": _dense(4)},
        "pose_stream": {"pc1": _dense(3, "pc"), "pc2": _dense(0, "pc")},
        "merge_stream": {"fc4": _dense(4, "fc_merge"), "fc5": _dense(2)},
    }
    config = {
        "im_height": 16,
        "im_width": 16,
        "im_channels": 1,
        "radius": 2,
        "alpha": 2e-5,
        "beta": 0.75,
        "bias": 1.0,
        "input_depth_mode": "pose_stream",
        "angular_bins": 0,
        "relu_coeff": 0.0,
    }
    shapes = {
        "im_stream/conv1_1/conv1_1": [(3, 3, 1, 2)],
        "im_stream/conv1_2/conv1_2": [(3, 3, 2, 2)],
        "im_stream/fc3": [(2 * 3 * 3, 4)],
        "pose_stream/pc1": [(1, 3)],
        "merge_stream/fc4_input_1": [(4, 4)],
        "merge_stream/fc4_input_2": [(3, 4)],
        "merge_stream/fc5": [(4, 2)],
    }
    variables = {f"{name}_weights": np.ones(shape, np.float32) for name, (shape,) in shapes.items()}
    for name in (
        "im_stream/conv1_1/conv1_1",
        "im_stream/conv1_2/conv1_2",
        "im_stream/fc3",
        "pose_stream/pc1",
        "merge_stream/fc4",
        "merge_stream/fc5",
    ):
        width = next(shape[-1] for layer, (shape,) in shapes.items() if layer.startswith(name))
        variables[f"{name}_bias"] = np.zeros(width, np.float32)
    (folder / "architecture.json").write_text(json.dumps(architecture))
    (folder / "config.json").write_text(json.dumps({"gqcnn": config}))
    for name in ("im", "pose"):
        np.save(folder / f"{name}_mean.npy", 0.7)
        np.save(folder / f"{name}_std.npy", 0.1)
    write_checkpoint(folder, variables)


def _write_forest(folder: Path) -> None:
    folder.mkdir()
    rng = np.random.default_rng(0)
    images = rng.normal(0.7, 0.01, (40, 32, 32)).astype(np.float32)
    forest = RandomForest.train(images, images[:, 0, 0], images[:, 4, 4] > 0.7, rng)
    write_forest(folder / "forest.onnx", forest, {"of": "noise"})


def _read_forest(folder: Path) -> object:
    forest = StoredForest(folder / "forest.onnx")
    size = 32
    q = forest.predict(np.full((2, size, size), 0.7, np.float32), np.full(2, 0.7, np.float32))
    assert q.shape == (2,)
    return q


def _void(_: object) -> None:
    """A writer's answer is not asked for."""


KINDS = {
    "dataset": Kind(
        lambda f: _void(write_dataset(f, [object_data(1, "mug", examples=6)])), _read_dataset, 150
    ),
    "dexnet": Kind(_write_dexnet, _read_dataset, 150),
    "folder recording": Kind(lambda f: _void(camera_recordings.write_folder(f, 2)), _play, 80),
    "mcap": Kind(_write_bag(StoragePlugin.MCAP), _read_bag, 80),
    "sqlite": Kind(_write_bag(StoragePlugin.SQLITE3), _read_bag, 80),
    "attempts": Kind(_write_attempts, _read_attempts, 200),
    "attempts mcap": Kind(_write_recorded_attempts(StoragePlugin.MCAP), _read_recorded_attempts, 150),
    "attempts sqlite": Kind(_write_recorded_attempts(StoragePlugin.SQLITE3), _read_recorded_attempts, 150),
    "published model": Kind(_write_published_model, lambda f: to_gqcnn(read_published_model(f)), 200),
    "forest": Kind(_write_forest, _read_forest, 60),
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("foreign")


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_folder_is_read_or_refused_in_one_sentence(kind: str, folders: Path) -> None:
    whole = folders / kind
    written = KINDS[kind]
    written.write(whole)
    written.read(whole)
    files = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file())
    copy = folders / f"damaged {kind}"

    @settings(
        max_examples=written.examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def damage_one(data: st.DataObject) -> None:
        file = data.draw(st.sampled_from(files))
        content = (whole / file).read_bytes()
        is_text = file.suffix in (".json", ".yaml", ".csv")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(whole, copy)
        forms = [damaged(content, binary=not is_text)]
        forms += [foreign_array(file.suffix)] if file.suffix in (".npy", ".npz") else []
        (copy / file).write_bytes(data.draw(st.one_of(forms)))
        with refused_in_one_sentence():
            written.read(copy)

    damage_one()
