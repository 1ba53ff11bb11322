# SPDX-License-Identifier: Apache-2.0
"""Why there is no grasp here: grasps around one pixel, and what each filter measured of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import RegionError
from pinch_core.planning.filters import Finding, GraspFilter
from pinch_core.planning.grasp_candidates import GraspCandidates, ImageGrasps
from pinch_core.planning.grasp_type import G, GraspType
from pinch_core.planning.plan import SceneHints, all_filters, perceive
from pinch_core.planning.planning_config import PlanningConfig
from pinch_core.planning.report import PlanRecorder
from pinch_core.planning.scene import Scene
from pinch_core.planning.scorer import GraspScorer

Float64 = NDArray[np.float64]

# Samples of the plan count as near within this radius, and probes are spread over it [px].
RADIUS_PX = 8.0
PROBE_PIXELS = 5
PROBE_ANGLES = 16
PROBE_DEPTHS = 8


@dataclass(frozen=True)
class Rejection:
    """What one filter rejected. ``findings``: one sentence for each limit that rejected grasps break."""

    filter: str
    count: int
    findings: tuple[str, ...]


@dataclass(frozen=True)
class NearestObject:
    """``column``, ``row``: its pixel that is nearest to the one asked about, ``distance_px`` away;
    ``distance`` between the points that the two show [m], NaN where one has no return.
    """

    label: int
    column: int
    row: int
    distance_px: float
    distance: float

    def text(self) -> str:
        """The object and how far it is, as the end of a sentence."""
        metric = f"{self.distance * 1e3:.0f} mm, " if np.isfinite(self.distance) else ""
        return (
            f"the nearest is object {self.label}, {metric}{self.distance_px:.0f} px away: ask about its "
            f"pixel ({self.column}, {self.row}), or one farther inside"
        )


@dataclass(frozen=True)
class Explanation:
    """Grasps around one pixel of the undistorted image.

    ``label``: object at the pixel, 0 = none. ``on_table``: whether nothing stands there. ``nearest``: where
    it is on no object, the one that is nearest in the image. ``depth``, ``height``: of the pixel from the
    camera and above the table [m], NaN = no return. ``samples_near``: of the plan's own samples, those within
    RADIUS_PX. ``probes``: grasps added there at every angle and depth, beside objects only where they are on
    one. ``passed``: of both together. ``rejections``: of the rest, in the order of the filters.
    ``best_quality``: of what passed, NaN without a scorer.
    """

    column: int
    row: int
    label: int
    on_table: bool
    nearest: NearestObject | None
    depth: float
    height: float
    samples: int
    samples_near: int
    probes: int
    passed: int
    rejections: tuple[Rejection, ...]
    best_quality: float

    def document(self) -> dict[str, Any]:
        """The explanation as plain data for JSON, which has no NaN: null is unknown."""
        return asdict(self, dict_factory=_null_for_nan)

    def text(self) -> str:
        """The explanation as lines for a terminal."""
        lines = [f"pixel ({self.column}, {self.row}): {self._what_is_there()}"]
        if self.nearest is not None:
            lines.append(f"No grasp is planned where no object is; {self.nearest.text()}.")
        if not self.samples_near and not self.probes:
            return "\n".join(lines)
        lines.append(
            f"{self.samples_near} of the plan's {self.samples} samples lie within {RADIUS_PX:g} px; "
            f"{self.probes} probes were added at every angle and depth."
        )
        for rejection in self.rejections:
            lines.append(f"  {rejection.filter:<18}{rejection.count:6d} rejected")
            lines += [f"      {finding}" for finding in rejection.findings]
        verdict = f"  {'passed all':<18}{self.passed:6d}"
        if self.passed and np.isfinite(self.best_quality):
            verdict += f", best quality {self.best_quality:.3f}"
        return "\n".join([*lines, verdict])

    def _what_is_there(self) -> str:
        if not np.isfinite(self.depth):
            return "no depth was measured here."
        height_mm = np.round(self.height * 1e3) + 0.0  # never -0
        place = f"{self.depth:.3f} m from the camera, {height_mm:.0f} mm above the table"
        if self.on_table:
            return f"{place}: on the table, not on an object."
        if not self.label:
            return f"{place}, not on an object inside mask, region and workspace."
        return f"object {self.label}, {place}."


def _null_for_nan(items: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    return {
        key: None if isinstance(value, float) and not np.isfinite(value) else value for key, value in items
    }


def explain_pixel(
    frame: DepthFrame,
    grasp_type: GraspType[G],
    config: PlanningConfig,
    rng: np.random.Generator,
    column: int,
    row: int,
    *,
    hints: SceneHints | None = None,
    scorer: GraspScorer[G] | None = None,
) -> Explanation:
    """Put the plan's samples near a pixel, and probes all round, through every filter.

    Args:
        column, row: pixel of the undistorted image.
        scorer: says how good the grasps are that pass.

    Raises:
        RegionError: the pixel lies outside the image; otherwise as :func:`plan_grasps`.
    """
    k = frame.intrinsics
    if not (0 <= column < k.width and 0 <= row < k.height):
        raise RegionError(
            f"pixel ({column}, {row}) lies outside the image of {k.width} x {k.height}; columns count from 0 "
            f"to {k.width - 1}, rows from 0 to {k.height - 1}."
        )
    scene = perceive(frame, grasp_type.gripper, config, hints or SceneHints(), rng, PlanRecorder())
    samples = grasp_type.sampler().sample(scene, rng)
    offsets = samples.to_image(scene).pixels - [column, row]
    near = samples.select(np.hypot(*offsets.T) <= RADIUS_PX)
    label = int(scene.labels[row, column])
    probes = grasp_type.from_image(scene, _probes(scene, column, row))
    height = float(scene.heights[row, column])
    candidates = type(probes).concatenated([near, probes])
    passed, rejections = _sift(scene, candidates, all_filters(grasp_type.filters(), config))
    best = np.nan
    if scorer is not None and len(passed):
        best = float(scorer.score(scene, passed).max())
    return Explanation(
        column,
        row,
        label,
        not label and abs(height) < config.segmentation.min_height,
        None if label else _nearest_object(scene, column, row),
        float(scene.frame.depth[row, column]),
        height,
        len(samples),
        len(near),
        len(probes),
        len(passed),
        rejections,
        best,
    )


def _nearest_object(scene: Scene, column: int, row: int) -> NearestObject | None:
    rows, columns = np.nonzero(scene.labels)
    if not len(rows):
        return None
    apart = np.hypot(columns - column, rows - row)
    nearest = int(np.argmin(apart))
    at = np.array([[column, row], [columns[nearest], rows[nearest]]])
    depth = scene.frame.depth[at[:, 1], at[:, 0]]
    here, there = scene.frame.intrinsics.deproject(at.astype(np.float64), depth)
    return NearestObject(
        int(scene.labels[rows[nearest], columns[nearest]]),
        int(columns[nearest]),
        int(rows[nearest]),
        float(apart[nearest]),
        float(np.linalg.norm(here - there)),
    )


def _probes(scene: Scene, column: int, row: int) -> ImageGrasps:
    """Grasps on a grid of pixels, at every angle, from the surface down to the table. Around a pixel beside
    objects, only on those: elsewhere nothing stands between the jaws.
    """
    k = scene.frame.intrinsics
    offsets = np.linspace(-RADIUS_PX, RADIUS_PX, PROBE_PIXELS)
    across, down = np.meshgrid(column + offsets, row + offsets)
    pixels = np.stack([across.ravel().clip(0, k.width - 1), down.ravel().clip(0, k.height - 1)], -1)
    at = np.rint(pixels).astype(np.intp)
    if not scene.labels[row, column]:
        on_object = scene.labels[at[:, 1], at[:, 0]] != 0
        pixels, at = pixels[on_object], at[on_object]
    surface = scene.filled_depth[at[:, 1], at[:, 0]].astype(np.float64)
    to_table = np.maximum(scene.filled_heights[at[:, 1], at[:, 0]].astype(np.float64), 1e-3)
    angles = np.arange(PROBE_ANGLES) * np.pi / PROBE_ANGLES
    down_to = (np.arange(PROBE_DEPTHS) + 1) / PROBE_DEPTHS
    pixel, angle, depth = (
        grid.ravel()
        for grid in np.meshgrid(np.arange(len(pixels)), np.arange(len(angles)), down_to, indexing="ij")
    )
    pixel, angle = pixel.astype(np.intp), angle.astype(np.intp)
    return ImageGrasps(pixels[pixel], angles[angle], surface[pixel] + to_table[pixel] * depth)


def _sift(scene: Scene, candidates: G, filters: Sequence[GraspFilter[G]]) -> tuple[G, tuple[Rejection, ...]]:
    """What passes all filters, and what each of them rejected of what the ones before it let through."""
    rejections = []
    for each in filters:
        keep = each.keep(scene, candidates)
        if not keep.all():
            rejections.append(_rejection(scene, each, candidates.select(~keep)))
        candidates = candidates.select(keep)
    return candidates, tuple(rejections)


def _rejection(scene: Scene, by: GraspFilter[Any], rejected: GraspCandidates) -> Rejection:
    broken = [finding for finding in by.findings(scene, rejected) if not finding.passes.all()]
    return Rejection(by.name, len(rejected), tuple(_sentence(finding) for finding in broken))


def _sentence(finding: Finding) -> str:
    """``width of the object between the pads: 91 to 120 mm, allowed 0 to 76 mm``."""
    wrong = finding.values[~finding.passes] * _SCALE.get(finding.unit, 1.0)
    finite = wrong[np.isfinite(wrong)]
    seen = f"{_range(finite.min(), finite.max())}{_unit(finding.unit)}" if len(finite) else ""
    if len(finite) < len(wrong):
        seen = f"{seen} or unbounded" if seen else "unbounded"
    return f"{finding.quantity}: {seen}, {_allowed(finding)}"


# Lengths are told in millimetres.
_SCALE = {"m": 1e3}


def _unit(unit: str) -> str:
    shown = "mm" if unit == "m" else unit
    return f" {shown}" if shown else ""


def _range(low: float, high: float) -> str:
    return f"{low:.3g}" if f"{low:.3g}" == f"{high:.3g}" else f"{low:.3g} to {high:.3g}"


def _allowed(finding: Finding) -> str:
    scale, unit = _SCALE.get(finding.unit, 1.0), _unit(finding.unit)
    low, high = round(finding.lower * scale, 6), round(finding.upper * scale, 6)
    if np.isfinite(low) and np.isfinite(high):
        return f"allowed {low:.3g} to {high:.3g}{unit}"
    return f"allowed at least {low:.3g}{unit}" if np.isfinite(low) else f"allowed at most {high:.3g}{unit}"
