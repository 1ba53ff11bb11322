# SPDX-License-Identifier: Apache-2.0
"""Every engine gives the probability that the network's logits mean."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from pinch_core.errors import InvalidDepthError
from pinch_core.networks.architecture import GQCNN_4_PJ, Convolution, GqcnnArchitecture, LocalResponse
from pinch_core.networks.compact import CompactArchitecture
from pinch_core.networks.errors import DamagedWeightsError, NetworkError
from pinch_core.networks.network import Normalization
from pinch_core.networks.onnx_scoring import OnnxQualityModel, export_onnx
from pinch_core.networks.scoring import CPU_BATCH, QualityModel, TorchQualityModel
from pinch_core.networks.weights import Architecture, Network, build_network

SAME = GqcnnArchitecture(
    17,
    (
        Convolution(5, 8, same=True, pool=2, normalization=LocalResponse(alpha=0.1)),
        Convolution(3, 6, pool=2),
    ),
    16,
    4,
    16,
)
ARCHITECTURES = [SAME, dataclasses.replace(GQCNN_4_PJ, crop_size=40), CompactArchitecture(crop_size=16)]
COUNT = CPU_BATCH + 3


def data(size: int, count: int = COUNT) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return (
        rng.normal(0.7, 0.05, (count, size, size)).astype(np.float32),
        rng.uniform(0.6, 0.8, count).astype(np.float32),
    )


def new(architecture: Architecture) -> Network:
    network = build_network(architecture)
    network.initialize(torch.Generator().manual_seed(0))
    images, depths = data(network.crop_size)
    network.normalize_by(Normalization.of(images, depths))
    with torch.no_grad():
        network.train()(torch.from_numpy(images)[:, None], torch.from_numpy(depths)[:, None])
    return network.eval()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_engines_agree_with_the_softmax_of_the_logits(architecture: Architecture) -> None:
    network = new(architecture)
    images, depths = data(network.crop_size)
    with torch.no_grad():
        logits = network(torch.from_numpy(images)[:, None], torch.from_numpy(depths)[:, None]).double()
    expected = torch.sigmoid(logits[:, 1] - logits[:, 0]).numpy()
    assert expected.std() > 0.01
    models: list[QualityModel] = [
        TorchQualityModel(network),
        OnnxQualityModel(export_onnx(network), threads=1),
    ]
    for model in models:
        assert model.crop_size == network.crop_size
        np.testing.assert_allclose(model.predict(images, depths), expected, atol=1e-5)


@pytest.fixture(scope="module", params=["torch", "onnx"])
def model(request: pytest.FixtureRequest) -> QualityModel:
    network = new(SAME)
    return (
        TorchQualityModel(network) if request.param == "torch" else OnnxQualityModel(export_onnx(network), 1)
    )


def test_no_crops_have_no_qualities(model: QualityModel) -> None:
    images, depths = data(17, 0)
    assert model.predict(images, depths).shape == (0,)


@pytest.mark.parametrize(("size", "missing"), [(18, 0), (17, 1)])
def test_crops_of_another_size_or_number_are_refused(model: QualityModel, size: int, missing: int) -> None:
    images, depths = data(size)
    with pytest.raises(NetworkError, match="cut crops of its size"):
        model.predict(images, depths[missing:])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_crops_with_holes_are_refused(model: QualityModel, value: float) -> None:
    images, depths = data(17)
    images[[2, 5], 3, 4] = value
    depths[5:7] = value
    with pytest.raises(InvalidDepthError, match=f"3 of {COUNT} crops"):
        model.predict(images, depths)


def test_networks_of_several_angles_or_poses_score_no_single_grasps() -> None:
    for change in ({"angles": 4}, {"pose_inputs": 2}):
        network = build_network(dataclasses.replace(SAME, **change))
        for make in (TorchQualityModel, export_onnx):
            with pytest.raises(NetworkError, match="use its fully convolutional form"):
                make(network)


@pytest.mark.parametrize("architecture", [SAME, ARCHITECTURES[2]])
def test_scoring_leaves_the_network_fit_for_training(architecture: Architecture) -> None:
    network = new(architecture).train()
    names = set(network.state_dict())
    export_onnx(network)
    TorchQualityModel(network)
    assert network.training and set(network.state_dict()) == names
    assert all(weight.requires_grad for weight in network.parameters())


def test_damaged_onnx_models_are_refused() -> None:
    content = export_onnx(new(SAME))
    for broken in (b"", b"no model", content[: len(content) // 2]):
        with pytest.raises(DamagedWeightsError, match="no whole ONNX model"):
            OnnxQualityModel(broken)
