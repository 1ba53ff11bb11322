# SPDX-License-Identifier: Apache-2.0
"""A network slid over an image says of every crop what it says of the crop alone."""

from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pinch_core.networks.architecture import GQCNN_2_RELEASED, GQCNN_4_PJ
from pinch_core.networks.compact import CompactNetwork
from pinch_core.networks.compact_architecture import CompactArchitecture
from pinch_core.networks.dense_model import make_dense_model
from pinch_core.networks.dense_scoring import TorchDenseQualityModel, fully_convolutional
from pinch_core.networks.errors import NetworkError
from pinch_core.networks.gqcnn import GQCNN
from pinch_core.networks.network import QualityNetwork
from pinch_core.networks.onnx_dense_scoring import OnnxDenseQualityModel
from pinch_core.networks.scoring import DenseQualityModel
from pinch_core.networks.torch_scoring import TorchQualityModel

CPU = torch.device("cpu")


def compact() -> QualityNetwork:
    torch.manual_seed(3)
    network = CompactNetwork(CompactArchitecture(crop_size=24, channels=(4, 6, 8), features=8)).train()
    network.pose_mean.fill_(0.7)
    network.pose_std.fill_(0.05)
    for _ in range(3):  # so that the statistics of its batch normalisation are not those of its making
        network(0.05 * torch.randn(8, 1, 24, 24), 0.7 + 0.02 * torch.randn(8, 1))
    return network.eval()


def gqcnn() -> QualityNetwork:
    torch.manual_seed(4)
    network = GQCNN(dataclasses.replace(GQCNN_4_PJ, crop_size=40)).eval()
    network.image_mean.fill_(0.7)
    network.image_std.fill_(0.05)
    return network


MODELS = {
    "compact by PyTorch": (compact(), TorchDenseQualityModel(compact(), CPU)),
    "compact by ONNX Runtime": (compact(), OnnxDenseQualityModel(compact(), 1)),
    "gqcnn by ONNX Runtime": (gqcnn(), OnnxDenseQualityModel(gqcnn(), 1)),
}


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    extra=st.tuples(st.integers(0, 19), st.integers(0, 19)),
    count=st.integers(1, 3),
)
def test_each_cell_is_the_answer_for_its_crop(
    name: str, seed: int, extra: tuple[int, int], count: int
) -> None:
    network, dense = MODELS[name]
    size, stride, rng = dense.crop_size, dense.stride, np.random.default_rng(seed)
    shape = (count, *(size + stride * (1 + more // stride) for more in extra))
    images = rng.uniform(-0.1, 0.1, shape).astype(np.float32)
    depths = rng.uniform(0.65, 0.75, count).astype(np.float32)
    maps = dense.predict_maps(images, depths)
    one_by_one = TorchQualityModel(network)
    rows, columns = (np.arange(0, side - size + 1, stride) for side in shape[1:])
    for image, depth, quality in zip(images, depths, maps, strict=True):
        crops = np.stack([image[r : r + size, c : c + size] for r in rows for c in columns])
        alone = one_by_one.predict(crops, np.full(len(crops), depth)).reshape(len(rows), len(columns))
        assert alone.shape[0] - quality.shape[0] in (0, 1) and alone.shape[1] - quality.shape[1] in (0, 1)
        np.testing.assert_allclose(quality, alone[: quality.shape[0], : quality.shape[1]], atol=1e-4)


def test_what_pads_its_crops_cannot_be_slid() -> None:
    with pytest.raises(NetworkError, match="pads crops with zeros"):
        OnnxDenseQualityModel(GQCNN(GQCNN_2_RELEASED))


def test_a_network_of_unknown_make_is_named() -> None:
    class Other(QualityNetwork):
        def forward(self, images: torch.Tensor, depths: torch.Tensor) -> torch.Tensor:
            return images

    with pytest.raises(NetworkError, match="a Other has no fully convolutional form"):
        fully_convolutional(Other(32))


def test_both_engines_are_dense_quality_models() -> None:
    models: list[DenseQualityModel] = [dense for _, dense in MODELS.values()]
    assert [model.stride for model in models] == [2, 2, 4]


def test_onnx_runtime_serves_where_there_is_no_gpu_and_pytorch_where_that_cannot_be_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert isinstance(make_dense_model(compact(), 1), OnnxDenseQualityModel)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.delitem(sys.modules, "pinch_core.networks.onnx_dense_scoring")
    assert isinstance(make_dense_model(compact(), 1), TorchDenseQualityModel)
