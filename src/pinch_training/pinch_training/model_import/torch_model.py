# SPDX-License-Identifier: Apache-2.0
"""From a published model to pinch's own network."""

from __future__ import annotations

import numpy as np
import torch

from pinch_core.errors import ConfigError
from pinch_core.networks.architecture import Convolution, GqcnnArchitecture, LocalResponse
from pinch_core.networks.gqcnn import GQCNN
from pinch_training.errors import UnsupportedModelError
from pinch_training.model_import import layers
from pinch_training.model_import.layers import Dense, Float32
from pinch_training.model_import.published_model import DepthInput, PublishedModel


def to_gqcnn(model: PublishedModel) -> GQCNN:
    """The network, set to evaluate; from equal inputs in metres it computes equal logits.

    Raises:
        UnsupportedModelError: the network has another form than :class:`GqcnnArchitecture` describes.
    """
    network = GQCNN(to_architecture(model))
    network.load_state_dict({name: torch.from_numpy(array) for name, array in to_state(model).items()})
    return network.eval()


def to_architecture(model: PublishedModel) -> GqcnnArchitecture:
    """The form of the network; UnsupportedModelError as in :func:`to_gqcnn`."""
    rows, columns, channels = model.image_shape
    if rows != columns or channels != 1:
        raise UnsupportedModelError(
            f"The model sees {rows} x {columns} pixels of {channels} channels; pinch cuts square depth crops."
        )
    if model.leak:
        raise UnsupportedModelError(
            f"The model's activation has the slope {model.leak:g} below zero; pinch knows ReLU, slope 0."
        )
    dense = _dense_layers(model)
    try:
        return GqcnnArchitecture(
            crop_size=rows,
            convolutions=tuple(_convolution(layer) for layer in model.convolutions),
            image_features=len(dense["image_fc"].biases),
            pose_features=len(dense["pose_fc"].biases) if "pose_fc" in dense else 0,
            merge_features=len(dense["merge_fc"].biases),
            pose_inputs=max(1, len(model.normalisation.pose_mean)),
            depth_in_image=model.depth_input is DepthInput.SUBTRACTED,
            angles=model.angle_bins,
        )
    except ConfigError as error:
        raise UnsupportedModelError(f"The model has a form that pinch does not know: {error}") from error


def to_state(model: PublishedModel) -> dict[str, Float32]:
    """Parameters and normalisation by the names and in the layout of :class:`GQCNN`: convolutions
    [out, in, row, column], dense layers [out, in].
    """
    norm = model.normalisation
    state: dict[str, Float32] = {
        "image_mean": np.array(norm.image_mean, dtype=np.float32),
        "image_std": np.array(norm.image_std, dtype=np.float32),
        # A network without pose stream still has the depth as its one pose input.
        "pose_mean": np.array(norm.pose_mean if len(norm.pose_mean) else [0.0], dtype=np.float32),
        "pose_std": np.array(norm.pose_std if len(norm.pose_std) else [1.0], dtype=np.float32),
    }
    for number, layer in enumerate(model.convolutions):
        state[f"convolutions.{number}.weight"] = layer.weights.transpose(3, 2, 0, 1).copy()
        state[f"convolutions.{number}.bias"] = layer.biases
    for name, dense in _dense_layers(model).items():
        state[f"{name}.weight"] = dense.weights.T.copy()
        state[f"{name}.bias"] = dense.biases
    return state


def _dense_layers(model: PublishedModel) -> dict[str, Dense]:
    """The dense layers by :class:`GQCNN`'s names, of which two see the image and one follows; the pose
    joins in the second.
    """
    merge = model.merge
    joined = []
    if merge is not None:
        joined = [Dense(merge.name, np.concatenate([merge.image_weights, merge.pose_weights]), merge.biases)]
    trunk = [*model.image_layers, *joined, *model.head]
    if len(trunk) != 3 or len(model.pose_layers) != len(joined) or (joined and len(model.image_layers) != 1):
        names = [layer.name for layer in (*model.pose_layers, *trunk)]
        raise UnsupportedModelError(
            f"The model has the dense layers {', '.join(names)}; pinch knows three, and one for the pose "
            "that joins in the second."
        )
    named = dict(zip(("image_fc", "merge_fc", "output_fc"), trunk, strict=True))
    return named | {"pose_fc": model.pose_layers[0]} if joined else named


def _convolution(layer: layers.Convolution) -> Convolution:
    pool, norm = layer.pool, layer.norm
    if pool is not None and pool.size != pool.stride:
        raise UnsupportedModelError(
            f"Layer '{layer.name}' pools {pool.size} pixels every {pool.stride}; pinch knows pools that do "
            "not overlap."
        )
    return Convolution(
        kernel=len(layer.weights),
        channels=len(layer.biases),
        same=layer.padding is layers.Padding.SAME,
        pool=pool.size if pool else 1,
        normalization=LocalResponse(norm.radius, norm.alpha, norm.beta, norm.bias) if norm else None,
    )
