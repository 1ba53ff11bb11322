# SPDX-License-Identifier: Apache-2.0
"""The figures that describe a dataset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_datagen.dataset.manifest import Skipped
from pinch_datagen.dataset.tables import GraspKind
from pinch_datagen.inspect.measure import Measure
from pinch_datagen.inspect.negative_reason import IN_HEAPS, Reason
from pinch_datagen.inspect.subject import Bool, Float32, GraspPopulation, Subject

PAPER_POSITIVE_SHARE = 0.212  # of Dex-Net 2.0's examples (P IV)

HEAP_KINDS = (GraspKind.DRAWN, GraspKind.KNOWN_GOOD)
PERCENTILES = (5, 25, 50, 75, 95)


@dataclass(frozen=True)
class KindFigures:
    """Grasps of one kind; ``example_share`` of all examples, the other shares of this kind's."""

    kind: str
    grasps: int
    examples: int
    example_share: float
    positive_share: float
    collision_share: float


@dataclass(frozen=True)
class ObjectFigures:
    """Examples of one object."""

    name: str
    source: str
    examples: int
    positives: int
    positive_share: float


@dataclass(frozen=True)
class Quantiles:
    """Values at PERCENTILES of a quantity over ``grasps`` grasps, in SI units."""

    quantity: str
    grasps: int
    values: tuple[float, ...]


@dataclass(frozen=True)
class Statistics:
    """Shares are of examples. None or empty: the layout does not say."""

    dataset: str
    fingerprint: str | None
    robust_epsilon_threshold: float | None
    measure: str
    threshold: float
    torque_scale: float | None
    examples: int
    positives: int
    positive_share: float
    paper_positive_share: float
    collision_share: float | None
    grasps: int
    poses: int | None
    views: int | None
    kinds: tuple[KindFigures, ...]
    negatives: dict[str, int]
    percentiles: tuple[int, ...]
    quantiles: tuple[Quantiles, ...]
    objects: tuple[ObjectFigures, ...]
    skipped: tuple[Skipped, ...]
    warnings: tuple[str, ...]

    @property
    def ranked_objects(self) -> list[ObjectFigures]:
        """The largest share of positives first."""
        return sorted(self.objects, key=lambda figures: (-figures.positive_share, figures.name))


def compute_statistics(subject: Subject, population: GraspPopulation) -> Statistics:
    """All figures of a dataset."""
    everything = np.ones(len(population), np.bool_)
    negatives = population.examples - population.positives
    return Statistics(
        dataset=str(subject.path),
        fingerprint=subject.fingerprint,
        robust_epsilon_threshold=subject.threshold if subject.measure is Measure.EPSILON else None,
        measure=subject.measure.name,
        threshold=subject.threshold,
        torque_scale=subject.torque_scale,
        examples=int(population.examples.sum()),
        positives=int(population.positives.sum()),
        positive_share=_share(population.positives, population, everything),
        paper_positive_share=PAPER_POSITIVE_SHARE,
        collision_share=_collision_share(population, everything),
        grasps=len(population),
        poses=subject.poses,
        views=subject.views,
        kinds=_kinds(population),
        negatives={
            reason.text: int(negatives[population.reason == reason].sum()) for reason in _told(subject)
        },
        percentiles=PERCENTILES,
        quantiles=_quantiles(population),
        objects=_objects(population),
        skipped=subject.skipped,
        warnings=subject.warnings,
    )


def _told(subject: Subject) -> list[Reason]:
    """The reasons that there are for labels of this kind."""
    others = (
        IN_HEAPS
        if subject.measure is Measure.EPSILON
        else (Reason.BESIDE, Reason.BLOCKED, Reason.LOW_EPSILON)
    )
    return [reason for reason in Reason if reason not in others]


def _share(examples: NDArray[np.int64], population: GraspPopulation, chosen: Bool) -> float:
    """Of the examples of the chosen grasps; 0 where there are none."""
    return float(examples[chosen].sum() / max(population.examples[chosen].sum(), 1))


def _collision_share(population: GraspPopulation, chosen: Bool) -> float | None:
    if population.collision_free is None:
        return None
    return _share(np.where(population.collision_free, 0, population.examples), population, chosen)


def _kinds(population: GraspPopulation) -> tuple[KindFigures, ...]:
    if population.kind is None:
        return ()
    total = max(population.examples.sum(), 1)
    figures = []
    in_heaps = np.isin(population.kind, HEAP_KINDS).any()
    for kind in GraspKind:
        chosen = population.kind == kind
        if not chosen.any() and (in_heaps or kind in HEAP_KINDS):
            continue
        examples = int(population.examples[chosen].sum())
        figures.append(
            KindFigures(
                kind=kind.name.lower(),
                grasps=int(chosen.sum()),
                examples=examples,
                example_share=float(examples / total),
                positive_share=_share(population.positives, population, chosen),
                collision_share=_collision_share(population, chosen) or 0.0,
            )
        )
    return tuple(figures)


def _quantiles(population: GraspPopulation) -> tuple[Quantiles, ...]:
    columns: dict[str, Float32 | None] = {
        **population.metrics,
        "width": population.width,
        "height": population.height,
    }
    found = []
    for name, column in columns.items():
        finite = np.zeros(0) if column is None else column[np.isfinite(column)]
        if len(finite):
            values = tuple(map(float, np.percentile(finite, PERCENTILES)))
            found.append(Quantiles(name, len(finite), values))
    return tuple(found)


def _objects(population: GraspPopulation) -> tuple[ObjectFigures, ...]:
    figures = []
    for entry in population.objects:
        examples = int(population.examples[entry.rows].sum())
        positives = int(population.positives[entry.rows].sum())
        figures.append(
            ObjectFigures(entry.name, entry.source, examples, positives, positives / max(examples, 1))
        )
    return tuple(figures)
