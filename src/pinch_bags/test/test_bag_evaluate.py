# SPDX-License-Identifier: Apache-2.0
"""Evaluation of recordings: what is written is what the planner and the truth say."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from simulated_bags import SIMULATED

from pinch_bags.evaluate import evaluation
from pinch_bags.evaluate.command import main
from pinch_bags.evaluate.frame_job import FrameResult, FrameSettings
from pinch_bags.evaluate.frame_pool import run_frame_jobs
from pinch_bags.evaluate.frame_source import FrameJob
from pinch_bags.evaluate.records import RECORDS, read_records
from pinch_bags.evaluate.stillness import is_still
from pinch_bags.synth.simulated_cell import SimulatedCell
from pinch_core.config import load_yaml
from pinch_core.depth_files import write_intrinsics
from pinch_core.depth_format import DepthFormat
from pinch_core.depth_frame import DepthFrame
from pinch_core.depth_noise.noise_config import NoiseConfig
from pinch_core.errors import ConfigError
from pinch_core.grasp import Grasp
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.plan import plan_grasps
from pinch_core.planning.policies import make_policy
from pinch_core.resources import find_config, load_gripper
from pinch_datagen.benchmark.grasp_judge import GraspJudge
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.random_streams import RandomStreams
from pinch_ros.bags import Bag, BagWriter, choose_depth_topics, raw_frames

FRAMES = SIMULATED.scenes * SIMULATED.frames
CHEAP = ("--policy", "igq", "--workers", "1")


def evaluate(bag: Path, out: Path, *words: str) -> int:
    return main([str(bag), "--out", str(out), *words])


@pytest.fixture(scope="module")
def evaluated(simulated_bag: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("evaluated")
    assert evaluate(simulated_bag, out, *CHEAP) == 0
    return out


def planned(bag: Path) -> Iterator[tuple[DepthFrame, Sequence[Grasp]]]:
    """Each frame planned on without the evaluation."""
    read = Bag(bag)
    config = PlannerConfig()
    grasp_type = bind_grasp_type(load_gripper("panda"), config)
    policy = make_policy("igq", "", config, grasp_type)
    for raw in raw_frames(read, choose_depth_topics(read)):
        frame = raw.decode(DepthFormat())
        yield frame, plan_grasps(frame, grasp_type, config, np.random.default_rng(0), policy=policy).grasps


def test_grasps_are_those_of_the_core_planner_for_the_seed(simulated_bag: Path, evaluated: Path) -> None:
    records = list(read_records(evaluated))
    assert [record.number for record in records] == list(range(FRAMES))
    for record, (frame, grasps) in zip(records, planned(simulated_bag), strict=True):
        assert (record.stamp_ns, record.hole_ratio) == (frame.stamp_ns, frame.hole_ratio)
        (plan,) = record.plans
        assert len(plan.grasps) == len(grasps)
        for kept, grasp in zip(plan.grasps, grasps, strict=True):
            assert kept.grasp.quality == grasp.quality and kept.grasp.image == grasp.image
            np.testing.assert_array_equal(kept.grasp.T_cam_tcp.matrix, grasp.T_cam_tcp.matrix)


def test_verdicts_are_those_of_the_judge_on_the_true_scene(evaluated: Path) -> None:
    gripper = load_gripper("panda")
    cell = SimulatedCell(gripper, ["camera"], SIMULATED.seed, NoiseConfig(), SIMULATED.pool)
    quality = load_yaml(DatagenConfig, find_config("datagen", "pinch")).quality
    judge, streams = GraspJudge(gripper, quality), RandomStreams(0, "bag")
    verdicts = []
    for record in read_records(evaluated):
        objects = cell.objects(record.number // SIMULATED.frames)
        for rank, kept in enumerate(record.plans[0].grasps[:3]):
            scene = cell.judged(objects, None, cell.cameras[0])
            epsilon = judge.robust_epsilon(scene, kept.grasp, streams.of(f"judging {rank}", record.number))
            assert kept.verdict is not None
            assert kept.verdict.collides == judge.collisions(scene, [kept.grasp])[0]
            assert kept.verdict.robust_epsilon == pytest.approx(epsilon, rel=1e-3, abs=1e-6)
            verdicts.append(kept.verdict.success)
        assert all(kept.verdict is None for kept in record.plans[0].grasps[3:])
    assert len(verdicts) > FRAMES


def test_the_summary_counts_what_the_records_hold(evaluated: Path) -> None:
    summary = json.loads((evaluated / "summary.json").read_text())
    (line,) = summary["contenders"]
    records = list(read_records(evaluated))
    best = [record.plans[0].grasps[0] for record in records if record.plans[0].grasps]
    assert (summary["frames"], summary["scenes"]) == (FRAMES, SIMULATED.scenes)
    assert line["frames_with_grasp"] == len(best)
    assert line["best_quality"]["median"] == pytest.approx(np.median([one.quality for one in best]))
    succeeded = sum(one.verdict.success for one in best)
    assert (line["truth"]["success"]["count"], line["truth"]["success"]["of"]) == (succeeded, FRAMES)
    sure = [one for one in best if one.quality > 0.5]
    assert line["truth"]["precision"]["of"] == len(sure)
    assert line["stability"]["pairs"] == SIMULATED.scenes * (SIMULATED.frames - 1)
    rows = list(csv.DictReader((evaluated / "grasps.csv").read_text().splitlines()))
    assert len(rows) == sum(len(record.plans[0].grasps) for record in records)


def test_scenes_stand_still_exactly_where_they_do(evaluated: Path) -> None:
    records = list(read_records(evaluated))
    for before, after in pairwise(records):
        same_scene = before.number // SIMULATED.frames == after.number // SIMULATED.frames
        assert is_still(before.thumbnail, after.thumbnail) == same_scene


class Links(HTMLParser):
    """What a page would load, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = {"img": "src", "script": "src", "link": "href", "iframe": "src"}.get(tag)
        self.loaded += [value or "" for name, value in attrs if name == wanted]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_report_is_one_page_that_loads_nothing(evaluated: Path) -> None:
    page = Links()
    html = (evaluated / "report.html").read_text(encoding="utf-8")
    page.feed(html)
    assert page.loaded and all(link.startswith("data:image/jpeg;base64,") for link in page.loaded)
    assert not re.search(r"url\((?!#)", html) and html.count("<svg") >= 6
    for part in ("igq", "Side by side", "Is quality a probability?", "Why grasps were rejected", "Frame 0"):
        assert part in page.text or part == "Frame 0"


def test_the_new_recording_holds_what_a_planner_node_publishes_beside_the_images(evaluated: Path) -> None:
    bag = Bag(evaluated / "grasps.mcap")
    counts = {topic.name: topic.count for topic in bag.topics.values()}
    image, info = "/camera/depth/image_rect_raw", "/camera/depth/camera_info"
    per_frame = (image, info, "/igq/grasps", "/igq/grasp_poses", "/igq/markers", "/annotated/compressed")
    assert {name: counts[name] for name in per_frame} == dict.fromkeys(per_frame, FRAMES)
    assert counts["/tf_static"] == 1
    records = iter(read_records(evaluated))
    for raw in bag.messages(("/igq/grasps",)):
        message, record = raw.decode(), next(records)
        assert message.header.frame_id == "camera_depth_optical_frame"
        assert len(message.grasps) == len(record.plans[0].grasps)
        assert message.report.sampled == record.plans[0].sampled


def test_an_interrupted_evaluation_goes_on_and_ends_as_one_without_a_break(
    simulated_bag: Path, evaluated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned_on: list[int] = []

    def interrupted(jobs: Iterator[FrameJob], settings: FrameSettings, workers: int) -> Iterator[FrameResult]:
        for result in run_frame_jobs(jobs, settings, workers):
            planned_on.append(result.record.number)
            yield result
            if len(planned_on) == 4:
                raise KeyboardInterrupt

    monkeypatch.setattr(evaluation, "run_frame_jobs", interrupted)
    with pytest.raises(KeyboardInterrupt):
        evaluate(simulated_bag, tmp_path, *CHEAP)
    with (tmp_path / RECORDS).open("ab") as records:
        records.write(b'{"number": 4, "sta')  # the kill came in the middle of a line
    assert evaluate(simulated_bag, tmp_path, *CHEAP) == 0
    assert planned_on == list(range(FRAMES))
    assert (tmp_path / "grasps.csv").read_text() == (evaluated / "grasps.csv").read_text()
    with pytest.raises(ConfigError, match="other settings"):
        evaluate(simulated_bag, tmp_path, *CHEAP, "--seed", "1")


def test_networks_side_by_side_on_several_cores_plan_as_each_alone(
    simulated_bag: Path, tmp_path: Path
) -> None:
    few = ("--every", "4", "--no-bag", "--no-pictures")
    both = ("--model", "compact_85mm", "--model", "compact_50mm")
    assert evaluate(simulated_bag, tmp_path / "both", *few, *both, "--workers", "2") == 0
    assert evaluate(simulated_bag, tmp_path / "one", *few, "--workers", "1") == 0
    alone = {record.number: record.plan_of("compact_85mm") for record in read_records(tmp_path / "one")}
    attempts = 0
    for record in read_records(tmp_path / "both"):
        first, second = (record.plan_of(name) for name in ("compact_85mm", "compact_50mm"))
        assert first.grasps == alone[record.number].grasps
        assert second.grasps != first.grasps
        assert [one.quality for one in second.attempts] != [
            one.quality for one in first.attempts
        ] or not first.attempts
        assert all(0.0 <= one.quality <= 1.0 for one in first.attempts)
        attempts += len(first.attempts)
    # Those of attempts, the last of each scene, are planned on whatever their number.
    assert sorted(alone) == [0, 2, 4, 5, 8]
    assert attempts == SIMULATED.scenes * SIMULATED.attempts


def damaged(path: Path, target: Path) -> Path:
    content = path.read_bytes()
    target.write_bytes(content[: len(content) * 2 // 3])
    return target


def test_what_comes_before_a_cut_is_evaluated_and_the_cut_is_named(
    simulated_bag: Path, evaluated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bag = damaged(simulated_bag, tmp_path / "cut.mcap")
    assert evaluate(bag, tmp_path / "out", *CHEAP) == 3
    assert "cut.mcap was cut off" in capsys.readouterr().err
    whole, cut = list(read_records(evaluated)), list(read_records(tmp_path / "out"))
    assert 4 <= len(cut) < FRAMES
    assert [one.plans[0].grasps for one in cut] == [one.plans[0].grasps for one in whole[: len(cut)]]
    assert "The recording is damaged" in (tmp_path / "out" / "report.html").read_text()


def filtered(path: Path, target: Path, drop: str) -> Path:
    """A copy without the topics that end so."""
    bag = Bag(path)
    with BagWriter(target) as out:
        for raw in bag.messages(bag.topics):
            if not raw.topic.endswith(drop):
                out.add_raw(raw.topic, raw.type, raw.data, raw.time_ns)
    return target


def test_without_static_transforms_truth_is_not_used_and_the_remedy_is_named(
    simulated_bag: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bag = filtered(simulated_bag, tmp_path / "bag.mcap", "/tf_static")
    few = (*CHEAP, "--every", "9", "--no-bag")
    assert evaluate(bag, tmp_path / "without", *few) == 0
    assert re.search(r"ground truth is not used: .*--camera-pose", capsys.readouterr().err)
    assert all(one.plans[0].grasps[0].verdict is None for one in read_records(tmp_path / "without"))
    cell = SimulatedCell(load_gripper("panda"), ["camera"], SIMULATED.seed, NoiseConfig(), SIMULATED.pool)
    T_table_cam = cell.cameras[0].T_table_cam
    (tmp_path / "pose.yaml").write_text(
        "parent: table\nchild: camera_depth_optical_frame\n"
        f"translation: {T_table_cam.translation.tolist()}\nrotation: "
        f"{list(map(float, T_table_cam.quaternion))}\n"
    )
    assert evaluate(bag, tmp_path / "with", *few, "--camera-pose", str(tmp_path / "pose.yaml")) == 0
    assert all(one.plans[0].grasps[0].verdict is not None for one in read_records(tmp_path / "with"))


def test_without_camera_info_a_file_of_intrinsics_will_do(
    simulated_bag: Path, evaluated: Path, tmp_path: Path
) -> None:
    bag = filtered(simulated_bag, tmp_path / "bag.mcap", "/camera_info")
    with pytest.raises(Exception, match="give the intrinsics in a file"):
        evaluate(bag, tmp_path / "without", *CHEAP)
    cell = SimulatedCell(load_gripper("panda"), ["camera"], SIMULATED.seed, NoiseConfig(), SIMULATED.pool)
    write_intrinsics(tmp_path / "camera.json", cell.cameras[0].intrinsics)
    few = (*CHEAP, "--every", "9", "--no-bag", "--camera", str(tmp_path / "camera.json"))
    assert evaluate(bag, tmp_path / "with", *few) == 0
    first = next(read_records(tmp_path / "with"))
    assert first.plans[0].grasps == next(read_records(evaluated)).plans[0].grasps


def test_a_workspace_takes_the_pose_of_the_camera_from_the_recording(
    simulated_bag: Path, evaluated: Path, tmp_path: Path
) -> None:
    box = ("--planner.workspace.enabled", "--planner.workspace.lower", "5", "5", "5",
           "--planner.workspace.upper", "6", "6", "6")  # fmt: skip
    few = (*CHEAP, "--every", "9", "--no-bag", *box)
    with pytest.raises(ConfigError, match="--base-frame"):
        evaluate(simulated_bag, tmp_path / "no", *few)
    assert evaluate(simulated_bag, tmp_path / "far", *few, "--base-frame", "panda_link0") == 1
    near = [*few]
    near[-7:-4], near[-3:] = ["-1", "-1", "-1"], ["2", "2", "2"]
    assert evaluate(simulated_bag, tmp_path / "near", *near, "--base-frame", "panda_link0") == 0
    first = next(read_records(tmp_path / "near"))
    assert first.plans[0].grasps == next(read_records(evaluated)).plans[0].grasps


def test_a_jump_of_time_is_named(
    simulated_bag: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bag = Bag(simulated_bag)
    recorded = list(bag.messages(bag.topics))
    with BagWriter(tmp_path / "twice.mcap") as out:
        for shift_ns in (0, 10**10):  # played again, it has the same stamps
            for raw in recorded[:8]:
                out.add_raw(raw.topic, raw.type, raw.data, raw.time_ns + shift_ns)
    assert evaluate(tmp_path / "twice.mcap", tmp_path / "out", *CHEAP, "--every", "9") == 0
    assert re.search(r"time jumps back by 0\.\d+ s at image", capsys.readouterr().err)


def test_a_bad_image_is_told_and_the_others_are_evaluated_and_filmed(
    simulated_bag: Path, tmp_path: Path
) -> None:
    bag = Bag(simulated_bag)
    with BagWriter(tmp_path / "bag.mcap") as out:
        images = 0
        for raw in bag.messages(bag.topics):
            message = raw.decode()
            if raw.topic.endswith("image_rect_raw"):
                images += 1
                message.encoding = "rgb8" if images == 2 else message.encoding
            if images < 4:
                out.add(raw.topic, message, raw.time_ns)
    assert evaluate(tmp_path / "bag.mcap", tmp_path / "out", *CHEAP, "--video", "--no-bag") == 0
    good, bad, other = read_records(tmp_path / "out")
    assert good.plans and other.plans and not bad.plans
    assert "has the encoding 'rgb8'" in bad.error
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["unusable_frames"] == {bad.error: 1}
    assert "1 frame could not be used" in (tmp_path / "out" / "report.html").read_text()
    film = cv2.VideoCapture(str(tmp_path / "out" / "annotated.mp4"))
    assert film.get(cv2.CAP_PROP_FRAME_COUNT) == 2
    film.release()
