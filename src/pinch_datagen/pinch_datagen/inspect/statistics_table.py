# SPDX-License-Identifier: Apache-2.0
"""The figures of a dataset as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pinch_datagen.inspect.measure import Measure
from pinch_datagen.inspect.statistics import ObjectFigures, Quantiles, Statistics

RANKED_OBJECTS = 5
LISTED_SKIPS = 10

IN_MILLIMETRES = {"width": "width between contacts [mm]", "height": "height above the table [mm]"}
NAME_WIDTH = 32


def statistics_table(figures: Statistics) -> str:
    """Some forty lines of at most 110 columns, but for long names."""
    return "\n".join(
        [
            *_summary(figures),
            *_kinds(figures),
            *_negatives(figures),
            *_quantiles(figures),
            *_objects(figures.ranked_objects),
            *_skipped(figures),
        ]
    )


def printable(name: str) -> str:
    """File names need not be valid Unicode; terminals and fonts want it."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _summary(figures: Statistics) -> Iterator[str]:
    yield f"{figures.dataset}"
    in_heaps = Measure[figures.measure] is Measure.RESISTANCE
    counts = {
        "heaps" if in_heaps else "objects": len(figures.objects) or None,
        "skipped": len(figures.skipped) if figures.objects else None,
        "stable poses": None if in_heaps else figures.poses,
        "views": figures.views,
        "grasps": figures.grasps,
        "examples": figures.examples,
    }
    yield "  " + ", ".join(f"{count:,} {name}" for name, count in counts.items() if count is not None)
    scale = "" if figures.torque_scale is None else f", torque scale {figures.torque_scale:g}"
    yield f"  positive where {Measure[figures.measure].rule(figures.threshold, scale)}"
    yield ""
    yield (
        f"{'positive examples':<{NAME_WIDTH}}{figures.positive_share:9.1%}"
        f"   (Dex-Net 2.0: {figures.paper_positive_share:.1%})"
    )
    if figures.collision_share is not None:
        yield f"{'examples in collision':<{NAME_WIDTH}}{figures.collision_share:9.1%}"


def _kinds(figures: Statistics) -> Iterator[str]:
    if not figures.kinds:
        return
    titles = ("grasps", "examples", "share", "positive", "in collision")
    yield ""
    yield f"{'kind of grasp':<{NAME_WIDTH}}{titles[0]:>9}{titles[1]:>13}" + _right(titles[2:], 14)
    for kind in figures.kinds:
        shares = (kind.example_share, kind.positive_share, kind.collision_share)
        yield (
            f"  {kind.kind:<{NAME_WIDTH - 2}}{kind.grasps:9,}{kind.examples:13,}"
            + _right([f"{share:.1%}" for share in shares], 14)
        )


def _negatives(figures: Statistics) -> Iterator[str]:
    total = sum(figures.negatives.values())
    yield ""
    yield f"{'negative because of':<{NAME_WIDTH}}{'share':>9}{'examples':>13}"
    for reason, count in figures.negatives.items():
        if count:
            yield f"  {reason:<{NAME_WIDTH - 2}}{count / total:9.1%}{count:13,}"


def _quantiles(figures: Statistics) -> Iterator[str]:
    yield ""
    yield f"{'over grasps':<{NAME_WIDTH}}" + _right([f"{p} %" for p in figures.percentiles], 11)
    for quantiles in figures.quantiles:
        yield _quantile_line(quantiles)


def _quantile_line(quantiles: Quantiles) -> str:
    title = IN_MILLIMETRES.get(quantiles.quantity)
    values = [
        f"{value:.6f}" if title is None else f"{1000 * value:.1f}"  # metrics of interest are around 0.002
        for value in quantiles.values
    ]
    name = title or quantiles.quantity.replace("_", " ")
    return f"  {name:<{NAME_WIDTH - 2}}" + _right(values, 11)


def _objects(ranked: Sequence[ObjectFigures]) -> Iterator[str]:
    if not ranked:
        return
    shown = {
        "best objects": ranked[:RANKED_OBJECTS],
        "worst objects": ranked[RANKED_OBJECTS:][-RANKED_OBJECTS:],
    }
    for title, objects in shown.items():
        if objects:
            yield ""
            yield f"{title:<{NAME_WIDTH}}{'positive':>9}{'examples':>13}   source"
        for entry in objects:
            name, source = printable(entry.name), printable(entry.source)
            yield f"  {name:<{NAME_WIDTH - 2}}{entry.positive_share:9.1%}{entry.examples:13,}   {source}"


def _skipped(figures: Statistics) -> Iterator[str]:
    if not figures.skipped:
        return
    yield ""
    yield f"skipped objects: {len(figures.skipped)}"
    for skipped in figures.skipped[:LISTED_SKIPS]:
        yield f"  {printable(skipped.object)}: {printable(skipped.reason)}"
    if len(figures.skipped) > LISTED_SKIPS:
        yield "  and the others in statistics.json"


def _right(texts: Sequence[str], width: int) -> str:
    return "".join(f"{text:>{width}}" for text in texts)
