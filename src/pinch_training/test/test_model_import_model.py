# SPDX-License-Identifier: Apache-2.0
"""Published networks, written as their folders are laid out, answer as TensorFlow's conventions say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from checkpoint_writer import write_checkpoint
from numpy.typing import NDArray
from published_folders import (
    KINDS,
    Arrays,
    Json,
    config_of,
    draw_variables,
    four_point_zero,
    fully_convolutional,
    shapes_of,
    two_point_zero,
    write_folder,
)

from pinch_core.networks.architecture import (
    FC_GQCNN_4_PJ,
    GQCNN_2_PAPER,
    GQCNN_2_RELEASED,
    GQCNN_4_PJ,
    GqcnnArchitecture,
)
from pinch_training.model_import import model_folder
from pinch_training.model_import.model_folder import read_published_model
from pinch_training.model_import.torch_model import to_architecture, to_gqcnn

GQCNN_4_FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "gqcnn_models" / "GQCNN-4.0-PJ"


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


# The imported networks.


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> tuple[Json, Json, int, int]:
    return KINDS[request.param]


def draw_inputs(size: int, poses: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rng = np.random.default_rng(5)
    images = rng.normal(0.77, 0.07, (6, size, size, 1)).astype(np.float32)
    return images, rng.normal(0.75, 0.07, (6, poses)).astype(np.float32)


def logits_of(folder: Path, images: NDArray[np.float32], poses: NDArray[np.float32]) -> NDArray[Any]:
    """``images``: depth from the camera, as published networks take them."""
    network, depths = to_gqcnn(read_published_model(folder)), torch.from_numpy(poses)
    crops = torch.from_numpy(images).permute(0, 3, 1, 2) - depths[:, :1, None, None]
    with torch.no_grad():
        return network(crops, depths).numpy()


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
    crops = images - poses[:, :, None, None]
    with torch.no_grad():
        logits = network(crops, poses)
        maps = network.image_maps(crops, poses).permute(0, 2, 3, 1).flatten(1)
        image = torch.relu(network.image_fc(maps))
        pose = network.pose_vector(poses)
        merged = torch.relu(network.merge_fc(torch.cat([image, pose], 1)))
    for name, computed in (("act_fc3", image), ("act_pc1", pose), ("act_fc4", merged), ("logits", logits)):
        np.testing.assert_allclose(computed, vectors[name], atol=1e-4, err_msg=name)
    np.testing.assert_allclose(torch.softmax(logits, 1), vectors["probs"], atol=2e-5)
