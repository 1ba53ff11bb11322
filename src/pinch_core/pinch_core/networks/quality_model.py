# SPDX-License-Identifier: Apache-2.0
"""The fastest engine of this machine for a network."""

from __future__ import annotations

import logging
from enum import Enum
from pathlib import Path

import torch

from pinch_core.networks.cuda_graph_scoring import CudaGraphQualityModel
from pinch_core.networks.errors import NetworkError
from pinch_core.networks.network import QualityNetwork
from pinch_core.networks.scoring import QualityModel, cpu_threads
from pinch_core.networks.torch_scoring import TorchQualityModel
from pinch_core.networks.weights import load_network

_LOGGER = logging.getLogger(__name__)


class Engine(Enum):
    """What runs a network."""

    AUTOMATIC = "automatic"
    """CUDA where PyTorch has it, else ONNX Runtime, else PyTorch on the CPU."""
    CUDA = "cuda"
    ONNX_RUNTIME = "onnx_runtime"
    TORCH = "torch"


def load_quality_model(path: Path, engine: Engine = Engine.AUTOMATIC, threads: int = 0) -> QualityModel:
    """The network of a file, ready to score; see :func:`make_quality_model`.

    Raises:
        NetworkError, DamagedWeightsError: as :func:`load_network`, or the engine cannot run it.
    """
    return make_quality_model(load_network(path), engine, threads)


def make_quality_model(
    network: QualityNetwork, engine: Engine = Engine.AUTOMATIC, threads: int = 0
) -> QualityModel:
    """A network, ready to score; the chosen engine is its ``engine``, and is logged.

    Args:
        threads: of the CPU, 0 for one for each core.

    Raises:
        NetworkError: there is no such engine here, or the network scores several angles at once.
    """
    model = _make(network, engine, threads)
    _LOGGER.info("grasps are scored by %s", model.engine)
    return model


def _make(network: QualityNetwork, engine: Engine, threads: int) -> QualityModel:
    if engine is Engine.CUDA or (engine is Engine.AUTOMATIC and torch.cuda.is_available()):
        return _on_cuda(network)
    if engine is Engine.TORCH:
        return TorchQualityModel(network, threads=cpu_threads(threads))
    try:
        from pinch_core.networks.onnx_export import export_onnx
        from pinch_core.networks.onnx_scoring import OnnxQualityModel
    except ImportError as error:
        if engine is Engine.ONNX_RUNTIME:
            raise NetworkError(
                f"ONNX Runtime cannot be loaded ({error}); install it or take the engine "
                f"'{Engine.TORCH.value}'."
            ) from error
        _LOGGER.warning("ONNX Runtime cannot be loaded (%s), so PyTorch scores, more slowly", error)
        return TorchQualityModel(network, threads=cpu_threads(threads))
    return OnnxQualityModel(export_onnx(network), threads)


def _on_cuda(network: QualityNetwork) -> QualityModel:
    if not torch.cuda.is_available():
        raise NetworkError(
            f"PyTorch finds no CUDA device here; take the engine '{Engine.AUTOMATIC.value}' or mend it."
        )
    device = torch.device("cuda")
    try:
        return CudaGraphQualityModel(network, device)
    except (
        RuntimeError
    ) as error:  # of CUDA: no memory for the buffers, or an operation that a graph cannot record
        _LOGGER.warning("no CUDA graph can be recorded (%s), so kernels are launched singly", error)
        return TorchQualityModel(network, device)
