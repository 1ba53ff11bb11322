# SPDX-License-Identifier: Apache-2.0
"""Fully convolutional networks run by ONNX Runtime."""

from __future__ import annotations

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from pinch_core.networks.dense_scoring import QualityMapModule
from pinch_core.networks.network import QualityNetwork
from pinch_core.networks.onnx_export import export_module
from pinch_core.networks.onnx_scoring import session_options

Float32 = NDArray[np.float32]


class OnnxDenseQualityModel:
    """A fully convolutional network on the CPU.

    Args:
        threads: 0 for one for each core that this process may use.

    Raises:
        NetworkError: the network has no fully convolutional form, or scores several angles at once.
    """

    def __init__(self, network: QualityNetwork, threads: int = 0) -> None:
        module = QualityMapModule(network).cpu().eval()
        self.crop_size, self.stride = module.crop_size, module.stride
        self._session = onnxruntime.InferenceSession(
            _export(module), session_options(threads), providers=["CPUExecutionProvider"]
        )

    def predict_maps(self, images: Float32, depths: Float32) -> Float32:
        inputs = {
            name: np.require(values, np.float32, "C")
            for name, values in (("crops", images), ("depths", depths))
        }
        maps: Float32
        (maps,) = self._session.run(["quality"], inputs)
        return maps


def _export(module: QualityMapModule) -> bytes:
    rows, columns = module.crop_size + 2 * module.stride, module.crop_size + 3 * module.stride
    return export_module(
        module,
        (torch.zeros(2, rows, columns), torch.zeros(2)),
        {
            "crops": {0: "images", 1: "rows", 2: "columns"},
            "depths": {0: "images"},
            "quality": {0: "images", 1: "cell_rows", 2: "cell_columns"},
        },
    )
