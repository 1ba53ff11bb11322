# SPDX-License-Identifier: Apache-2.0
"""Time to plan a whole reach (travel, approach, lift) for random grasps, beside a plain planner."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp, GripperTranslation, ImageGrasp
from pinch_core.machine_facts import machine_facts
from pinch_core.parallel_jaw.gripper import as_parallel_jaw
from pinch_core.resources import load_gripper, load_robot
from pinch_executor.benchmark.plain_planner import PlainMotionPlanner
from pinch_executor.candidate import Candidate
from pinch_executor.end_effectors import end_effector_type
from pinch_executor.errors import ExecutorError
from pinch_executor.executor_config import ExecutorConfig
from pinch_executor.height_field import HeightField
from pinch_executor.motion_planner import Float64, MotionPlanner
from pinch_executor.motion_planners import make_motion_planner
from pinch_executor.waypoints import Waypoints

PLAIN = "plain"
APPROACH_M = 0.10
# A heap as the camera sees it: what lies in it, a cell of its height field, its walls.
HEAP_OBJECTS = 25
CELL_M = 0.005
RIM_CELLS = 20
WALL_M = 0.10


@configclass
class BenchmarkOptions:
    """What to plan, and how often."""

    plans: int = setting(default=200, help="reaches that are timed", lower=2, upper=100000)
    plain_plans: int = setting(
        default=40, help="reaches that the plain planner is timed with; 0 for none", lower=0, upper=100000
    )
    heap_plans: int = setting(
        default=40,
        help="reaches that are planned with a heap in a bin around the grasp; 0 for none",
        lower=0,
        upper=100000,
    )
    robot: str = setting(default="panda", help="name of a file in config/robots, or the path of one")
    motion_planner: str = setting(default="embedded", help="the planner that is timed: embedded, or moveit")
    lower: tuple[float, float, float] = setting(
        default=(0.35, -0.25, 0.02), unit="m", help="least x, y, z of grasps in the base frame"
    )
    upper: tuple[float, float, float] = setting(
        default=(0.65, 0.25, 0.12), unit="m", help="greatest x, y, z of grasps in the base frame"
    )
    tilt: float = setting(
        default=0.26, unit="rad", help="widest angle of the approach from straight down", lower=0.0, upper=1.5
    )
    seed: int = setting(default=0, help="seed of the grasps", lower=0)
    json: bool = setting(default=False, help="print one JSON document instead of a table")


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark motion``."""
    options = parse(BenchmarkOptions, argv, "pinch benchmark motion", (__doc__ or "").strip())
    config = replace(ExecutorConfig(), robot=options.robot, motion_planner=options.motion_planner)
    robot = load_robot(config.robot)
    gripper = as_parallel_jaw(load_gripper(robot.gripper), "pinch benchmark motion")
    waypoints = Waypoints(config, end_effector_type(gripper).model(gripper))
    grasps = random_grasps(options, gripper.span)
    planner = make_motion_planner(robot, config)
    try:
        start = np.array(robot.home)
        results = {options.motion_planner: time_reaches(planner, start, waypoints, grasps)}
        if options.heap_plans:
            results[f"{options.motion_planner}, in a heap"] = time_reaches(
                planner, start, among_heaps(waypoints, options), grasps[: options.heap_plans]
            )
        waypoints.surroundings.forget()
        if options.plain_plans:
            plain = PlainMotionPlanner(robot, config.embedded)
            results[PLAIN] = time_reaches(plain, start, waypoints, grasps[: options.plain_plans])
    finally:
        planner.close()
    document = {
        "benchmark": "motion",
        "robot": robot.name,
        "seed": options.seed,
        "reach_ms": results,
        "machine": machine_facts(),
    }
    if PLAIN in results:
        document["gain"] = round(results[PLAIN]["p50"] / results[options.motion_planner]["p50"], 1)
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        _print_table(document)
    return 0


def among_heaps(waypoints: Waypoints, options: BenchmarkOptions) -> Waypoints:
    """The same with a bin of boxes all over the work area, as a camera sees it."""
    rng = np.random.default_rng(options.seed)
    lower, upper = np.array(options.lower), np.array(options.upper)
    rows, columns = np.ceil((upper - lower)[1::-1] / CELL_M).astype(int) + 2 * RIM_CELLS
    heights = np.zeros((rows, columns))
    for _ in range(HEAP_OBJECTS):
        row, column = rng.integers(rows), rng.integers(columns)
        edges = rng.integers(5, 16, 2)
        heights[row : row + edges[0], column : column + edges[1]] = rng.uniform(0.01, lower[2] + 0.04)
    for edge in (np.s_[:2], np.s_[-2:], np.s_[:, :2], np.s_[:, -2:]):
        heights[edge] = WALL_M
    corner = np.array([*(lower[:2] - RIM_CELLS * CELL_M), waypoints.table_height])
    waypoints.surroundings.look(HeightField(Transform(np.eye(3), corner), CELL_M, heights))
    return waypoints


def random_grasps(options: BenchmarkOptions, max_opening: float) -> list[Candidate]:
    """Grasps all over the work area: any yaw, leaning any way, any width."""
    rng = np.random.default_rng(options.seed)
    grasps = []
    for _ in range(options.plans):
        azimuth, tilt = rng.uniform(0, 2 * np.pi), options.tilt * np.sqrt(rng.random())
        leaning = Rotation.from_rotvec(tilt * np.array([np.cos(azimuth), np.sin(azimuth), 0.0]))
        down = Rotation.from_euler("xyz", (np.pi, 0.0, rng.uniform(-np.pi, np.pi)))
        pose = Transform((leaning * down).as_matrix(), rng.uniform(options.lower, options.upper))
        grasps.append(_grasp_at(pose, float(rng.uniform(0.1, 0.8) * max_opening), max_opening))
    return grasps


def _grasp_at(T_base_tcp: Transform, width: float, max_opening: float) -> Candidate:
    """One that approaches along its own axis and leaves upwards."""
    grasp = Grasp(
        T_cam_tcp=T_base_tcp,
        width=width,
        opening=min(width + 0.02, max_opening),
        approach=GripperTranslation(T_base_tcp.rotation[:, 2], APPROACH_M),
        retreat=GripperTranslation(np.array([0.0, 0.0, 1.0]), APPROACH_M),
        quality=1.0,
        image=ImageGrasp(0.0, 0.0, 0.0, 0.0),
        gripper="",
        source="benchmark",
        id="",
    )
    return Candidate(grasp, Transform.identity())


def time_reaches(
    planner: MotionPlanner, start: Float64, waypoints: Waypoints, grasps: Sequence[Candidate]
) -> dict[str, Any]:
    """Milliseconds of one reach, those that fail included, and why those failed."""
    took, motion_s, failures = [], [], dict[str, int]()
    for grasp in grasps:
        reach = waypoints.pick_reach(grasp)
        begun = time.perf_counter()
        entering = waypoints.scene_with_target(grasp)
        leaving = waypoints.scene_with_planned(grasp)
        try:
            plan = planner.plan_reach(start, reach, entering, leaving, waypoints.travel, waypoints.linear)
            motion_s.append(plan.to_via.duration + plan.approach.duration + plan.leave.duration)
        except ExecutorError as error:
            failures[type(error).__name__] = failures.get(type(error).__name__, 0) + 1
        took.append(1e3 * (time.perf_counter() - begun))
    p50, p95, worst = np.percentile(took, [50, 95, 100])
    return {
        "p50": round(float(p50), 1),
        "p95": round(float(p95), 1),
        "max": round(float(worst), 1),
        "count": len(took),
        "failed": failures,
        "motion_s": round(float(np.median(motion_s)), 2) if motion_s else None,
    }


def _print_table(document: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"planning a reach with {document['robot']}")
    for column in ("planner", "p50 ms", "p95 ms", "max ms", "reaches", "failed", "motion s"):
        table.add_column(column, justify="left" if column == "planner" else "right")
    for name, row in document["reach_ms"].items():
        failed = ", ".join(f"{count} {kind}" for kind, count in row["failed"].items()) or "0"
        cells = (row["p50"], row["p95"], row["max"], row["count"], failed, row["motion_s"])
        table.add_row(name, *map(str, cells))
    Console().print(table)
    if "gain" in document:
        Console().print(f"{document['gain']} times as fast as the plain planner")
