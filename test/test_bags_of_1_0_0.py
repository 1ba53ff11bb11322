# SPDX-License-Identifier: Apache-2.0
"""Recordings with the messages of pinch 1.0.0, whose Grasp had no opening, approach, retreat, gripper and id.

The recordings under data/ were written by 1.0.0: two images of two boxes, the plan of each, and two attempts
on each image, of which the first held.
"""

from __future__ import annotations

import json
import math
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pinch_bags import attempts as bag_attempts
from pinch_bags.evaluate.command import main as evaluate
from pinch_bags.extract.command import main as extract
from pinch_bags.info.command import main as info
from pinch_core.errors import DamagedFileError
from pinch_ros.bags import Bag
from pinch_ros.conversions import grasp_from_message
from pinch_ros.errors import InvalidMessageError
from pinch_training.attempts.read import read_attempts
from pinch_training.attempts.topics import AttemptTopics

DATA = Path(__file__).with_name("data")
# Column, row, depth and width of the grasps, as 1.0.0 printed them.
TRIED = ((158.508, 119.008, 0.6605, 0.03269), (80.261, 67.822, 0.6705, 0.0352))


@pytest.fixture(params=["mcap", "sqlite3", "cut off mcap", "sqlite3 without metadata"])
def old_bag(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Whole, and as a recorder leaves it that was killed."""
    mcap, sqlite3 = DATA / "recorded_by_1_0_0.mcap", DATA / "recorded_by_1_0_0_sqlite3"
    cut = tmp_path / "cut.mcap"
    cut.write_bytes(mcap.read_bytes()[:-20])
    (data,) = sqlite3.glob("*.db3")
    shutil.copy(data, tmp_path)
    return {
        "mcap": mcap,
        "sqlite3": sqlite3,
        "cut off mcap": cut,
        "sqlite3 without metadata": tmp_path / data.name,
    }[request.param]


def messages(bag: Path, topic: str) -> list[Any]:
    found = []
    with suppress(DamagedFileError):  # where the bag is cut off, after all messages
        found.extend(raw.decode() for raw in Bag(bag).messages((topic,)))
    return found


def test_an_old_grasp_keeps_its_fields_and_what_it_lacks_is_unknown(old_bag: Path) -> None:
    grasps = messages(old_bag, "/attempt/grasp")
    assert len(grasps) == 4
    for grasp, (column, row, depth, width) in zip(grasps, TRIED, strict=False):
        assert tuple(grasp.center_px) == pytest.approx((column, row), abs=1e-3)
        assert (grasp.depth, grasp.width) == pytest.approx((depth, width), abs=1e-4)
        assert (grasp.pose.position.z, grasp.quality) == pytest.approx((depth, 0.827), abs=0.01)
        assert (grasp.header.frame_id, grasp.source) == ("camera_depth_optical_frame", "igq")
        unknown = (grasp.opening, grasp.approach.distance, grasp.retreat.direction.x)
        assert all(math.isnan(value) for value in unknown)
        assert grasp.id == grasp.gripper == ""


def test_an_old_plan_has_its_grasps_and_its_report(old_bag: Path) -> None:
    plans = messages(old_bag, "/grasp_planner/grasps")
    assert [len(plan.grasps) for plan in plans] == [3, 3]
    for plan in plans:
        assert plan.report.sampled > plan.report.scored > 0
        assert plan.report.stage_names[0] == "table"
        assert all(math.isnan(grasp.opening) and grasp.width > 0.02 for grasp in plan.grasps)


def test_a_grasp_of_unknown_opening_is_refused_where_it_would_be_executed(old_bag: Path) -> None:
    with pytest.raises(InvalidMessageError, match="opening = nan m"):
        grasp_from_message(messages(old_bag, "/attempt/grasp")[0])


@pytest.mark.parametrize("name", ["recorded_by_1_0_0.mcap", "recorded_by_1_0_0_sqlite3"])
def test_old_attempts_are_read_for_fine_tuning(name: str) -> None:
    read = read_attempts(DATA / name, 32, AttemptTopics())
    assert read.successes.tolist() == [True, False, True, False]
    assert read.depths.tolist() == pytest.approx([0.6605, 0.6705] * 2, abs=1e-4)


def test_bag_tools_read_old_attempts(old_bag: Path, tmp_path: Path) -> None:
    bag = Bag(old_bag)
    topics = bag_attempts.attempt_topics(bag)
    assert topics is not None
    found = [one for ones in bag_attempts.read_attempts(bag, topics).values() for one in ones]
    assert [one.held for one in found] == [True, False, True, False]
    assert [one.column for one in found[:2]] == pytest.approx([158.508, 80.261], abs=1e-3)
    assert extract([str(old_bag), str(tmp_path / "out")]) in (0, 3)
    extracted = read_attempts(tmp_path / "out" / "attempts.csv", 32, AttemptTopics())
    assert extracted.successes.tolist() == [True, False, True, False]
    assert len(list((tmp_path / "out").glob("depth_*.npy"))) == 2


def test_bag_info_knows_the_topics_of_old_bags(old_bag: Path, capsys: pytest.CaptureFixture[str]) -> None:
    info([str(old_bag), "--json"])
    document = json.loads(capsys.readouterr().out)
    listing = json.dumps(document)
    assert "/camera/depth/image_rect" in listing and "pinch_interfaces/msg/GraspArray" in listing
    assert "not installed" not in listing


def test_bag_evaluate_plans_on_the_images_of_old_bags(old_bag: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = [str(old_bag), "--out", str(out), "--policy", "igq", "--workers", "1"]
    assert evaluate([*arguments, "--no-pictures"]) in (0, 3)
    plans = messages(out / "grasps.mcap", "/igq/grasps")
    assert len(plans) == 2
    assert all(grasp.opening > grasp.width for plan in plans for grasp in plan.grasps)
