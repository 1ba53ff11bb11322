# SPDX-License-Identifier: Apache-2.0
"""Networks as ONNX files, and ONNX Runtime to run them: the fastest engine on a CPU that keeps float32.

OpenVINO was measured beside it and found no faster (docs/train.md); its bfloat16 is, but is wrong by up to
0.08 in q.
"""

from __future__ import annotations

import io
import warnings

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pinch_core.networks.errors import DamagedWeightsError
from pinch_core.networks.network import QualityNetwork
from pinch_core.networks.scoring import CPU_BATCH, check_crops, check_scores_one_grasp, cpu_threads

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

OPSET = 17


def export_onnx(network: QualityNetwork) -> bytes:
    """An ONNX model with inputs ``images`` [N, S, S], ``depths`` [N] [m] and output ``quality`` [N].

    Raises:
        NetworkError: the network scores several angles at once, or needs more than a depth.
    """
    check_scores_one_grasp(network)
    size = network.crop_size
    return export_module(
        _Quality(network.for_inference().cpu()),
        (torch.zeros(2, size, size), torch.zeros(2)),
        {name: {0: "grasps"} for name in ("images", "depths", "quality")},
    )


def export_module(
    module: nn.Module, examples: tuple[Tensor, Tensor], dynamic_axes: dict[str, dict[int, str]]
) -> bytes:
    """An ONNX model of a module with inputs ``images`` and ``depths``, such as the examples, and output
    ``quality``; ``dynamic_axes`` names the axes whose length may change.
    """
    file = io.BytesIO()
    with warnings.catch_warnings():
        # The exporter that replaces this one needs onnxscript, for no gain here.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            examples,
            file,  # type: ignore[arg-type]  # a stream will do for this exporter
            input_names=["images", "depths"],
            output_names=["quality"],
            dynamic_axes=dynamic_axes,
            opset_version=OPSET,
            dynamo=False,
        )
    return file.getvalue()


def session_options(threads: int) -> onnxruntime.SessionOptions:
    """How sessions run: on so many threads of the CPU, 0 for one for each core that this process may use."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cpu_threads(threads)
    options.log_severity_level = 3
    # Threads that spin while they wait take the cores of what else a robot runs; without, it is no slower.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


class OnnxQualityModel:
    """A model of :func:`export_onnx` run by ONNX Runtime on the CPU.

    Args:
        model: the content of the file.
        threads: 0 for one for each core that this process may use.

    Raises:
        DamagedWeightsError: no whole ONNX model, or one with other inputs.
    """

    def __init__(self, model: bytes, threads: int = 0) -> None:
        options = session_options(threads)
        self.engine = f"ONNX Runtime on cpu, {cpu_threads(threads)} threads"
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
            shapes = {value.name: value.shape for value in self._session.get_inputs()}
            self.crop_size = int(shapes["images"][1])
        except Exception as error:  # ONNX Runtime's own errors have no common base
            raise DamagedWeightsError(
                f"the {len(model)} bytes given are no whole ONNX model of a grasp-quality network "
                f"({' '.join(str(error).split())}); export it again."
            ) from error

    def predict(self, images: Float32, depths: Float32) -> Float64:
        check_crops(images, depths, self.crop_size)
        quality = np.empty(len(images))
        for start in range(0, len(images), CPU_BATCH):
            part = slice(start, start + CPU_BATCH)
            inputs = {
                name: np.require(values[part], np.float32, "C")
                for name, values in (("images", images), ("depths", depths))
            }
            (quality[part],) = self._session.run(["quality"], inputs)
        return quality


class _Quality(nn.Module):
    def __init__(self, network: QualityNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor, depths: Tensor) -> Tensor:
        return torch.softmax(self.network(images[:, None], depths[:, None]), 1)[:, 1]
