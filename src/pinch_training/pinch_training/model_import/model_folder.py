# SPDX-License-Identifier: Apache-2.0
"""Reader of published gqcnn model folders.

A folder holds ``architecture.json`` (layers by stream), ``config.json`` (sizes, how depth enters), mean and
standard deviation of the inputs as ``.npy`` and the variables as a TensorFlow checkpoint ``model.ckpt``.
"""

from __future__ import annotations

import enum
import math
from pathlib import Path
from typing import TypeVar

from pinch_core.errors import DamagedFileError
from pinch_training.errors import UnsupportedModelError
from pinch_training.model_import.input_statistics import read_normalisation
from pinch_training.model_import.json_object import JsonObject, read_json
from pinch_training.model_import.layer_variables import LayerVariables
from pinch_training.model_import.layers import Convolution, Dense, LocalResponseNorm, MaxPool, Merge, Padding
from pinch_training.model_import.published_model import DepthInput, PublishedModel
from pinch_training.model_import.tensor_bundle import Checkpoint

Shape = tuple[int, int, int]
Specs = list[tuple[str, JsonObject]]
E = TypeVar("E", bound=enum.Enum)


def read_published_model(folder: Path) -> PublishedModel:
    """Read a published model folder.

    Raises:
        DamagedFileError: a file is missing, truncated or corrupt, or the files do not belong together.
        UnsupportedModelError: the network has parts that pinch does not know.
    """
    config = read_json(folder / "config.json").object("gqcnn")
    path = folder / "architecture.json"
    architecture = read_json(path) if path.is_file() else config.object("architecture")
    depth_input = _member(DepthInput, config, "input_depth_mode", DepthInput.POSE_STREAM)
    image, pose, merged = (
        _Stream(architecture, name) for name in ("im_stream", "pose_stream", "merge_stream")
    )
    convolution_specs, image_specs, pose_specs = image.take("conv"), image.take("fc"), pose.take("pc")
    merge_specs, head_specs = merged.take("fc_merge"), merged.take("fc")
    for stream in (image, pose, merged):
        stream.require_empty()
    if len(merge_specs) != (depth_input is DepthInput.POSE_STREAM):
        raise UnsupportedModelError(
            f"{architecture.where} has {len(merge_specs)} layers that merge image and pose, which does not "
            f"fit 'input_depth_mode' = '{depth_input.value}'; give files that belong together."
        )

    normalisation = read_normalisation(folder, depth_input)
    variables = LayerVariables(Checkpoint(folder / "model.ckpt"), str(folder / "model.ckpt"))
    image_shape = config.count("im_height"), config.count("im_width"), config.count("im_channels")
    convolutions, feature_shape = _convolutions(convolution_specs, image_shape, config, variables)
    image_layers, features = _dense(image_specs, math.prod(feature_shape), variables)
    pose_layers, pose_features = _dense(pose_specs, len(normalisation.pose_mean), variables)
    merge: Merge | None = None
    for name, spec in merge_specs:
        merge = _merge(name, spec, features, pose_features, variables)
        features = len(merge.biases)
    head, outputs = _dense(head_specs, features, variables)

    angle_bins = config.count("angular_bins", 0, least=0) or 1
    if outputs != 2 * angle_bins:
        raise UnsupportedModelError(
            f"{architecture.where} gives {outputs} outputs where failure and success at {angle_bins} angles "
            f"need {2 * angle_bins}; give a network that classifies."
        )
    return PublishedModel(
        image_shape=image_shape,
        convolutions=convolutions,
        image_layers=image_layers,
        pose_layers=pose_layers,
        merge=merge,
        head=head,
        leak=config.number("relu_coeff", 0.0),
        angle_bins=angle_bins,
        depth_input=depth_input,
        normalisation=normalisation,
    )


class _Stream:
    """The layers of a stream not taken yet; those of size 0 count as absent."""

    def __init__(self, architecture: JsonObject, name: str) -> None:
        self._where = f"{architecture.where}, '{name}'"
        specs = architecture.object(name).objects() if name in architecture.values else {}
        self._specs = [(layer, s) for layer, s in specs.items() if s.values.get("out_size") != 0]

    def take(self, kind: str) -> Specs:
        """The next layers, as far as they are of ``kind``."""
        taken = []
        while self._specs and self._specs[0][1].text("type") == kind:
            taken.append(self._specs.pop(0))
        return taken

    def require_empty(self) -> None:
        for name, spec in self._specs:
            raise UnsupportedModelError(
                f"{self._where} has the layer '{name}' of type '{spec.text('type')}', which pinch does not "
                "know in this place; give a network of convolutions, then dense layers."
            )


def _convolutions(
    specs: Specs, shape: Shape, config: JsonObject, variables: LayerVariables
) -> tuple[tuple[Convolution, ...], Shape]:
    layers = []
    for name, spec in specs:
        size, channels = spec.count("filt_dim"), spec.count("num_filt")
        weights, biases = variables.read(name, (size, size, shape[-1], channels))
        padding = _member(Padding, spec, "pad", Padding.SAME)
        layer = Convolution(name, weights, biases, padding, _pool(spec), _norm(spec, config))
        shape = layer.output_shape(shape)
        if min(shape) < 1:
            raise DamagedFileError(f"{spec.where} leaves nothing of the image; fetch the model again.")
        layers.append(layer)
    return tuple(layers), shape


def _dense(specs: Specs, size: int, variables: LayerVariables) -> tuple[tuple[Dense, ...], int]:
    layers = []
    for name, spec in specs:
        outputs = spec.count("out_size")
        layers.append(Dense(name, *variables.read(name, (size, outputs))))
        size = outputs
    return tuple(layers), size


def _merge(
    name: str, spec: JsonObject, features: int, pose_features: int, variables: LayerVariables
) -> Merge:
    outputs = spec.count("out_size")
    return Merge(name, *variables.read(name, (features, outputs), (pose_features, outputs)))


def _pool(spec: JsonObject) -> MaxPool | None:
    pool = MaxPool(spec.count("pool_size", 1), spec.count("pool_stride", 1))
    return None if pool == MaxPool(1, 1) else pool


def _norm(spec: JsonObject, config: JsonObject) -> LocalResponseNorm | None:
    if not spec.values.get("norm"):
        return None
    kind = spec.text("norm_type", "local_response")
    if kind != "local_response":
        raise UnsupportedModelError(f"{spec.where} has 'norm_type' = '{kind}'; known: local_response.")
    radius, (alpha, beta, bias) = config.count("radius"), map(config.number, ("alpha", "beta", "bias"))
    return LocalResponseNorm(radius, alpha, beta, bias)


def _member(kind: type[E], values: JsonObject, key: str, default: E) -> E:
    """The enum member that a text stands for."""
    text = values.text(key, default.value)
    try:
        return kind(text)
    except ValueError:
        known = ", ".join(member.value for member in kind)
        raise UnsupportedModelError(f"{values.where} has '{key}' = '{text}'; known: {known}.") from None
