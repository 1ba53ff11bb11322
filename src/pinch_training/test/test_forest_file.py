# SPDX-License-Identifier: Apache-2.0
"""A forest in a file answers as scikit-learn's own does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pinch_training.errors import EvaluationError
from pinch_training.evaluation.baselines import RandomForest
from pinch_training.evaluation.forest_file import StoredForest, write_forest
from pinch_training.evaluation.predictions import Bool, Float32

COUNT = 400


def examples(seed: int) -> tuple[Float32, Float32, Bool]:
    """A grasp is good where a bump stands in the middle of its crop."""
    rng = np.random.default_rng(seed)
    images = rng.normal(0.7, 0.002, (COUNT, 32, 32)).astype(np.float32)
    good = rng.random(COUNT) < 0.5
    images[good, 12:20, 12:20] -= np.float32(0.02)
    return images, rng.normal(0.69, 0.01, COUNT).astype(np.float32), good


@pytest.fixture(scope="module")
def forest() -> RandomForest:
    return RandomForest.train(*examples(0), np.random.default_rng(0))


def test_a_stored_forest_answers_as_the_one_that_was_stored(forest: RandomForest, tmp_path: Path) -> None:
    write_forest(tmp_path / "forest.onnx", forest, {"a note": "kept"})
    stored = StoredForest(tmp_path / "forest.onnx")
    images, depths, good = examples(1)
    q = stored.predict(images, depths)
    assert q == pytest.approx(forest.predict(images, depths), abs=1e-5)
    assert np.mean((q > 0.5) == good) > 0.95
    assert stored.notes == {"a note": "kept"}
    assert stored.crop_size == 32


def test_no_crops_have_no_quality(forest: RandomForest, tmp_path: Path) -> None:
    write_forest(tmp_path / "forest.onnx", forest, {})
    images, depths, _ = examples(1)
    assert len(StoredForest(tmp_path / "forest.onnx").predict(images[:0], depths[:0])) == 0


def test_a_forest_of_trees_that_cannot_be_is_refused_in_one_sentence(
    forest: RandomForest, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "forest.onnx"
    write_forest(path, forest, {})
    content = path.read_bytes()
    for old, new in (
        (b"BRANCH_LEQ", b"BRANCH_LXQ"),
        (b"n_targets\x18\x01", b"n_targets\x18\x00"),
        (b"features", b"featurez"),
    ):
        path.write_bytes(content.replace(old, new, 1))
        with pytest.raises(EvaluationError, match=r"^[^\n]*forest\.onnx holds no random forest [^\n]*\.$"):
            StoredForest(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("content", [b"", b"no model", b"\x08\x08"])
def test_a_file_that_is_no_forest_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "forest.onnx"
    path.write_bytes(content)
    with pytest.raises(EvaluationError, match=r"forest\.onnx holds no random forest"):
        StoredForest(path)
