# SPDX-License-Identifier: Apache-2.0
"""Plan grasps on one recorded depth image."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.depth_format import ZERO_OR_NAN, DepthFormat
from pinch_core.errors import ConfigError
from pinch_core.planner_config import PlannerConfig


@configclass
class PlanOptions:
    """Inputs and outputs of one plan."""

    depth: Path = setting(
        help="depth image: .npy, .pfm, 16-bit .png or .tiff; --depth-format says what its values mean"
    )
    camera: Path = setting(help="its intrinsics: .json, .intr or ROS camera calibration .yaml")
    segmask: Path | None = setting(
        default=None, help="8-bit PNG of the same size, non-zero = object to grasp"
    )
    policy: str = setting(default="cem", help="search policy: cem, rank, dense, igq or random")
    model: str = setting(
        default="",
        help="network of cem, rank and dense: a shipped name or a file; empty = the one for this gripper",
    )
    gripper: str = setting(default="panda", help="name in config/grippers, or a YAML file")
    bin: str = setting(
        default="", help="bin that is picked from: name in config/bins, or a YAML file; empty: the table"
    )
    bin_position: tuple[float, float, float] | None = setting(
        default=None,
        unit="m",
        help="middle of its floor in the optical frame; without it, the bin is found in the image",
        lower=-10.0,
        upper=10.0,
    )
    bin_rpy: tuple[float, float, float] = setting(
        default=(math.pi, 0.0, 0.0),
        unit="rad",
        help="its roll, pitch and yaw in the optical frame, in which z points down",
        lower=-6.3,
        upper=6.3,
    )
    top: int | None = setting(default=None, help="short for --planner.max-grasps", lower=1, upper=10000)
    min_quality: float | None = setting(
        default=None, help="short for --planner.min-quality", lower=0.0, upper=1.0
    )
    seed: int = setting(default=0, help="seed of everything random", lower=0)
    json: bool = setting(default=False, help="print one JSON document instead of a table")
    save: Path | None = setting(default=None, help="write the annotated depth image here, .png")
    explain: tuple[int, int] | None = setting(
        default=None,
        unit="px",
        help="column and row: also print which filter rejected what around that pixel, with numbers",
        lower=0,
        upper=100_000,
    )
    depth_format: DepthFormat = field(default_factory=DepthFormat)
    planner: PlannerConfig = field(default_factory=PlannerConfig)


def main(argv: Sequence[str]) -> int:
    """``pinch plan``: 0 with a grasp, 1 without any."""
    options = parse(PlanOptions, argv, "pinch plan", "Plan grasps on one recorded depth image.")
    import numpy as np  # here and below: --help and mistyped options answer without loading the planner

    from pinch_core.depth_files import load_frame, read_segmask, write_image
    from pinch_core.geometry.transform import Transform
    from pinch_core.grasp_types import bind_grasp_type
    from pinch_core.planning.draw import draw_plan, mark_pixel
    from pinch_core.planning.explain import explain_pixel
    from pinch_core.planning.plan import SceneHints, plan_grasps
    from pinch_core.planning.policies import make_policy
    from pinch_core.resources import load_bin, load_gripper

    gripper = load_gripper(options.gripper)
    frame = load_frame(options.depth, options.camera, options.depth_format)
    segmask = None if options.segmask is None else read_segmask(options.segmask)
    config = options.planner
    if options.top is not None:
        config = dataclasses.replace(config, max_grasps=options.top)
    if options.min_quality is not None:
        config = dataclasses.replace(config, min_quality=options.min_quality)
    grasp_type = bind_grasp_type(gripper, config)
    if options.bin_position is not None and not options.bin:
        raise ConfigError("bin_position is given but no bin; name it with --bin.")
    position = options.bin_position
    hints = SceneHints(
        segmask,
        str(options.segmask),
        bin=load_bin(options.bin) if options.bin else None,
        T_cam_bin=None if position is None else Transform.from_rpy(options.bin_rpy, position),
    )
    policy = make_policy(options.policy, options.model, config, grasp_type)

    def rng() -> np.random.Generator:
        return np.random.default_rng(options.seed)

    explanation = None
    if options.explain is not None:  # first: a pixel outside the image is told before anything is written
        explanation = explain_pixel(
            frame, grasp_type, config, rng(), *options.explain, hints=hints, scorer=policy.scorer
        )
    result = plan_grasps(frame, grasp_type, config, rng(), hints=hints, policy=policy)
    if options.save is not None:
        picture = draw_plan(frame, result, grasp_type)
        if options.explain is not None:
            mark_pixel(picture, *options.explain)
        write_image(options.save, picture)
    if options.json:
        document = _document(options, result)
        if explanation is not None:
            document["explain"] = explanation.document()
        print(json.dumps(document, indent=2))
    else:
        _print_table(result, gripper.name)
        if explanation is not None:
            print(explanation.text())
    return 0 if result.grasps else 1


def _document(options: PlanOptions, result: Any) -> dict[str, Any]:
    report = result.report
    return {
        "depth": str(options.depth),
        "gripper": options.gripper,
        "policy": options.policy,
        "seed": options.seed,
        "grasps": [
            {
                "quality": grasp.quality,
                "width_m": grasp.width,
                "opening_m": grasp.opening,
                "center_px": list(grasp.image.center_px),
                "angle_rad": grasp.image.angle,
                "depth_m": grasp.image.depth,
                "T_cam_tcp": grasp.T_cam_tcp.matrix.tolist(),
                "source": grasp.source,
            }
            for grasp in result.grasps
        ],
        "bin": None
        if result.scene.seen_bin is None
        else {"T_cam_bin": result.scene.seen_bin.T_cam_bin.matrix.tolist()},
        "table": {"normal": result.table.normal.tolist(), "offset_m": result.table.offset},
        "report": {
            "sampled": report.sampled,
            "scored": report.scored,
            "rejected": report.rejected,
            "stage_ms": {name: seconds * 1e3 for name, seconds in report.stages.items()},
            "total_ms": report.seconds * 1e3,
            "hole_ratio": report.hole_ratio,
            "no_return": dict(report.no_return),
            "warnings": list(report.warnings),
            "why_empty": "" if result.grasps else report.why_empty(),
        },
    }


def _print_table(result: Any, gripper: str) -> None:
    report = result.report
    if result.grasps:
        print("   quality  width mm  column    row  angle deg  depth mm")
    for grasp in result.grasps:
        image = grasp.image
        print(
            f"   {grasp.quality:7.3f}  {grasp.width * 1e3:8.1f}  {image.column:6.1f} {image.row:6.1f}  "
            f"{math.degrees(image.angle):9.1f}  {image.depth * 1e3:8.1f}"
        )
    rejected = ", ".join(f"{name} {count}" for name, count in report.rejected.items() if count) or "none"
    print(
        f"{gripper}: {report.sampled} sampled, {report.scored} scored, rejected: {rejected}; "
        f"{report.hole_ratio:.1%} of the image without return{_reasons(report.no_return)}; "
        f"{report.seconds * 1e3:.0f} ms",
        file=sys.stderr,
    )
    for warning in report.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if not result.grasps:
        print(f"no grasp: {report.why_empty()}", file=sys.stderr)


def _reasons(no_return: Mapping[str, int]) -> str:
    """Why pixels have no return, where it is more than the usual zero."""
    if not set(no_return) - {ZERO_OR_NAN}:
        return ""
    return " (" + ", ".join(f"{count} px {reason}" for reason, count in no_return.items()) + ")"
