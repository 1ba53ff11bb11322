# SPDX-License-Identifier: Apache-2.0
"""Models on held-out examples: predict, score, draw, report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from pinch_core.perception.crop import fill_gaps
from pinch_core.report.page import Picture
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.groups import SplitUnit
from pinch_datagen.errors import DatagenError
from pinch_training.errors import EvaluationError
from pinch_training.evaluation.evaluation import Evaluation, Scores, SplitEvaluation
from pinch_training.evaluation.mistakes import Showcase, draw_sheet
from pinch_training.evaluation.plots import draw_evaluation
from pinch_training.evaluation.predictions import Bool, Float64, Int64, Predictor, checked
from pinch_training.evaluation.report import SplitFigures, check_folder, write_report

# 16 MiB of crops of 32 px, 150 MiB of 96 px.
EXAMPLES_AT_ONCE = 4096


def evaluate(
    models: Mapping[str, Predictor],
    dataset: Dataset,
    indices_by_split: Mapping[str, Int64],
    out: Path,
    rng: np.random.Generator,
) -> Evaluation:
    """Score every model on every split and leave report.html, metrics.json and metrics.csv in ``out``.

    Args:
        models: by the name that the report shows.
        dataset: with crops of the size that each model takes.
        indices_by_split: by name; the examples of each, none of which a model was trained on.
        out: a folder that appears or is replaced when all is done.
        rng: draws the resamples behind the intervals.

    Raises:
        EvaluationError: no model, an empty split, predictions that are no probabilities, or ``out`` holds
            something else than a report.
        UnknownNameError: the dataset lacks crops of a size.
        DamagedDatasetError, OutputError: a file cannot be read or written.
    """
    if not models or not indices_by_split:
        raise EvaluationError(
            f"{len(models)} models on {len(indices_by_split)} splits leave nothing to report; give both."
        )
    for name, indices in indices_by_split.items():
        if len(indices) == 0:
            raise EvaluationError(f"split '{name}' holds 0 examples; give a larger share or dataset.")
    check_folder(out)
    unit, groups = _independent_groups(dataset)
    splits = {
        name: _evaluate_split(models, dataset, np.sort(np.asarray(indices, np.int64)), groups, rng)
        for name, indices in indices_by_split.items()
    }
    evaluation = Evaluation(dataset.path, unit, splits)
    write_report(out, evaluation, _figures(models, dataset, evaluation))
    return evaluation


def _independent_groups(dataset: Dataset) -> tuple[SplitUnit, Int64]:
    """Objects, or images where the layout names no objects."""
    try:
        return SplitUnit.OBJECT, dataset.group_ids(SplitUnit.OBJECT)
    except DatagenError:
        return SplitUnit.IMAGE, dataset.group_ids(SplitUnit.IMAGE)


def _evaluate_split(
    models: Mapping[str, Predictor],
    dataset: Dataset,
    indices: Int64,
    groups: Int64,
    rng: np.random.Generator,
) -> SplitEvaluation:
    labels, group = dataset.labels()[indices], groups[indices]
    q = _predictions(models, dataset, indices, labels)
    scores = {model: Scores.of(labels, q[model], group, rng) for model in models}
    return SplitEvaluation(indices, labels, len(np.unique(group)), q, scores)


def _predictions(
    models: Mapping[str, Predictor], dataset: Dataset, indices: Int64, labels: Bool
) -> dict[str, Float64]:
    """By model; crops are read once for all models of a size."""
    depths = dataset.depths()
    parts: dict[str, list[Float64]] = {name: [] for name in models}
    for start in range(0, len(indices), EXAMPLES_AT_ONCE):
        rows = slice(start, start + EXAMPLES_AT_ONCE)
        here = indices[rows]
        crops = {
            size: fill_gaps(dataset.crops(size, here)) for size in {m.crop_size for m in models.values()}
        }
        for name, model in models.items():
            q = model.predict(crops[model.crop_size], depths[here])
            try:
                parts[name].append(checked(labels[rows], q)[1])
            except EvaluationError as error:
                raise EvaluationError(f"model '{name}' cannot be evaluated: {error}") from error
    return {name: np.concatenate(q) for name, q in parts.items()}


def _figures(
    models: Mapping[str, Predictor], dataset: Dataset, evaluation: Evaluation
) -> dict[str, SplitFigures]:
    showcase = Showcase.of(dataset)
    return {
        name: SplitFigures(list(draw_evaluation(split)), list(_sheets(models, showcase, split)))
        for name, split in evaluation.splits.items()
    }


def _sheets(models: Mapping[str, Predictor], showcase: Showcase, split: SplitEvaluation) -> Iterator[Picture]:
    for model, predictor in models.items():
        for succeeds, kind in ((False, "false positives"), (True, "false negatives")):
            worst = showcase.worst(
                model, predictor.crop_size, split.indices, split.labels, split.q[model], succeeds
            )
            yield Picture(f"{kind.capitalize()} of {model}", draw_sheet(worst))
