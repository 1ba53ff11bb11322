# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from pinch_training.errors import EvaluationError
from pinch_training.evaluation.baselines import (
    TREE_DEPTH,
    TREES,
    PixelScale,
    RandomForest,
    SupportVectorMachine,
)
from pinch_training.evaluation.histogram_of_gradients import histograms_of_gradients

BASELINES = (RandomForest, SupportVectorMachine)


def bars(seed: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A bar 3 cm above a table, along the jaws where the grasp fails, across them where it succeeds."""
    rng = np.random.default_rng(seed)
    labels = rng.random(count) < 0.4
    depths = rng.uniform(0.6, 0.65, count).astype(np.float32)
    images = np.repeat(depths + np.float32(0.02), 32 * 32).reshape(count, 32, 32)
    shift = rng.integers(-3, 4, count)
    for image, label, offset in zip(images, labels, shift, strict=True):
        bar = (slice(13 + offset, 19 + offset), slice(4, 28))
        image[bar[::-1] if label else bar] -= 0.03
    images += rng.normal(0, 0.001, images.shape).astype(np.float32)
    images[rng.random(images.shape) < 0.002] = np.nan
    return images, depths, labels


def test_a_ramp_votes_for_one_orientation_and_blocks_share_its_norm() -> None:
    down, across = np.mgrid[:32, :32].astype(float)[:, None]
    for ramp, orientation in ((across, 0), (down, 4), (-down, 4), (down - across, 6)):
        blocks = histograms_of_gradients(ramp).reshape(3, 3, 4, 9)
        assert np.count_nonzero(blocks[1, 1].sum(axis=0)) == 1
        np.testing.assert_allclose(blocks[1, 1][:, orientation], 0.5, atol=1e-6)


def test_histograms_do_not_change_with_height_strength_or_sign_of_relief() -> None:
    images = np.random.default_rng(0).normal(size=(5, 32, 32))
    histograms = histograms_of_gradients(images)
    assert histograms.shape == (5, 324)
    np.testing.assert_allclose(np.linalg.norm(histograms.reshape(5, 9, 36), axis=-1), 1.0, atol=1e-5)
    for other in (images + 3.0, 5.0 * images, -images):
        np.testing.assert_allclose(histograms_of_gradients(other), histograms, atol=1e-4)


def test_half_turn_reverses_the_cells() -> None:
    images = np.random.default_rng(1).normal(size=(2, 32, 32))
    turned = histograms_of_gradients(images[:, ::-1, ::-1]).reshape(2, 3, 3, 2, 2, 9)
    expected = histograms_of_gradients(images).reshape(2, 3, 3, 2, 2, 9)[:, ::-1, ::-1, ::-1, ::-1]
    np.testing.assert_allclose(turned, expected, atol=1e-6)


def histogram_of_one_image(image: np.ndarray) -> np.ndarray:
    """The definition, pixel by pixel."""
    cells = np.zeros((4, 4, 9))
    for row, column in np.ndindex(32, 32):
        down = image[row + 1, column] - image[row - 1, column] if 0 < row < 31 else 0.0
        right = image[row, column + 1] - image[row, column - 1] if 0 < column < 31 else 0.0
        degrees = np.rad2deg(np.arctan2(down, right)) % 180
        cells[row // 8, column // 8, min(int(degrees // 20), 8)] += np.hypot(down, right) / 64
    vectors = []
    for row, column in np.ndindex(3, 3):
        block = cells[row : row + 2, column : column + 2].ravel()
        block = np.minimum(block / np.sqrt(np.sum(block**2) + 1e-10), 0.2)
        vectors.append(block / np.sqrt(np.sum(block**2) + 1e-10))
    return np.concatenate(vectors)


def test_histograms_are_those_of_the_definition() -> None:
    images = np.random.default_rng(2).normal(size=(3, 32, 32))
    images[1, 12:20, 12] += 30.0  # one strong edge, which is clipped
    images[2] = 0.0
    expected = [histogram_of_one_image(image) for image in images]
    np.testing.assert_allclose(histograms_of_gradients(images), expected, atol=1e-6)
    assert histograms_of_gradients(images)[2].max() == 0.0


def test_training_pixels_are_scaled_to_mean_0_and_deviation_1() -> None:
    images, depths, _ = bars(0, 50)
    scale = PixelScale.of(images, depths)
    for values in (scale.pixels(images, depths), scale.depths(depths)):
        assert values.dtype == np.float32
        assert (values.mean(), values.std()) == pytest.approx((0.0, 1.0), abs=1e-4)
    constant = PixelScale.of(np.ones((2, 32, 32), np.float32), np.ones(2, np.float32))
    assert np.isfinite(constant.pixels(images, depths)).all()


@pytest.mark.parametrize("baseline", BASELINES)
def test_baselines_learn_which_way_a_bar_lies(baseline: type[RandomForest | SupportVectorMachine]) -> None:
    images, depths, labels = bars(0, 400)
    model = baseline.train(images, depths, labels, np.random.default_rng(0))
    unseen, unseen_depths, truth = bars(1, 200)
    q = model.predict(unseen, unseen_depths)
    assert q.shape == (200,)
    assert ((q >= 0) & (q <= 1)).all()
    assert roc_auc_score(truth, q) > 0.95
    assert np.mean((q > 0.5) == truth) > 0.9
    order = np.random.default_rng(0).permutation(200)
    np.testing.assert_allclose(model.predict(unseen[order], unseen_depths[order]), q[order], atol=1e-6)


@pytest.mark.parametrize("baseline", BASELINES)
def test_equal_generators_train_equal_models(baseline: type[RandomForest | SupportVectorMachine]) -> None:
    images, depths, labels = bars(2, 120)
    first, again = (
        baseline.train(images, depths, labels, np.random.default_rng(3)).predict(images, depths)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, again)


def test_settings_are_those_of_the_paper() -> None:
    images, depths, labels = bars(4, 60)
    forest = RandomForest.train(images, depths, labels, np.random.default_rng(0)).forest
    assert (TREES, TREE_DEPTH) == (len(forest.estimators_), forest.max_depth) == (200, 10)
    assert forest.n_features_in_ == 32 * 32 + 1
    machine = SupportVectorMachine.train(images, depths, labels, np.random.default_rng(0)).machine
    assert (machine.estimator.kernel, machine.estimator.C) == ("rbf", 1.0)


def test_support_vector_machine_trains_on_no_more_than_its_cap() -> None:
    images, depths, labels = bars(5, 300)
    model = SupportVectorMachine.train(images, depths, labels, np.random.default_rng(0), examples=80)
    (fitted,) = model.machine.calibrated_classifiers_
    assert fitted.estimator.shape_fit_[0] == 80


@pytest.mark.parametrize("baseline", BASELINES)
def test_unusable_training_data_is_refused(baseline: type[RandomForest | SupportVectorMachine]) -> None:
    images, depths, labels = bars(6, 20)
    rng = np.random.default_rng(0)
    with pytest.raises(EvaluationError, match="all 20 training examples have the same label"):
        baseline.train(images, depths, np.ones(20, bool), rng)
    with pytest.raises(EvaluationError, match=r"crops \[20, 16, 16\].* crops of 32 px"):
        baseline.train(images[:, ::2, ::2], depths, labels, rng)
    with pytest.raises(EvaluationError, match=r"depths \[19\] do not fit 20 labels"):
        baseline.train(images, depths[1:], labels, rng)


def test_folds_need_examples_of_both_classes() -> None:
    images, depths, _ = bars(7, 30)
    with pytest.raises(EvaluationError, match="one class has 2 of the 30 examples"):
        SupportVectorMachine.train(images, depths, np.arange(30) < 2, np.random.default_rng(0))
