# SPDX-License-Identifier: Apache-2.0
"""The figures of an experiment as one JSON document."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pinch_benchmark.report.summary import LabelAgreement, MethodSummary, RecognitionSummary
from pinch_benchmark.run.experiment import Experiment
from pinch_core.machine_facts import machine_facts
from pinch_core.share import Share


def report_document(
    experiment: Experiment,
    summaries: Sequence[MethodSummary],
    recognized: Sequence[RecognitionSummary],
    agreement: LabelAgreement,
) -> dict[str, object]:
    """What programs read: figures of the methods with their intervals, and of what they depend on."""
    return {
        "benchmark": "grasp",
        "objects": str(experiment.objects or "generated"),
        "gripper": experiment.gripper,
        "seed": experiment.seed,
        "gripper_error_m": experiment.gripper_error,
        "methods": [
            {
                "method": summary.method,
                "success": share_document(summary.success),
                "precision": share_document(summary.precision),
                "robust_rate": share_document(summary.robust),
                "collided": share_document(summary.collided),
                "outcomes": summary.outcomes,
                "planning_s": finite(summary.planning_s),
                "physics_s": finite(summary.physics_s),
            }
            for summary in summaries
        ],
        "recognition": [
            {
                "method": each.method,
                "recognized": share_document(each.recognized),
                "median_surface_error_m": finite(each.surface),
                "median_translation_error_m": finite(each.translation),
                "median_rotation_error_rad": finite(each.rotation),
            }
            for each in recognized
        ],
        "label_against_physics": {
            "grasps": agreement.grasps,
            "rank_correlation": finite(agreement.rank_correlation),
            "held_if_good": share_document(agreement.held_if_good),
            "held_if_bad": share_document(agreement.held_if_bad),
        },
        "machine": machine_facts(),
    }


def share_document(share: Share) -> dict[str, object]:
    """Count, total, value and interval."""
    low, high = share.interval
    return {
        "count": share.count,
        "total": share.total,
        "value": finite(share.value),
        "wilson_95": [finite(low), finite(high)],
    }


def finite(value: float) -> float | None:
    """JSON knows no NaN."""
    return None if math.isnan(value) else value
