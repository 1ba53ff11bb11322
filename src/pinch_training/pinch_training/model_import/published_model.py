# SPDX-License-Identifier: Apache-2.0
"""A published gqcnn model as plain arrays."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_training.model_import.layers import Convolution, Dense, Merge


class DepthInput(enum.Enum):
    """How the grasp depth reaches the network: the values of ``input_depth_mode``."""

    POSE_STREAM = "pose_stream"
    SUBTRACTED = "im_depth_sub"  # from every pixel


@dataclass(frozen=True)
class Normalisation:
    """Inputs are (value - mean) / std.

    Attributes:
        image_mean: of the pixels, after the grasp depth is subtracted where it is [m].
        image_std: likewise [m].
        pose_mean: Float64[P], of the pose stream's inputs; P is 0 without one.
        pose_std: likewise.
    """

    image_mean: float
    image_std: float
    pose_mean: NDArray[np.float64]
    pose_std: NDArray[np.float64]


@dataclass(frozen=True)
class PublishedModel:
    """A network of the GQ-CNN family.

    Every layer but the last is followed by max(x, leak * x). Images become vectors in row, column, channel
    order. The last layer gives (failure, success) for each angle bin in turn; softmax over the pair.

    Attributes:
        image_shape: rows, columns, channels of a crop.
        convolutions: first part of the image stream.
        image_layers: second part of the image stream.
        pose_layers: the pose stream, () without one.
        merge: joins both streams, None without a pose stream.
        head: what follows, () where the image stream ends in the output.
        leak: slope of the activation below zero.
        angle_bins: grasp angles scored at once, 1 for crops already turned.
        depth_input: how the grasp depth enters.
        normalisation: of the inputs.
    """

    image_shape: tuple[int, int, int]
    convolutions: tuple[Convolution, ...]
    image_layers: tuple[Dense, ...]
    pose_layers: tuple[Dense, ...]
    merge: Merge | None
    head: tuple[Dense, ...]
    leak: float
    angle_bins: int
    depth_input: DepthInput
    normalisation: Normalisation

    @property
    def feature_shape(self) -> tuple[int, int, int]:
        """Rows, columns, channels of what the convolutions make of a crop."""
        shape = self.image_shape
        for layer in self.convolutions:
            shape = layer.output_shape(shape)
        return shape

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases."""
        layers: list[Convolution | Dense] = [*self.convolutions, *self.image_layers]
        layers += [*self.pose_layers, *self.head]
        arrays = [array for layer in layers for array in (layer.weights, layer.biases)]
        if self.merge is not None:
            arrays += [self.merge.image_weights, self.merge.pose_weights, self.merge.biases]
        return sum(array.size for array in arrays)
