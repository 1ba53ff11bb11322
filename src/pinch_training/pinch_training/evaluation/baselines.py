# SPDX-License-Identifier: Apache-2.0
"""The paper's learned baselines ML-RF and ML-SVM, as scikit-learn has them (P V-A).

Both take crops of 32 x 32 pixels, normalised by the mean and standard deviation of all training pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC

from pinch_core.perception.crop import CROP_32, fill_gaps
from pinch_training.errors import EvaluationError
from pinch_training.evaluation.histogram_of_gradients import histograms_of_gradients
from pinch_training.evaluation.predictions import Bool, Float32, Float64

TREES, TREE_DEPTH = 200, 10
PENALTY = 1.0

# Kernel machines take time with the square of the examples: 10,000 are half a minute, and all that pays.
SVM_EXAMPLES = 10_000
PLATT_FOLDS = 5


@dataclass(frozen=True)
class PixelScale:
    """Mean and standard deviation of pixels and of grasp depths [m]."""

    pixel_mean: float
    pixel_std: float
    depth_mean: float
    depth_std: float

    @staticmethod
    def of(crops: Float32, depths: Float32) -> PixelScale:
        filled = _seen(crops, depths)
        values = (filled.mean(dtype=np.float64), filled.std(dtype=np.float64), depths.mean(), depths.std())
        pixel_mean, pixel_std, depth_mean, depth_std = map(float, values)
        return PixelScale(pixel_mean, pixel_std or 1.0, depth_mean, depth_std or 1.0)

    def pixels(self, crops: Float32, depths: Float32) -> Float32:
        """Float32[N, size, size] without unit or gaps."""
        normalised = (_seen(crops, depths) - self.pixel_mean) / self.pixel_std
        return normalised.astype(np.float32, copy=False)

    def depths(self, depths: Float32) -> Float32:
        normalised = (depths - self.depth_mean) / self.depth_std
        return normalised.astype(np.float32, copy=False)


@dataclass(frozen=True, eq=False)
class RandomForest:
    """ML-RF: 200 trees of depth 10 on normalised pixels and grasp depth, else scikit-learn's defaults."""

    scale: PixelScale
    forest: RandomForestClassifier
    crop_size: int = CROP_32.size

    @staticmethod
    def train(crops: Float32, depths: Float32, labels: Bool, rng: np.random.Generator) -> RandomForest:
        """Grow it on Float32[N, 32, 32] [m], Float32[N] [m], Bool[N].

        Raises:
            EvaluationError: another crop size or number of examples, or one class only.
        """
        _check(crops, depths, labels)
        scale = PixelScale.of(crops, depths)
        forest = RandomForestClassifier(TREES, max_depth=TREE_DEPTH, n_jobs=-1, random_state=_seed(rng))
        return RandomForest(scale, forest.fit(pixels_and_depth(scale, crops, depths), labels))

    def predict(self, crops: Float32, depths: Float32) -> Float64:
        features = pixels_and_depth(self.scale, crops, depths)
        return np.asarray(self.forest.predict_proba(features)[:, 1])


@dataclass(frozen=True, eq=False)
class SupportVectorMachine:
    """ML-SVM: RBF kernel, C = 1, gamma = 1 / (features x variance), on histograms of oriented gradients.

    Its margin becomes a probability by Platt's sigmoid, fitted to the margins of 5-fold cross-validation.
    """

    scale: PixelScale
    machine: CalibratedClassifierCV
    crop_size: int = CROP_32.size

    @staticmethod
    def train(
        crops: Float32, depths: Float32, labels: Bool, rng: np.random.Generator, examples: int = SVM_EXAMPLES
    ) -> SupportVectorMachine:
        """Fit it to at most ``examples`` of Float32[N, 32, 32] [m], Float32[N] [m], Bool[N], drawn at random.

        Raises:
            EvaluationError: as :meth:`RandomForest.train`, or a class with fewer examples than folds.
        """
        _check(crops, depths, labels)
        rows = np.sort(rng.choice(len(labels), min(examples, len(labels)), replace=False))
        crops, depths, labels = crops[rows], depths[rows], labels[rows]
        fewest = int(min(labels.sum(), (~labels).sum()))
        if fewest < PLATT_FOLDS:
            raise EvaluationError(
                f"one class has {fewest} of the {len(labels)} examples, too few for {PLATT_FOLDS} folds; "
                "train ML-SVM on more."
            )
        scale = PixelScale.of(crops, depths)
        machine = CalibratedClassifierCV(SVC(C=PENALTY, kernel="rbf"), cv=PLATT_FOLDS, ensemble=False)
        return SupportVectorMachine(
            scale, machine.fit(histograms_of_gradients(scale.pixels(crops, depths)), labels)
        )

    def predict(self, crops: Float32, depths: Float32) -> Float64:
        features = histograms_of_gradients(self.scale.pixels(crops, depths))
        return np.asarray(self.machine.predict_proba(features)[:, 1])


def pixels_and_depth(scale: PixelScale, crops: Float32, depths: Float32) -> Float32:
    """Float32[N, size * size + 1], what the forest sees of crops and depths."""
    pixels = scale.pixels(crops, depths).reshape(len(crops), -1)
    return np.concatenate([pixels, scale.depths(depths)[:, None]], axis=1, dtype=np.float32)


def _seen(crops: Float32, depths: Float32) -> Float32:
    """Depth from the camera, which these learn from, without gaps."""
    return fill_gaps(crops + depths[:, None, None])


def _check(crops: Float32, depths: Float32, labels: NDArray[Any]) -> None:
    expected = (len(labels), CROP_32.size, CROP_32.size)
    if crops.shape != expected or depths.shape != labels.shape:
        raise EvaluationError(
            f"crops {list(crops.shape)} and depths {list(depths.shape)} do not fit {len(labels)} labels "
            f"and crops of {CROP_32.size} px; give the same examples of all three."
        )
    if len(np.unique(labels)) < 2:
        raise EvaluationError(f"all {len(labels)} training examples have the same label; give some of both.")


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))
