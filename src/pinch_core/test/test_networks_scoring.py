# SPDX-License-Identifier: Apache-2.0
"""Every engine gives the probability that the network's logits mean."""

from __future__ import annotations

import dataclasses
import functools
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pinch_core.errors import InvalidDepthError
from pinch_core.networks.architecture import (
    GQCNN_2_RELEASED,
    GQCNN_4_PJ,
    Convolution,
    GqcnnArchitecture,
    LocalResponse,
)
from pinch_core.networks.compact_architecture import CompactArchitecture
from pinch_core.networks.cuda_graph_scoring import CudaGraphQualityModel
from pinch_core.networks.errors import DamagedWeightsError, NetworkError
from pinch_core.networks.network import Normalization
from pinch_core.networks.onnx_export import export_onnx
from pinch_core.networks.onnx_scoring import OnnxQualityModel
from pinch_core.networks.scoring import CPU_BATCH, QualityModel
from pinch_core.networks.torch_scoring import TorchQualityModel
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
ARCHITECTURES = [SAME, dataclasses.replace(GQCNN_4_PJ, crop_size=40), CompactArchitecture(crop_size=24)]
COUNT = CPU_BATCH + 3


def data(size: int, count: int = COUNT) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return (
        rng.normal(0.0, 0.05, (count, size, size)).astype(np.float32),
        rng.uniform(0.6, 0.8, count).astype(np.float32),
    )


def new(architecture: Architecture) -> Network:
    network = build_network(architecture)
    network.initialize(torch.Generator().manual_seed(0))
    images, depths = data(network.crop_size)
    inputs = torch.from_numpy(images)[:, None], torch.from_numpy(depths)[:, None]
    network.normalize_by(Normalization.of(network.pixels(*inputs)[:, 0].numpy(), depths))
    with torch.no_grad():
        network.train()(*inputs)
    return network.eval()


def engines(network: Network) -> list[QualityModel]:
    return [
        TorchQualityModel(network),
        OnnxQualityModel(export_onnx(network), threads=1),
        CudaGraphQualityModel(network, torch.device("cpu"), sizes=(8, 32)),
    ]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_engines_agree_with_the_softmax_of_the_logits(architecture: Architecture) -> None:
    network = new(architecture)
    images, depths = data(network.crop_size)
    with torch.no_grad():
        logits = network(torch.from_numpy(images)[:, None], torch.from_numpy(depths)[:, None]).double()
    expected = torch.sigmoid(logits[:, 1] - logits[:, 0]).numpy()
    assert expected.std() > 0.01
    for model in engines(network):
        assert model.crop_size == network.crop_size
        np.testing.assert_allclose(model.predict(images, depths), expected, atol=1e-5, err_msg=model.engine)


@pytest.fixture(scope="module", params=range(3), ids=["torch", "onnx", "cuda-graph"])
def model(request: pytest.FixtureRequest) -> QualityModel:
    return engines(new(SAME))[request.param]


@functools.cache
def full_size(architecture: Architecture) -> list[QualityModel]:
    return engines(new(architecture))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 6), spread=st.floats(0.0, 0.3))
@pytest.mark.parametrize(
    "architecture", [GQCNN_2_RELEASED, CompactArchitecture()], ids=["gqcnn_2_released", "compact"]
)
def test_engines_agree_on_any_crops(architecture: Architecture, seed: int, count: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    size = architecture.crop_size
    depths = rng.uniform(0.3, 1.2, count).astype(np.float32)
    images = rng.normal(0.0, spread, (count, size, size))
    reference, *others = (
        model.predict(images.astype(np.float32), depths) for model in full_size(architecture)
    )
    for qualities in others:
        np.testing.assert_allclose(qualities, reference, atol=1e-3, rtol=0)


def test_crops_may_be_views_of_any_kind(model: QualityModel, tmp_path: Path) -> None:
    images, depths = data(17)
    mirrored, doubled = np.ascontiguousarray(images[:, :, ::-1]), np.repeat(depths, 2)
    np.save(tmp_path / "images.npy", images)
    read_only = np.load(tmp_path / "images.npy", mmap_mode="r")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(
            model.predict(images[:, :, ::-1], doubled[::2]), model.predict(mirrored, depths)
        )
        np.testing.assert_array_equal(model.predict(read_only, depths), model.predict(images, depths))


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


def cuda_graph_on_cpu(network: Network) -> QualityModel:
    return CudaGraphQualityModel(network, torch.device("cpu"))


def test_networks_of_several_angles_or_poses_score_no_single_grasps() -> None:
    for change in ({"angles": 4}, {"pose_inputs": 2}):
        network = build_network(dataclasses.replace(SAME, **change))
        for make in (TorchQualityModel, export_onnx, cuda_graph_on_cpu):
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


@pytest.mark.parametrize("before", [1, 2])
def test_torch_uses_the_threads_it_is_given_and_leaves_the_setting(before: int) -> None:
    network, used, usual = new(SAME), [], torch.get_num_threads()
    model = TorchQualityModel(network, threads=2)
    hook = torch.nn.modules.module.register_module_forward_pre_hook(
        lambda layer, inputs: used.append(torch.get_num_threads())
    )
    try:
        torch.set_num_threads(before)
        model.predict(*data(17))
        assert torch.get_num_threads() == before
    finally:
        hook.remove()
        torch.set_num_threads(usual)
    assert set(used) == {2}
