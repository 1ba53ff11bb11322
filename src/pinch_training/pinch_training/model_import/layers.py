# SPDX-License-Identifier: Apache-2.0
"""Layers of a published network, in TensorFlow's layout: images are [row, column, channel]."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]


class Padding(enum.Enum):
    """What a convolution sees outside its image."""

    VALID = "VALID"  # nothing: the image shrinks
    SAME = "SAME"  # zeros: the image keeps its size


@dataclass(frozen=True)
class MaxPool:
    """Largest of ``size`` x ``size`` values every ``stride``, padded SAME: ceil(n / stride) of n remain.

    Of the padding, half (rounded down) comes before the image, the rest after.
    """

    size: int
    stride: int


@dataclass(frozen=True)
class LocalResponseNorm:
    """x / (bias + alpha * sum of squares of the 2 * radius + 1 neighbouring channels) ** beta.

    PyTorch divides alpha by the number of channels in the window: give it alpha * (2 * radius + 1).
    """

    radius: int
    alpha: float
    beta: float
    bias: float


@dataclass(frozen=True)
class Convolution:
    """Cross-correlation and activation, then ``pool`` and ``norm``.

    Attributes:
        name: of the layer in architecture.json.
        weights: Float32[size, size, in, out].
        biases: Float32[out].
        padding: SAME or VALID.
        pool: None where the layer has none.
        norm: None where the layer has none.
    """

    name: str
    weights: Float32
    biases: Float32
    padding: Padding
    pool: MaxPool | None
    norm: LocalResponseNorm | None

    def output_shape(self, shape: tuple[int, int, int]) -> tuple[int, int, int]:
        """Rows, columns, channels of what this layer makes of an image of ``shape``."""
        lost = len(self.weights) - 1 if self.padding is Padding.VALID else 0
        stride = self.pool.stride if self.pool else 1
        return -((lost - shape[0]) // stride), -((lost - shape[1]) // stride), len(self.biases)


@dataclass(frozen=True)
class Dense:
    """``x @ weights + biases``; weights Float32[in, out], biases Float32[out]."""

    name: str
    weights: Float32
    biases: Float32


@dataclass(frozen=True)
class Merge:
    """``image @ image_weights + pose @ pose_weights + biases``: a dense layer on both streams at once."""

    name: str
    image_weights: Float32
    pose_weights: Float32
    biases: Float32
