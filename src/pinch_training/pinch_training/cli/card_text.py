# SPDX-License-Identifier: Apache-2.0
"""A model card for people: Markdown that also reads well in a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta

from pinch_core.networks.model_card import ModelCard, SplitMetrics

_UNKNOWN = "unknown"


def card_text(card: ModelCard) -> str:
    """Everything that a card says."""
    nearest, farthest = card.trained_depth_range
    sections = [
        "## For",
        _table(
            ("gripper", "jaws open up to", "depths of grasps", "focal lengths", "camera from the vertical"),
            [
                (
                    card.gripper,
                    f"{card.jaw_width * 1e3:g} mm",
                    f"{nearest:.3g} m to {farthest:.3g} m",
                    _range(card.trained_focal_range, 1.0, "px"),
                    _range(card.trained_tilt_range, math.degrees(1.0), "degrees"),
                )
            ],
        ),
        "## How well it does",
        _metrics(card.metrics) if card.metrics else "It was never measured.",
        "## Trained on",
        f"{card.examples:,} examples of {card.objects:,} objects:",
        _table(
            ("meshes", "licence", "objects"),
            [(source.name, source.licence, f"{source.objects:,}") for source in card.mesh_sources],
        ),
        *_data(card),
        "## Trained how",
        f"In {_duration(card.seconds)} on {card.machine}, by pinch {card.pinch_version}, on {card.date}.",
        f"Fine-tuned from the network {card.parent}." if card.parent else "Trained from scratch.",
        _yaml(card.train_config),
    ]
    return "\n\n".join(sections)


def _range(values: tuple[float, float] | None, factor: float, unit: str) -> str:
    if values is None:
        return _UNKNOWN
    low, high = (factor * value for value in values)
    return f"{low:.3g} to {high:.3g} {unit}"


def _data(card: ModelCard) -> Sequence[str]:
    if not card.data_config:  # recorded attempts cannot be made again
        return [card.data_command]
    return [
        "The data are made again by",
        f"    {card.data_command}",
        "with this config:",
        _yaml(card.data_config),
    ]


def _metrics(metrics: Sequence[SplitMetrics]) -> str:
    header = (
        "split",
        "examples",
        "positive",
        "AP",
        "ROC AUC",
        "accuracy",
        "balanced accuracy",
        "precision at q > 0.5",
        "ECE",
    )
    return _table(
        header,
        [
            (
                m.split,
                f"{m.examples:,}",
                _UNKNOWN if m.base_rate is None else f"{m.base_rate:.1%}",
                *(
                    _UNKNOWN if value is None else f"{value:.4f}"
                    for value in (
                        m.average_precision,
                        m.roc_auc,
                        m.accuracy,
                        m.balanced_accuracy,
                        m.precision_at_half,
                        m.ece,
                    )
                ),
            )
            for m in metrics
        ],
    )


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = (header, tuple("-" * width for width in widths), *rows)
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    )


def _yaml(text: str) -> str:
    return f"```yaml\n{text.rstrip()}\n```"


def _duration(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds < 60 else f"{timedelta(seconds=round(seconds))} h"
