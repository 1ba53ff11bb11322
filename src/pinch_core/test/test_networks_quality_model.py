# SPDX-License-Identifier: Apache-2.0
"""Which engine a network gets, and how crops are dealt to batches of fixed sizes."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pinch_core.networks import quality_model
from pinch_core.networks.compact import CompactNetwork
from pinch_core.networks.compact_architecture import CompactArchitecture
from pinch_core.networks.cuda_graph_scoring import CudaGraphQualityModel, padded_batches
from pinch_core.networks.errors import DamagedWeightsError, NetworkError
from pinch_core.networks.onnx_scoring import OnnxQualityModel
from pinch_core.networks.quality_model import Engine, load_quality_model, make_quality_model
from pinch_core.networks.torch_scoring import TorchQualityModel
from pinch_core.networks.weights import save_network

SMALL = CompactArchitecture(crop_size=24, channels=(4, 4, 4), features=8)
on_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no CUDA device")


def new() -> CompactNetwork:
    network = CompactNetwork(SMALL).eval()
    network.initialize(torch.Generator().manual_seed(0))
    return network


def crops(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return (
        rng.normal(0.7, 0.05, (count, 24, 24)).astype(np.float32),
        rng.uniform(0.6, 0.8, count).astype(np.float32),
    )


@pytest.fixture
def no_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.fixture
def no_onnx_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.delitem(sys.modules, "pinch_core.networks.onnx_scoring")


@pytest.mark.usefixtures("no_cuda")
def test_the_cpu_is_served_by_onnx_runtime_and_the_model_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    save_network(tmp_path / "network.safetensors", new())
    with caplog.at_level(logging.INFO):
        model = load_quality_model(tmp_path / "network.safetensors", threads=2)
    assert isinstance(model, OnnxQualityModel)
    assert model.engine == "ONNX Runtime on cpu, 2 threads"
    assert "grasps are scored by ONNX Runtime on cpu, 2 threads" in caplog.text
    images, depths = crops(5)
    np.testing.assert_allclose(
        model.predict(images, depths), TorchQualityModel(new()).predict(images, depths), atol=1e-5
    )


@pytest.mark.usefixtures("no_cuda")
def test_threads_are_as_many_as_the_cores_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3, 5, 8})
    assert make_quality_model(new()).engine == "ONNX Runtime on cpu, 3 threads"


@pytest.mark.usefixtures("no_cuda", "no_onnx_runtime")
def test_pytorch_serves_where_onnx_runtime_cannot_be_loaded(caplog: pytest.LogCaptureFixture) -> None:
    model = make_quality_model(new())
    assert isinstance(model, TorchQualityModel) and model.engine == "PyTorch on cpu"
    assert "ONNX Runtime cannot be loaded" in caplog.text
    with pytest.raises(NetworkError, match=r"cannot be loaded .* take the engine 'torch'"):
        make_quality_model(new(), Engine.ONNX_RUNTIME)


@pytest.mark.usefixtures("no_cuda")
def test_an_engine_asked_for_is_taken_or_refused() -> None:
    assert isinstance(make_quality_model(new(), Engine.TORCH), TorchQualityModel)
    assert isinstance(make_quality_model(new(), Engine.ONNX_RUNTIME), OnnxQualityModel)
    with pytest.raises(NetworkError, match="no CUDA device here; take the engine 'automatic'"):
        make_quality_model(new(), Engine.CUDA)


def test_cuda_comes_first_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    made = CudaGraphQualityModel(new(), torch.device("cpu"))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(quality_model, "CudaGraphQualityModel", lambda network, device: made)
    assert make_quality_model(new()) is made


def test_kernels_are_launched_singly_where_no_graph_can_be_recorded(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = TorchQualityModel(new())

    def fails(network: object, device: torch.device) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(quality_model, "CudaGraphQualityModel", fails)
    monkeypatch.setattr(quality_model, "TorchQualityModel", lambda network, device: made)
    assert make_quality_model(new()) is made
    assert "no CUDA graph can be recorded (CUDA out of memory)" in caplog.text


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "network.safetensors"
    save_network(path, new())
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedWeightsError):
        load_quality_model(path)


@given(count=st.integers(0, 5000), sizes=st.sets(st.integers(1, 999), min_size=1).map(sorted).map(tuple))
def test_every_row_is_in_one_batch_that_holds_it(count: int, sizes: tuple[int, ...]) -> None:
    batches = list(padded_batches(count, sizes))
    rows = [row for part, _ in batches for row in range(part.start, part.stop)]
    assert rows == list(range(count))
    for number, (part, size) in enumerate(batches):
        length = part.stop - part.start
        assert 0 < length <= size and size in sizes
        if number < len(batches) - 1:
            assert length == sizes[-1], "only the last batch is padded"
        else:
            assert not any(length <= smaller < size for smaller in sizes)


def test_what_earlier_batches_left_in_the_buffers_changes_nothing() -> None:
    model = CudaGraphQualityModel(new(), torch.device("cpu"), sizes=(4, 8))
    images, depths = crops(21)
    whole = model.predict(images, depths)
    for count in (8, 3, 1, 5):
        np.testing.assert_allclose(model.predict(images[:count], depths[:count]), whole[:count], atol=1e-6)


@on_gpu
@pytest.mark.parametrize("count", [1, 128, 129, 3000])
def test_graphs_on_cuda_agree_with_the_cpu(count: int) -> None:
    images, depths = crops(count)
    model = CudaGraphQualityModel(new(), torch.device("cuda"))
    expected = TorchQualityModel(new()).predict(images, depths)
    for _ in range(2):
        np.testing.assert_allclose(model.predict(images, depths), expected, atol=1e-2)
