# SPDX-License-Identifier: Apache-2.0
"""The fastest engine of this machine for a fully convolutional network."""

from __future__ import annotations

import torch

from pinch_core.networks.dense_scoring import TorchDenseQualityModel
from pinch_core.networks.network import QualityNetwork
from pinch_core.networks.scoring import DenseQualityModel


def make_dense_model(network: QualityNetwork, threads: int = 0) -> DenseQualityModel:
    """The fastest engine: CUDA if PyTorch has it, else ONNX Runtime, else PyTorch on the CPU.

    Args:
        threads: of the CPU, 0 for one for each core.

    Raises:
        NetworkError: as :class:`QualityMapModule`.
    """
    if torch.cuda.is_available():
        return TorchDenseQualityModel(network, torch.device("cuda"))
    try:
        from pinch_core.networks.onnx_dense_scoring import OnnxDenseQualityModel
    except ImportError:
        return TorchDenseQualityModel(network, torch.device("cpu"))
    return OnnxDenseQualityModel(network, threads)
