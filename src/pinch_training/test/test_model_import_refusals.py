# SPDX-License-Identifier: Apache-2.0
"""What is wrong with the folder of a published network, and how it is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoint_writer import DATA, INDEX, write_checkpoint
from published_folders import KINDS, Json, draw_variables, fc, shapes_of, write_folder

from pinch_core.errors import DamagedFileError, PinchError
from pinch_training.errors import UnsupportedModelError
from pinch_training.model_import.model_folder import read_published_model
from pinch_training.model_import.torch_model import to_gqcnn


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    architecture, config, size, poses = KINDS["4.0 parallel jaw"]
    write_folder(tmp_path, architecture, config, draw_variables(architecture, size, poses), poses)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    ["config.json", "im_mean.npy", "im_std.npy", "pose_mean.npy", "pose_std.npy", INDEX, DATA],
)
def test_each_file_missing_empty_or_cut_is_named(folder: Path, name: str) -> None:
    path = folder / name
    content = path.read_bytes()
    for cut in (b"", content[: len(content) // 2], content[:-1]):
        path.write_bytes(cut)
        with pytest.raises(DamagedFileError, match=name):
            read_published_model(folder)
    path.unlink()
    with pytest.raises(DamagedFileError, match=f"{name} cannot be read"):
        read_published_model(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DamagedFileError, match=r"nowhere/config\.json cannot be read"):
        read_published_model(tmp_path / "nowhere")


@pytest.mark.parametrize("damage", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(tmp_path: Path, damage: float) -> None:
    architecture, config, size, poses = KINDS["4.0 parallel jaw"]
    variables = draw_variables(architecture, size, poses)
    variables["im_stream/fc3_bias"][3] = damage
    write_folder(tmp_path, architecture, config, variables, poses)
    with pytest.raises(DamagedFileError, match=r"im_stream/fc3_bias.*NaN or infinity"):
        read_published_model(tmp_path)


@pytest.mark.parametrize("name", shapes_of(*(KINDS["4.0 parallel jaw"][i] for i in (0, 2, 3))))
def test_a_variable_missing_or_of_another_shape_is_refused(tmp_path: Path, name: str) -> None:
    architecture, config, size, poses = KINDS["4.0 parallel jaw"]
    variables = draw_variables(architecture, size, poses)
    values = variables.pop(name)
    write_folder(tmp_path, architecture, config, variables, poses)
    with pytest.raises(DamagedFileError, match="files that belong together"):
        read_published_model(tmp_path)
    write_checkpoint(tmp_path, {**variables, name: np.concatenate([values, values])})
    with pytest.raises(DamagedFileError, match="files that belong together"):
        read_published_model(tmp_path)


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("im_std.npy", 0.0, "positive"),
        ("im_mean.npy", np.nan, "NaN"),
        ("pose_std.npy", [-0.1], "positive"),
        ("pose_std.npy", [0.1, 0.1], "1 positive numbers"),
        ("im_mean.npy", 1e300, "infinity"),
        ("im_std.npy", 1e-300, "positive"),
        ("im_mean.npy", 1 + 2j, "no array of numbers"),
        ("im_mean.npy", "a", "no array of numbers"),
        ("im_mean.npy", np.array([{}]), "no array of numbers"),
    ],
)
def test_impossible_statistics_are_refused(folder: Path, name: str, values: Any, reason: str) -> None:
    np.save(folder / name, values, allow_pickle=True)
    with pytest.raises(DamagedFileError, match=reason):
        read_published_model(folder)


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{", '{"gqcnn": 3}', "\x00", "[" * 100_000),
        '{"gqcnn": {"im_height": true}}',
        f'{{"gqcnn": {{"relu_coeff": {"9" * 400}}}}}',
    ],
)
def test_a_config_of_another_kind_is_refused(folder: Path, text: str) -> None:
    (folder / "config.json").write_text(text)
    with pytest.raises(DamagedFileError, match=r"config\.json"):
        read_published_model(folder)


def change(architecture: Json, config: Json, key: str, value: Any) -> None:
    """Set a value at a path with dots, of the config where it begins with gqcnn."""
    *path, last = key.split(".")
    place = config if path[0] == "gqcnn" else architecture
    for step in path:
        place = place[step]
    place[last] = value


@pytest.mark.parametrize(
    ("key", "value", "error", "reason"),
    [
        ("im_stream.conv1_1.type", "residual", UnsupportedModelError, "'conv1_1' of type 'residual'"),
        ("im_stream.conv1_1.pad", "REFLECT", UnsupportedModelError, "known: VALID, SAME"),
        ("im_stream.conv1_1.pool_stride", 0, DamagedFileError, "integer from 1"),
        ("im_stream.conv1_1.filt_dim", "9", DamagedFileError, "holds '9' as 'filt_dim'"),
        ("im_stream.conv1_1.type", None, DamagedFileError, "'type' where a text"),
        ("merge_stream.fc6", fc(2, "fc_merge"), UnsupportedModelError, "fc6"),
        ("merge_stream.fc4.type", "fc", UnsupportedModelError, "0 layers that merge"),
        ("merge_stream.fc5.out_size", 0, UnsupportedModelError, "gives 12 outputs"),
        ("gqcnn.input_depth_mode", "im_only", UnsupportedModelError, "known: pose_stream, im_depth_sub"),
        ("gqcnn.input_depth_mode", "im_depth_sub", UnsupportedModelError, "1 layers that merge"),
        ("gqcnn.angular_bins", 16, UnsupportedModelError, "need 32"),
        ("gqcnn.relu_coeff", 0.1, UnsupportedModelError, "slope 0.1"),
        ("gqcnn.im_height", 0, DamagedFileError, "im_height"),
        ("gqcnn.im_height", 8, DamagedFileError, "leaves nothing of the image"),
        ("gqcnn.im_channels", 3, DamagedFileError, "9x9x1x5, 5 for layer 'conv1_1'"),
    ],
)
def test_networks_of_another_form_are_refused(
    folder: Path, key: str, value: Any, error: type[PinchError], reason: str
) -> None:
    architecture = json.loads((folder / "architecture.json").read_text())
    config = json.loads((folder / "config.json").read_text())
    change(architecture, config, key, value)
    (folder / "architecture.json").write_text(json.dumps(architecture))
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(error, match=reason):
        to_gqcnn(read_published_model(folder))


@pytest.mark.parametrize(
    ("alter", "reason"),
    [
        (lambda a: a["im_stream"]["conv1_2"].update(pool_size=3), "'conv1_2' pools 3 pixels every 2"),
        (lambda a: a["im_stream"].update(fc9=fc(7)), "dense layers pc1, fc3, fc9"),
        (lambda a: a["im_stream"]["conv1_1"].update(filt_dim=8), "kernel = 8 px is even"),
    ],
)
def test_sound_networks_that_pinch_has_no_form_for_are_refused(
    tmp_path: Path, alter: Callable[[Json], None], reason: str
) -> None:
    architecture, config = json.loads(json.dumps(KINDS["4.0 parallel jaw"][:2]))
    alter(architecture)
    write_folder(tmp_path, architecture, config, draw_variables(architecture, 35, 1), 1)
    model = read_published_model(tmp_path)
    with pytest.raises(UnsupportedModelError, match=reason):
        to_gqcnn(model)
