# SPDX-License-Identifier: Apache-2.0
"""A random forest as an ONNX file: unlike a pickle it runs nothing but trees, and any version can read it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper

from pinch_core.atomic_file import write_file
from pinch_training.errors import EvaluationError
from pinch_training.evaluation.baselines import PixelScale, RandomForest, pixels_and_depth
from pinch_training.evaluation.predictions import Float32, Float64

OPSETS = (("", 17), ("ai.onnx.ml", 3))
IR_VERSION = 8
INPUT = "features"
LOG_FATAL = 4
SCALE = ("pixel_mean", "pixel_std", "depth_mean", "depth_std")


class StoredForest:
    """A forest read from a file, scored by ONNX Runtime. ``notes``: what was written with it.

    Raises:
        EvaluationError: the file is not one of :func:`write_forest`.
    """

    def __init__(self, path: Path) -> None:
        options = ort.SessionOptions()
        options.log_severity_level = LOG_FATAL  # its own complaint would come before ours
        try:
            onnx.checker.check_model(str(path))
            model = onnx.load(path)
            self.notes: dict[str, str] = {prop.key: prop.value for prop in model.metadata_props}
            self._scale = PixelScale(*(float(self.notes.pop(name)) for name in SCALE))
            self.crop_size = int(self.notes.pop("crop_size"))
            self._session = ort.InferenceSession(
                model.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
            (features,) = self._session.get_inputs()
            if features.name != INPUT or features.shape[1:] != [self.crop_size**2 + 1]:
                raise ValueError(f"it takes {features.name} {features.shape}")
        except Exception as error:  # what ONNX and its runtime raise on damaged bytes is open-ended
            reason = " ".join(str(error).split())
            raise EvaluationError(
                f"{path} holds no random forest ({reason}); delete it, and it is trained again."
            ) from error

    @property
    def engine(self) -> str:
        """What runs it, in words."""
        return "random forest, ONNX Runtime"

    def predict(self, crops: Float32, depths: Float32) -> Float64:
        """Float64[N], the fraction of trees that predict success, of crops Float32[N, S, S] and depths
        Float32[N] [m].
        """
        if not len(crops):
            return np.empty(0)
        answer = self._session.run(None, {INPUT: pixels_and_depth(self._scale, crops, depths)})[0]
        return np.asarray(answer, dtype=np.float64)[:, 0].clip(0.0, 1.0)


def write_forest(path: Path, forest: RandomForest, notes: Mapping[str, str]) -> None:
    """Write it, with notes in words."""
    model = helper.make_model(
        _graph(forest), opset_imports=[helper.make_opsetid(*opset) for opset in OPSETS], ir_version=IR_VERSION
    )
    scale = {name: repr(getattr(forest.scale, name)) for name in SCALE}
    helper.set_model_props(model, {**notes, **scale, "crop_size": str(forest.crop_size)})
    onnx.checker.check_model(model)
    write_file(path, model.SerializeToString())


def _graph(forest: RandomForest) -> onnx.GraphProto:
    trees = [estimator.tree_ for estimator in forest.forest.estimators_]
    counts = [tree.node_count for tree in trees]
    left, right, feature, limit, share = (
        np.concatenate(column)
        for column in zip(
            *(
                (
                    tree.children_left,
                    tree.children_right,
                    tree.feature,
                    tree.threshold,
                    tree.value[:, 0, 1] / tree.value[:, 0].sum(axis=1),
                )
                for tree in trees
            ),
            strict=True,
        )
    )
    tree_of = np.repeat(np.arange(len(trees)), counts)
    node = np.concatenate([np.arange(count) for count in counts])
    leaf = left < 0
    node_attributes = {
        "nodes_treeids": tree_of.tolist(),
        "nodes_nodeids": node.tolist(),
        "nodes_featureids": np.where(leaf, 0, feature).tolist(),
        "nodes_values": _rounded_down(np.where(leaf, 0.0, limit)).tolist(),
        "nodes_modes": np.where(leaf, "LEAF", "BRANCH_LEQ").tolist(),
        "nodes_truenodeids": np.where(leaf, 0, left).tolist(),
        "nodes_falsenodeids": np.where(leaf, 0, right).tolist(),
        "target_treeids": tree_of[leaf].tolist(),
        "target_nodeids": node[leaf].tolist(),
        "target_ids": np.zeros(int(leaf.sum()), int).tolist(),
        "target_weights": (share[leaf] / len(trees)).tolist(),
    }
    ensemble = helper.make_node(
        "TreeEnsembleRegressor",
        [INPUT],
        ["success"],
        domain="ai.onnx.ml",
        n_targets=1,
        aggregate_function="SUM",
        **node_attributes,
    )
    width = int(forest.forest.n_features_in_)
    return helper.make_graph(
        [ensemble],
        "random_forest",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info("success", TensorProto.FLOAT, [None, 1])],
    )


def _rounded_down(limits: NDArray[np.float64]) -> NDArray[np.float32]:
    """Features are single precision: they are below a limit where they are below this."""
    nearest = limits.astype(np.float32)
    return np.where(nearest > limits, np.nextafter(nearest, np.float32(-np.inf)), nearest).astype(np.float32)
