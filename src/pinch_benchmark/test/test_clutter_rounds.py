# SPDX-License-Identifier: Apache-2.0
"""Grasps in heaps of boxes, executed in physics, and rounds played by methods that only tests know."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from heaps_of_boxes import BIN, box_heap, from_above, round_of, world_of

from pinch_benchmark.cli.benchmark_clutter import main
from pinch_benchmark.clutter.heap_push import execute_push
from pinch_benchmark.clutter.heap_trial import HeapExecution, execute_in_heap
from pinch_benchmark.clutter.judge import ClutterOutcome, judge
from pinch_benchmark.clutter.play_round import play_round, view_of
from pinch_benchmark.clutter.protocol import PROTOCOLS, find_noise, find_protocol
from pinch_benchmark.clutter.records import ROUNDS, read_rounds
from pinch_benchmark.errors import BenchmarkError
from pinch_benchmark.methods.method import NoGrasp, PlannedGrasp, PlanningScene
from pinch_benchmark.methods.true_geometry import TrueGeometry
from pinch_core.bin import Bin
from pinch_core.geometry.transform import Transform
from pinch_core.grasp import GripperTranslation
from pinch_core.planning.pushes import Push
from pinch_datagen.heaps.heap import Heap
from pinch_datagen.parallel_jaw.robust_quality import PoseError, QualityConfig
from pinch_datagen.random_streams import RandomStreams

EXACT = PoseError(translation=0.0, rotation=0.0)
ALONE = box_heap([((0.06, 0.03, 0.05), (0.0, 0.0))])
SIDE_BY_SIDE = box_heap([((0.06, 0.02, 0.05), (0.0, -0.0105)), ((0.06, 0.02, 0.05), (0.0, 0.0105))])


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parts")


def tried(
    heap: Heap, T_table_tcp: Transform, opening: float, cache: Path, scene: str = "packed"
) -> HeapExecution:
    protocol, world = PROTOCOLS[scene], world_of(heap, cache)
    poses = [each.placed.T_table_obj for each in heap.objects]
    done, _ = execute_in_heap(
        world, poses, T_table_tcp, opening, protocol.physics, protocol.motion, protocol.stop_on_contact
    )
    return done


def outcome_of(done: HeapExecution) -> ClutterOutcome:
    return judge(done, PROTOCOLS["packed"].motion, 0.08).outcome


def test_a_box_alone_is_held(cache: Path) -> None:
    done = tried(ALONE, from_above(0.0, 0.0, 0.03), 0.05, cache)
    assert outcome_of(done) is ClutterOutcome.HELD
    assert (done.lifted, done.held) == ((0,), (0,))
    assert done.opening == pytest.approx(0.03, abs=0.002)


def test_two_boxes_between_the_pads_come_up_together(cache: Path) -> None:
    done = tried(SIDE_BY_SIDE, from_above(0.0, 0.0, 0.03), 0.07, cache)
    assert done.lifted == (0, 1)
    assert outcome_of(done) is ClutterOutcome.SEVERAL


def test_a_finger_on_a_neighbour_is_stopped_by_a_guard_and_else_pushes_on(cache: Path) -> None:
    heap = box_heap([((0.06, 0.03, 0.05), (0.0, 0.0)), ((0.06, 0.03, 0.07), (0.0, 0.041))])
    stopped, pushed_on = (
        tried(heap, from_above(0.0, 0.0, 0.03), 0.05, cache, name) for name in ("bin25", "packed")
    )
    assert stopped.stopped
    assert outcome_of(stopped) is outcome_of(pushed_on) is ClutterOutcome.COLLIDED
    assert not pushed_on.stopped
    assert pushed_on.force > 100.0


def test_a_finger_on_the_wall_of_a_bin_is_told_as_such(cache: Path) -> None:
    heap = box_heap([((0.06, 0.03, 0.05), (0.0, 0.133))], BIN)
    done = tried(heap, from_above(0.0, 0.133, 0.03), 0.05, cache, "bin25")
    assert outcome_of(done) is ClutterOutcome.WALL


def test_a_heap_at_rest_stays_where_it_is(cache: Path) -> None:
    heap = box_heap([((0.1, 0.1, 0.02), (0.0, 0.0)), ((0.04, 0.04, 0.04), (0.0, 0.13))], Bin(0.4, 0.3, 0.1))
    world = world_of(heap, cache)
    poses = [each.placed.T_table_obj for each in heap.objects]
    for before, after in zip(poses, world.settled(poses), strict=True):
        assert after is not None
        assert before.distance_to(after)[0] < 2e-4


def test_what_was_taken_out_is_not_in_the_way(cache: Path) -> None:
    world = world_of(SIDE_BY_SIDE, cache)
    protocol = PROTOCOLS["packed"]
    poses = [None, SIDE_BY_SIDE.objects[1].placed.T_table_obj]
    done, after = execute_in_heap(
        world, poses, from_above(0.0, 0.0105, 0.03), 0.04, protocol.physics, protocol.motion, False
    )
    assert (done.lifted, done.force, after[0]) == ((1,), 0.0, None)


@dataclass(frozen=True)
class Scripted:
    """Grasps in the table's frame, or None, one after the other; what it was told of failures is kept."""

    answers: Callable[[int], tuple[Transform, float] | None]
    told: list[int] = field(default_factory=list)
    name: str = "scripted"

    def plan(self, scene: PlanningScene, rng: np.random.Generator) -> PlannedGrasp | NoGrasp:
        self.told.append(len(scene.hints.failed))
        answer = self.answers(len(self.told) - 1)
        if answer is None:
            return NoGrasp("as the test wants it")
        return PlannedGrasp(scene.T_table_cam.inverse() @ answer[0], answer[1], 0.5)


def test_a_round_is_over_when_everything_is_taken(cache: Path) -> None:
    method = TrueGeometry(QualityConfig(samples=5))
    heap = box_heap([((0.06, 0.03, 0.05), (-0.06, 0.0)), ((0.06, 0.03, 0.05), (0.06, 0.0))])
    record = play_round(method, round_of(heap, cache), PROTOCOLS["packed"], EXACT, 0)
    assert (record.end, record.taken, len(record.attempts)) == ("empty", frozenset({0, 1}), 2)
    assert [attempt.taken for attempt in record.attempts] == [(each.target,) for each in record.attempts]


def test_a_refusal_ends_a_round_of_the_decluttering_benchmark_but_not_of_a_bin(cache: Path) -> None:
    refusing = Scripted(lambda _: None)
    record = play_round(refusing, round_of(ALONE, cache), PROTOCOLS["packed"], EXACT, 0)
    assert (record.end, len(record.attempts), record.executed) == ("no_grasp", 1, ())
    in_bin = round_of(box_heap([((0.06, 0.03, 0.05), (0.0, 0.0))], BIN), cache)
    assert len(play_round(refusing, in_bin, PROTOCOLS["bin25"], EXACT, 0).attempts) == 10


def test_failures_are_told_to_the_planner_unless_it_is_forgetful(cache: Path) -> None:
    beside = from_above(0.0, 0.1, 0.03), 0.05
    for forgetful, told in ((False, [0, 1]), (True, [0, 0])):
        method = Scripted(lambda _: beside)
        record = play_round(method, round_of(ALONE, cache), PROTOCOLS["packed"], EXACT, 0, forgetful)
        assert (record.end, method.told) == ("failures", told)
        assert [each.outcome for each in record.attempts] == ["missed", "missed"]


def push_along_x(T_table_cam: Transform, x: float) -> Push:
    """Closed jaws beside the box, 5 cm towards +x."""
    T_cam_table = T_table_cam.inverse()
    T_cam_tcp = T_cam_table @ from_above(x, 0.0, 0.02)
    return Push(
        T_cam_tcp,
        T_cam_table.rotate(np.array([1.0, 0.0, 0.0])),
        0.05,
        GripperTranslation(T_cam_tcp.rotation[:, 2], 0.1),
        GripperTranslation(-T_cam_tcp.rotation[:, 2], 0.1),
        0.5,
        "panda",
        "free_space",
    )


def test_a_push_moves_the_object_before_it_and_a_guard_ends_one_that_comes_down_on_it(cache: Path) -> None:
    scene, protocol = round_of(ALONE, cache), PROTOCOLS["bin25"]
    for x, finished, moved in ((-0.06, True, (0.02, 0.05)), (0.0, False, (-0.002, 0.002))):
        done, (after,) = execute_push(
            scene.world,
            scene.poses,
            scene.camera.T_table_cam,
            push_along_x(scene.camera.T_table_cam, x),
            protocol.physics,
            protocol.motion,
        )
        assert done.finished == finished
        assert after is not None
        assert moved[0] < after.translation[0] < moved[1]


def test_pushes_are_counted_and_end_where_they_do_not_help(cache: Path) -> None:
    in_bin = round_of(box_heap([((0.06, 0.03, 0.05), (0.0, 0.0))], BIN), cache)

    class Pushing(Scripted):
        def plan(self, scene: PlanningScene, rng: np.random.Generator) -> PlannedGrasp | NoGrasp:
            return NoGrasp("nothing fits", push=push_along_x(scene.T_table_cam, -0.15))

    record = play_round(
        Pushing(lambda _: None), in_bin, replace(PROTOCOLS["bin25"], most_failures=2), EXACT, 0
    )
    assert [each.push for each in record.attempts] == [True, True, True, False, True, True, True, False]
    assert (record.end, record.executed) == ("failures", ())


def test_planners_are_told_the_table_or_the_bin(cache: Path) -> None:
    with_bin = round_of(box_heap([((0.06, 0.03, 0.05), (0.0, 0.0))], BIN), cache)
    for scene in (round_of(ALONE, cache), with_bin):
        view = view_of(scene, scene.poses, (), RandomStreams(0, "a test"), 0)
        T_table_cam = scene.camera.T_table_cam
        if scene.heap.bin is None:
            assert view.hints.table is not None
            assert view.hints.table.offset == pytest.approx(T_table_cam.translation[2])
        else:
            assert view.hints.table is None
            assert view.hints.T_cam_bin is not None
            assert view.hints.T_cam_bin.distance_to(T_table_cam.inverse())[0] < 1e-9


def test_a_gripper_that_knows_no_other_opening_comes_down_fully_open(cache: Path) -> None:
    method = Scripted(lambda _: (from_above(0.0, 0.0, 0.03), 0.04))
    for opens_fully, opening in ((False, 0.04), (True, 0.08)):
        scene = round_of(ALONE, cache, opens_fully)
        record = play_round(method, scene, PROTOCOLS["packed"], EXACT, 0)
        assert (record.attempts[0].opening, record.attempts[0].outcome) == (opening, "held")


def test_an_object_that_leaves_the_table_fell_out_and_is_not_cleared(cache: Path) -> None:
    heap = box_heap([((0.06, 0.03, 0.05), (0.0, 0.0)), ((0.03, 0.03, 0.03), (0.0, 0.151))])
    method = Scripted(lambda number: (from_above(0.0, 0.0, 0.03), 0.05))
    record = play_round(method, round_of(heap, cache), PROTOCOLS["packed"], EXACT, 0)
    assert record.attempts[0].fell_out == (1,)
    assert (record.end, record.taken) == ("empty", frozenset({0}))


# At every scale of the preset.
WIDER_THAN_JAWS = (0.13, 0.13, 0.13)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    for number, size in enumerate(((0.05, 0.04, 0.06), (0.04, 0.03, 0.07), WIDER_THAN_JAWS)):
        trimesh.creation.box(size).export(folder / f"box_{number}.stl")
    assert main([*options(folder, folder / "out"), "--failures", "1"]) == 0
    return folder


def options(objects: Path, out: Path, plans: int = 1) -> list[str]:
    rounds = "--scenes packed --rounds 1 --methods igq --workers 1 --json"
    return f"--objects {objects} --out {out} --plans {plans} {rounds}".split()


def test_a_run_leaves_files_for_people_and_programs(run: Path) -> None:
    summary = json.loads((run / "out" / "summary.json").read_text())
    (result,) = summary["results"]
    (record,) = read_rounds(run / "out")
    assert (result["scene"], result["method"]) == (record.scene, record.method) == ("packed", "igq")
    assert result["cleared"]["total"] == len(record.objects)
    assert summary["plan_ratios"][0]["ratio"] > 0
    assert (run / "out" / "cleared_packed.png").stat().st_size > 1000
    assert (run / "out" / "attempts.csv").read_text().startswith("scene,method,number,attempt,refusal")


def test_what_is_wider_than_the_jaws_is_told_as_not_liftable(run: Path) -> None:
    (record,) = read_rounds(run / "out")
    assert {*record.objects} > {"box_2_stl"}
    assert record.liftable == tuple(name != "box_2_stl" for name in record.objects)


def test_a_run_that_is_done_plays_nothing_again(run: Path) -> None:
    before = (run / "out" / ROUNDS).read_bytes()
    assert main(options(run, run / "out", plans=0)) == 0
    assert (run / "out" / ROUNDS).read_bytes() == before


def test_an_interrupted_run_ends_as_an_uninterrupted_one(run: Path, tmp_path: Path) -> None:
    whole = read_rounds(run / "out")
    (tmp_path / "out").mkdir()
    torn = (run / "out" / ROUNDS).read_bytes()[:500]
    (tmp_path / "out" / ROUNDS).write_bytes(torn)
    assert main(options(run, tmp_path / "out", plans=0)) == 0
    assert [each.grasp for each in read_rounds(tmp_path / "out")[0].attempts] == [
        each.grasp for each in whole[0].attempts
    ]


def test_a_damaged_line_is_named(run: Path, tmp_path: Path) -> None:
    (tmp_path / ROUNDS).write_text('{"scene": 1}\n')
    with pytest.raises(BenchmarkError, match=f"{ROUNDS}:1 is no record"):
        read_rounds(tmp_path)


@pytest.mark.parametrize(
    ("ask", "known"),
    [
        (lambda: find_protocol("heap", "top"), "packed, pile, bin25"),
        (lambda: find_protocol("pile", "back"), "top, side"),
        (lambda: find_noise("loud"), "sensor, peers"),
    ],
)
def test_unknown_names_are_refused_with_those_there_are(ask: Callable[[], object], known: str) -> None:
    with pytest.raises(BenchmarkError, match=known):
        ask()
