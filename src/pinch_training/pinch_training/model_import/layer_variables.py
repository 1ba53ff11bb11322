# SPDX-License-Identifier: Apache-2.0
"""Which variables of a checkpoint belong to which layer.

Variables are told apart by their layer's name and their number of dimensions, not by a fixed suffix: of
``im_stream/fc3_weights`` and ``im_stream/fc3_bias`` the matrix is the weights. An optimizer's variables end
in another name (``.../fc3_weights/Momentum``) and so belong to no layer.
"""

from __future__ import annotations

import re

import numpy as np

from pinch_core.errors import DamagedFileError
from pinch_training.model_import.layers import Float32
from pinch_training.model_import.tensor_bundle import Checkpoint


class LayerVariables:
    """The variables of a checkpoint by layer.

    Args:
        checkpoint: to read from.
        where: its path, for the message.
    """

    def __init__(self, checkpoint: Checkpoint, where: str) -> None:
        self._checkpoint, self._where = checkpoint, where

    def read(self, layer: str, *shapes: tuple[int, ...]) -> list[Float32]:
        """The weights of a layer in the order of ``shapes``, then its biases.

        Two weights (of a layer that merges streams) are named in the order of their streams.

        Raises:
            DamagedFileError: the checkpoint is of another architecture, damaged or holds NaN.
        """
        # conv1_1 is neither conv1_10 nor conv1.
        pattern = re.compile(re.escape(layer) + r"(?!_?\d)")
        names = [n for n in self._checkpoint.names if pattern.match(n.rpartition("/")[2])]
        weights = [n for n in names if len(self._checkpoint.shape(n)) > 1]
        biases = [n for n in names if len(self._checkpoint.shape(n)) == 1]
        expected = [*shapes, shapes[-1][-1:]]
        found = [self._checkpoint.shape(name) for name in (*weights, *biases)]
        if found != expected:
            raise DamagedFileError(
                f"{self._where} holds {_listed(found)} for layer '{layer}' where the architecture needs "
                f"{_listed(expected)}; fetch files that belong together."
            )
        return [self._values(name) for name in (*weights, *biases)]

    def _values(self, name: str) -> Float32:
        values = self._checkpoint.read(name).astype(np.float32)
        if not np.isfinite(values).all():
            raise DamagedFileError(
                f"Variable '{name}' of {self._where} holds NaN or infinity; fetch the model again."
            )
        return values


def _listed(shapes: list[tuple[int, ...]]) -> str:
    return ", ".join("x".join(map(str, shape)) for shape in shapes) or "no variable"
