# SPDX-License-Identifier: Apache-2.0
"""The figures of a model card, a line for each split."""

from __future__ import annotations

from pinch_core.networks.model_card import SplitMetrics


def metrics_text(metrics: SplitMetrics) -> str:
    """Such as ``held-out objects: 900 examples, AP 0.9876, ...``; ``unknown`` for what has no value."""
    figures = {
        "AP": metrics.average_precision,
        "AUC": metrics.roc_auc,
        "accuracy": metrics.accuracy,
        "balanced": metrics.balanced_accuracy,
        "precision at q > 0.5": metrics.precision_at_half,
        "ECE": metrics.ece,
    }
    values = [f"{name} {'unknown' if value is None else f'{value:.4f}'}" for name, value in figures.items()]
    return ", ".join([f"{metrics.split}: {metrics.examples:,} examples", *values])
