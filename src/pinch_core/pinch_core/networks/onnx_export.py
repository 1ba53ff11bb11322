# SPDX-License-Identifier: Apache-2.0
"""Networks as ONNX files."""

from __future__ import annotations

import io
import warnings

import torch
from torch import Tensor, nn

from pinch_core.networks.network import QualityNetwork, check_scores_one_grasp

OPSET = 17


def export_onnx(network: QualityNetwork) -> bytes:
    """An ONNX model with inputs ``crops`` [N, S, S], relative to the grasps, and ``depths`` [N] [m],
    and output ``quality`` [N].

    Raises:
        NetworkError: the network scores several angles at once, or needs more than a depth.
    """
    check_scores_one_grasp(network)
    size = network.crop_size
    return export_module(
        _Quality(network.for_inference().cpu()),
        (torch.zeros(2, size, size), torch.zeros(2)),
        {name: {0: "grasps"} for name in ("crops", "depths", "quality")},
    )


def export_module(
    module: nn.Module, examples: tuple[Tensor, Tensor], dynamic_axes: dict[str, dict[int, str]]
) -> bytes:
    """An ONNX model of a module with inputs ``crops`` and ``depths``, such as the examples, and output
    ``quality``; ``dynamic_axes`` names the axes whose length may change.
    """
    file = io.BytesIO()
    with warnings.catch_warnings():
        # The newer exporter needs onnxscript, without a benefit here.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            examples,
            file,  # type: ignore[arg-type]  # a stream will do for this exporter
            input_names=["crops", "depths"],
            output_names=["quality"],
            dynamic_axes=dynamic_axes,
            opset_version=OPSET,
            dynamo=False,
        )
    return file.getvalue()


class _Quality(nn.Module):
    def __init__(self, network: QualityNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, crops: Tensor, depths: Tensor) -> Tensor:
        return torch.softmax(self.network(crops[:, None], depths[:, None]), 1)[:, 1]
