# SPDX-License-Identifier: Apache-2.0
"""Published networks, written as their folders are laid out, answer as TensorFlow's conventions say."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from checkpoint_writer import DATA, INDEX, write_checkpoint
from numpy.typing import NDArray

from pinch_core.errors import DamagedFileError, PinchError
from pinch_core.networks.architecture import (
    FC_GQCNN_4_PJ,
    GQCNN_2_PAPER,
    GQCNN_2_RELEASED,
    GQCNN_4_PJ,
    GqcnnArchitecture,
)
from pinch_training.model_import import model_folder
from pinch_training.model_import.errors import UnsupportedModelError
from pinch_training.model_import.model_folder import read_published_model
from pinch_training.model_import.torch_model import to_architecture, to_gqcnn

Json = dict[str, Any]
Arrays = dict[str, NDArray[np.float32]]

GQCNN_4_FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "gqcnn_models" / "GQCNN-4.0-PJ"


# Folders of small networks.


def conv(size: int, channels: int, pad: str, pool: int = 1, norm: int = 0) -> Json:
    return {
        "type": "conv",
        "filt_dim": size,
        "num_filt": channels,
        "pool_size": pool,
        "pool_stride": pool,
        "pad": pad,
        "norm": norm,
        "norm_type": "local_response",
    }


def fc(size: int, kind: str = "fc") -> Json:
    return {"type": kind, "out_size": size}


def pose_network(image: Json, features: int, merged: int) -> Json:
    return {
        "im_stream": {**image, "fc3": fc(features)},
        "pose_stream": {"pc1": fc(16, "pc"), "pc2": fc(0, "pc")},
        "merge_stream": {"fc4": fc(merged, "fc_merge"), "fc5": fc(2)},
    }


def two_point_zero(channels: int, features: int, second_pool: int) -> Json:
    image = {
        "conv1_1": conv(7, channels, "SAME"),
        "conv1_2": conv(5, channels, "SAME", 2, norm=1),
        "conv2_1": conv(3, channels, "SAME"),
        "conv2_2": conv(3, channels, "SAME", second_pool, norm=1),
    }
    return pose_network(image, features, features)


def four_point_zero_image(channels: int) -> Json:
    return {
        "conv1_1": conv(9, channels, "VALID"),
        "conv1_2": conv(5, channels, "VALID", 2),
        "conv2_1": conv(5, channels, "VALID"),
        "conv2_2": conv(5, channels, "VALID", 2),
    }


def four_point_zero(channels: int, features: int) -> Json:
    return pose_network(four_point_zero_image(channels), features, features)


def fully_convolutional(channels: int, features: int, bins: int) -> Json:
    dense = {"fc3": fc(features), "fc4": fc(features), "fc5": fc(2 * bins)}
    return {"im_stream": {**four_point_zero_image(channels), **dense}}


def config_of(size: int, depth_mode: str = "pose_stream", bins: int = 0) -> Json:
    # A strong alpha, so that a wrong window or order of the normalisation shows.
    lrn = {"radius": 2, "alpha": 2e-2, "beta": 0.75, "bias": 1.0}
    sides = {"im_height": size, "im_width": size, "im_channels": 1}
    depth = {"input_depth_mode": depth_mode, "angular_bins": bins}
    return {"gqcnn": {**sides, **lrn, **depth, "relu_coeff": 0.0}}


def shapes_of(architecture: Json, size: int, poses: int) -> dict[str, tuple[int, ...]]:
    """The variables of a network, by the names in the published 4.0 folder."""
    shapes: dict[str, tuple[int, ...]] = {}
    channels, width = 1, 0
    for name, spec in architecture["im_stream"].items():
        if spec["type"] == "conv":
            k, outputs = spec["filt_dim"], spec["num_filt"]
            shapes[f"im_stream/{name}/{name}_weights"] = (k, k, channels, outputs)
            shapes[f"im_stream/{name}/{name}_bias"] = (outputs,)
            size = math.ceil((size - (k - 1) * (spec["pad"] == "VALID")) / spec["pool_stride"])
            channels, width = outputs, size * size * outputs
        else:
            shapes[f"im_stream/{name}_weights"] = (width, spec["out_size"])
            shapes[f"im_stream/{name}_bias"] = (spec["out_size"],)
            width = spec["out_size"]
    if "merge_stream" in architecture:
        merged = architecture["merge_stream"]["fc4"]["out_size"]
        shapes["pose_stream/pc1_weights"], shapes["pose_stream/pc1_bias"] = (poses, 16), (16,)
        shapes["merge_stream/fc4_input_1_weights"] = (width, merged)
        shapes["merge_stream/fc4_input_2_weights"] = (16, merged)
        shapes["merge_stream/fc4_bias"] = (merged,)
        shapes["merge_stream/fc5_weights"], shapes["merge_stream/fc5_bias"] = (merged, 2), (2,)
    return shapes


def draw_variables(architecture: Json, size: int, poses: int) -> Arrays:
    rng = np.random.default_rng(3)
    shapes = shapes_of(architecture, size, poses)
    scales = {name: 1.5 / math.sqrt(math.prod(shape[:-1])) for name, shape in shapes.items()}
    return {name: rng.normal(0, scales[name], shape).astype(np.float32) for name, shape in shapes.items()}


def write_statistics(folder: Path, poses: int) -> None:
    for name, mean, std in (("im", 0.77, 0.068), ("im_depth_sub", -0.03, 0.02)):
        np.save(folder / f"{name}_mean.npy", mean)
        np.save(folder / f"{name}_std.npy", std)
    np.save(folder / "pose_mean.npy", [0.75, 0.1][:poses])
    np.save(folder / "pose_std.npy", [0.07, 0.3][:poses])


def write_folder(folder: Path, architecture: Json, config: Json, variables: Arrays, poses: int) -> None:
    (folder / "architecture.json").write_text(json.dumps(architecture))
    (folder / "config.json").write_text(json.dumps(config))
    write_statistics(folder, poses)
    write_checkpoint(folder, variables)


# The reference: TensorFlow's conventions in numpy, images as [N, row, column, channel].


def padded_same(x: NDArray[Any], size: int, stride: int, value: float) -> NDArray[Any]:
    totals = [max((-(-n // stride) - 1) * stride + size - n, 0) for n in x.shape[1:3]]
    pads = [(0, 0), *((total // 2, total - total // 2) for total in totals), (0, 0)]
    return np.pad(x, pads, constant_values=value)


def windows(x: NDArray[Any], size: int, stride: int) -> NDArray[Any]:
    return np.lib.stride_tricks.sliding_window_view(x, (size, size), (1, 2))[:, ::stride, ::stride]


def normalised(x: NDArray[Any], radius: int, alpha: float, beta: float, bias: float) -> NDArray[Any]:
    result = np.empty_like(x)
    for c in range(x.shape[-1]):
        near = x[..., max(0, c - radius) : c + radius + 1]
        result[..., c] = x[..., c] / (bias + alpha * (near**2).sum(-1)) ** beta
    return result


def reference_logits(
    architecture: Json, config: Json, v: Arrays, images: NDArray[Any], poses: NDArray[Any]
) -> NDArray[Any]:
    settings, subtract = config["gqcnn"], config["gqcnn"]["input_depth_mode"] == "im_depth_sub"
    x = images.astype(np.float64)
    x = (x - poses[:, 0, None, None, None] + 0.03) / 0.02 if subtract else (x - 0.77) / 0.068
    for name, spec in architecture["im_stream"].items():
        if spec["type"] == "conv":
            if spec["pad"] == "SAME":
                x = padded_same(x, spec["filt_dim"], 1, 0.0)
            kernels = v[f"im_stream/{name}/{name}_weights"]
            x = np.einsum("nijckl,klco->nijo", windows(x, spec["filt_dim"], 1), kernels, optimize=True)
            x = np.maximum(x + v[f"im_stream/{name}/{name}_bias"], 0)
            pool = spec["pool_size"], spec["pool_stride"]
            x = windows(padded_same(x, *pool, -np.inf), *pool).max((-2, -1))
            if spec["norm"]:
                x = normalised(x, *(settings[key] for key in ("radius", "alpha", "beta", "bias")))
        else:
            x = x.reshape(len(x), -1) @ v[f"im_stream/{name}_weights"] + v[f"im_stream/{name}_bias"]
            x = x if name == "fc5" else np.maximum(x, 0)
    if subtract:
        return x
    pose = (poses - [0.75, 0.1][: poses.shape[1]]) / [0.07, 0.3][: poses.shape[1]]
    pose = np.maximum(pose @ v["pose_stream/pc1_weights"] + v["pose_stream/pc1_bias"], 0)
    merged = x @ v["merge_stream/fc4_input_1_weights"] + pose @ v["merge_stream/fc4_input_2_weights"]
    x = np.maximum(merged + v["merge_stream/fc4_bias"], 0)
    return x @ v["merge_stream/fc5_weights"] + v["merge_stream/fc5_bias"]


# Architecture, config, side of the crop, pose inputs. The 4.0 kinds at 35 pixels pool a map of 23.
KINDS = {
    "2.0 paper": (two_point_zero(6, 12, second_pool=1), config_of(18), 18, 1),
    "2.0 released": (two_point_zero(6, 12, second_pool=2), config_of(18), 18, 1),
    "4.0 parallel jaw": (four_point_zero(5, 12), config_of(35), 35, 1),
    "4.0 suction": (four_point_zero(5, 12), config_of(35), 35, 2),
    "fully convolutional": (fully_convolutional(5, 12, 4), config_of(35, "im_depth_sub", 4), 35, 1),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> tuple[Json, Json, int, int]:
    return KINDS[request.param]


def draw_inputs(size: int, poses: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rng = np.random.default_rng(5)
    images = rng.normal(0.77, 0.07, (6, size, size, 1)).astype(np.float32)
    return images, rng.normal(0.75, 0.07, (6, poses)).astype(np.float32)


def logits_of(folder: Path, images: NDArray[np.float32], poses: NDArray[np.float32]) -> NDArray[Any]:
    network = to_gqcnn(read_published_model(folder))
    with torch.no_grad():
        return network(torch.from_numpy(images).permute(0, 3, 1, 2), torch.from_numpy(poses)).numpy()


def test_the_imported_network_answers_as_the_reference(
    tmp_path: Path, kind: tuple[Json, Json, int, int]
) -> None:
    architecture, config, size, poses = kind
    variables = draw_variables(architecture, size, poses)
    write_folder(tmp_path, architecture, config, variables, poses)
    inputs = draw_inputs(size, poses)
    expected = reference_logits(architecture, config, variables, *inputs)
    assert expected.std(axis=0).min() > 0.01
    np.testing.assert_allclose(logits_of(tmp_path, *inputs), expected, atol=2e-5)


def compact(name: str) -> str:
    """Names in the manner of older checkpoints."""
    name = name.rpartition("/")[2]
    name = name.replace("_input_1_weights", "W_im").replace("_input_2_weights", "W_pose")
    return name.replace("_weights", "W").replace("_bias", "b")


def test_names_in_another_manner_and_an_optimizers_variables_change_nothing(tmp_path: Path) -> None:
    architecture, config, size, poses = KINDS["4.0 parallel jaw"]
    variables = draw_variables(architecture, size, poses)
    inputs = draw_inputs(size, poses)
    write_folder(tmp_path, architecture, config, variables, poses)
    expected = logits_of(tmp_path, *inputs)
    momenta = {f"{name}/Momentum": values + 1 for name, values in variables.items()}
    write_checkpoint(tmp_path, variables | momenta | {"Variable": np.zeros((), dtype=np.float32)})
    np.testing.assert_array_equal(logits_of(tmp_path, *inputs), expected)
    write_checkpoint(tmp_path, {compact(name): values for name, values in variables.items()})
    np.testing.assert_array_equal(logits_of(tmp_path, *inputs), expected)


def test_the_architecture_in_the_config_serves_where_the_file_is_missing(tmp_path: Path) -> None:
    architecture, config, size, poses = KINDS["4.0 parallel jaw"]
    write_folder(tmp_path, architecture, config, draw_variables(architecture, size, poses), poses)
    expected = to_architecture(read_published_model(tmp_path))
    (tmp_path / "architecture.json").unlink()
    within = {"gqcnn": {**config["gqcnn"], "architecture": architecture}}
    (tmp_path / "config.json").write_text(json.dumps(within))
    assert to_architecture(read_published_model(tmp_path)) == expected


def test_statistics_of_whole_hand_poses_give_that_of_the_depth(tmp_path: Path) -> None:
    architecture, config, size, poses = KINDS["2.0 released"]
    write_folder(tmp_path, architecture, config, draw_variables(architecture, size, poses), poses)
    np.save(tmp_path / "pose_mean.npy", np.arange(7.0))
    np.save(tmp_path / "pose_std.npy", np.arange(1.0, 8.0))
    network = to_gqcnn(read_published_model(tmp_path))
    assert network.normalization.pose_mean == (2.0,) and network.normalization.pose_std == (3.0,)


class Zeros:
    """A checkpoint of the right shapes that takes no room."""

    def __init__(self, shapes: dict[str, tuple[int, ...]]) -> None:
        self.names, self.shape = sorted(shapes), shapes.__getitem__

    def read(self, name: str) -> NDArray[np.float32]:
        return np.zeros(self.shape(name), dtype=np.float32)


@pytest.mark.parametrize(
    ("architecture", "config", "form", "parameters"),
    [
        (two_point_zero(64, 1024, 1), config_of(32), GQCNN_2_PAPER, 18_025_826),
        (two_point_zero(64, 1024, 2), config_of(32), GQCNN_2_RELEASED, 5_442_914),
        (four_point_zero(16, 128), config_of(96), GQCNN_4_PJ, 631_410),
        (fully_convolutional(16, 128, 16), config_of(96, "im_depth_sub", 16), FC_GQCNN_4_PJ, 633_200),
    ],
)
def test_the_published_forms_are_recognised(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    architecture: Json,
    config: Json,
    form: GqcnnArchitecture,
    parameters: int,
) -> None:
    config = {"gqcnn": {**config["gqcnn"], "alpha": 2e-5}}
    write_folder(tmp_path, architecture, config, {}, 1)
    size = config["gqcnn"]["im_height"]
    monkeypatch.setattr(model_folder, "Checkpoint", lambda prefix: Zeros(shapes_of(architecture, size, 1)))
    model = read_published_model(tmp_path)
    assert model.parameter_count == parameters
    assert to_architecture(model) == form


# What is wrong with a folder, and how it is said.


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


@pytest.fixture
def published() -> Path:
    if not GQCNN_4_FOLDER.is_dir():
        reason = f"{GQCNN_4_FOLDER} is absent: the published network cannot be compared"
        print(reason)
        pytest.skip(reason)
    return GQCNN_4_FOLDER


def test_the_published_network_answers_as_the_original(published: Path) -> None:
    vectors = np.load(published / "test_vectors.npz")
    model = read_published_model(published)
    assert to_architecture(model) == GQCNN_4_PJ
    network = to_gqcnn(model)
    images, poses = (
        torch.from_numpy(vectors["images"]).permute(0, 3, 1, 2),
        torch.from_numpy(vectors["poses"]),
    )
    with torch.no_grad():
        logits = network(images, poses)
        maps = network.image_maps(images, poses).permute(0, 2, 3, 1).flatten(1)
        image = torch.relu(network.image_fc(maps))
        pose = network.pose_vector(poses)
        merged = torch.relu(network.merge_fc(torch.cat([image, pose], 1)))
    for name, computed in (("act_fc3", image), ("act_pc1", pose), ("act_fc4", merged), ("logits", logits)):
        np.testing.assert_allclose(computed, vectors[name], atol=1e-4, err_msg=name)
    np.testing.assert_allclose(torch.softmax(logits, 1), vectors["probs"], atol=2e-5)
