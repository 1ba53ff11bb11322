# SPDX-License-Identifier: Apache-2.0
"""Grasps scored by ONNX Runtime: the fastest float32 engine on a CPU.

OpenVINO is no faster in float32 (docs/train.md); in bfloat16 it is, but its error in q is up to 0.08.
"""

from __future__ import annotations

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from pinch_core.networks.errors import DamagedWeightsError
from pinch_core.networks.scoring import CPU_BATCH, check_crops, cpu_threads

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


def session_options(threads: int) -> onnxruntime.SessionOptions:
    """Session options: number of CPU threads, 0 for one for each core that this process may use."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cpu_threads(threads)
    options.log_severity_level = 3
    # Spinning threads would take cores from other processes of the robot; without spinning it is no slower.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


class OnnxQualityModel:
    """A model of :func:`pinch_core.networks.onnx_export.export_onnx` run by ONNX Runtime on the CPU.

    Args:
        model: the content of the file.
        threads: 0 for one for each core that this process may use.

    Raises:
        DamagedWeightsError: not a complete ONNX model, or one with other inputs.
    """

    def __init__(self, model: bytes, threads: int = 0) -> None:
        options = session_options(threads)
        self.engine = f"ONNX Runtime on cpu, {cpu_threads(threads)} threads"
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
            shapes = {value.name: value.shape for value in self._session.get_inputs()}
            self.crop_size = int(shapes["crops"][1])
        except Exception as error:  # ONNX Runtime's own errors have no common base
            raise DamagedWeightsError(
                f"the {len(model)} bytes given are no whole ONNX model of a grasp-quality network "
                f"({' '.join(str(error).split())}); export it again."
            ) from error

    def predict(self, crops: Float32, depths: Float32) -> Float64:
        check_crops(crops, depths, self.crop_size)
        quality = np.empty(len(crops))
        for start in range(0, len(crops), CPU_BATCH):
            part = slice(start, start + CPU_BATCH)
            inputs = {
                name: np.require(values[part], np.float32, "C")
                for name, values in (("crops", crops), ("depths", depths))
            }
            (quality[part],) = self._session.run(["quality"], inputs)
        return quality
