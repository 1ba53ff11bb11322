# SPDX-License-Identifier: Apache-2.0
"""What a survey of a recording says is so, and what it misses it names with a remedy."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from simulated_bags import SIMULATED

from pinch_bags.info.command import main
from pinch_bags.info.survey import BagSurvey, survey_bag
from pinch_ros.bags import Bag, BagWriter, RawMessage, RecordedTransforms, choose_depth_topics
from pinch_ros.conversions import stamp_to_ns

FRAMES = SIMULATED.scenes * SIMULATED.frames
IMAGE, INFO = "/camera/depth/image_rect_raw", "/camera/depth/camera_info"


def changed(path: Path, target: Path, change: Callable[[RawMessage], RawMessage | None]) -> Bag:
    """A copy whose messages are what ``change`` makes of them."""
    bag = Bag(path)
    with BagWriter(target) as out:
        for raw in bag.messages(bag.topics):
            new = change(raw)
            if new is not None:
                out.add_raw(new.topic, new.type, new.data, new.time_ns)
    return Bag(target)


def without(name: str) -> Callable[[RawMessage], RawMessage | None]:
    return lambda raw: None if raw.topic == name else raw


def only_camera(survey: BagSurvey) -> object:
    (camera,) = survey.cameras
    return camera


def test_a_whole_recording_has_all_that_a_planner_needs(simulated_bag: Path) -> None:
    bag = Bag(simulated_bag)
    survey = survey_bag(bag, "panda_link0")
    assert (survey.fault, survey.missing, survey.ground_truth, survey.attempts) == ("", [], True, True)
    assert survey.messages == sum(1 for _ in bag.messages(bag.topics))
    rates = {topic.name: (topic.count, topic.rate) for topic in survey.topics}
    assert rates[IMAGE] == (FRAMES, pytest.approx(SIMULATED.rate))
    camera = only_camera(survey)
    assert camera.missing == [] and camera.can_be_planned_on
    assert (camera.images, camera.pairs, camera.encoding, camera.size) == (
        FRAMES,
        FRAMES,
        "16UC1",
        (640, 480),
    )
    assert camera.chain == ["camera_depth_optical_frame", "camera_link", "panda_link0"]
    info = next(iter(bag.messages((INFO,)))).decode()
    assert camera.intrinsics == (640, 480, info.p[0], info.p[5], info.p[2], info.p[6])


def test_a_gap_shows(simulated_bag: Path, tmp_path: Path) -> None:
    first_ns = next(iter(Bag(simulated_bag).messages((IMAGE,)))).time_ns
    in_the_middle = (first_ns + 150_000_000, first_ns + 550_000_000)
    bag = changed(
        simulated_bag,
        tmp_path / "bag.mcap",
        lambda raw: None if in_the_middle[0] < raw.time_ns < in_the_middle[1] else raw,
    )
    (images,) = (topic for topic in survey_bag(bag, "").topics if topic.name == IMAGE)
    assert images.longest_gap == pytest.approx(0.5, abs=1e-6)


NO_INFO = (
    "no camera info on /camera/depth/camera_info; record it, name it with --info-topic, or give the "
    "intrinsics with --camera FILE"
)
NOT_CONNECTED = (
    "is not connected to any other frame by /tf and /tf_static; record both, or give the camera's pose with "
    "--camera-pose FILE"
)


@pytest.mark.parametrize(
    ("lost", "sentence", "planned_on"), [(INFO, NO_INFO, False), ("/tf_static", NOT_CONNECTED, True)]
)
def test_what_is_missing_is_named_with_its_remedy(
    simulated_bag: Path, tmp_path: Path, lost: str, sentence: str, planned_on: bool
) -> None:
    camera = only_camera(survey_bag(changed(simulated_bag, tmp_path / "bag.mcap", without(lost)), ""))
    assert any(sentence in missing for missing in camera.missing), camera.missing
    assert camera.can_be_planned_on == planned_on


def test_a_base_frame_that_is_not_connected_is_named(simulated_bag: Path) -> None:
    camera = only_camera(survey_bag(Bag(simulated_bag), "ur_base"))
    assert any("not connected to 'ur_base'" in missing for missing in camera.missing)


def test_camera_info_of_another_sensor_than_the_image_is_named(simulated_bag: Path, tmp_path: Path) -> None:
    def of_colour(raw: RawMessage) -> RawMessage:
        data = bytes(raw.data).replace(b"camera_depth_optical", b"camera_color_optical")
        return dataclasses.replace(raw, data=data) if raw.topic == INFO else raw

    camera = only_camera(survey_bag(changed(simulated_bag, tmp_path / "colour.mcap", of_colour), ""))
    assert any("its camera info in 'camera_color_optical_frame'" in missing for missing in camera.missing)
    assert camera.can_be_planned_on


def test_stamps_that_jump_back_are_counted(simulated_bag: Path, tmp_path: Path) -> None:
    bag = Bag(simulated_bag)
    recorded = list(bag.messages(bag.topics))
    with BagWriter(tmp_path / "twice.mcap") as out:
        for shift_ns in (0, 10**10):
            for raw in recorded:
                out.add_raw(raw.topic, raw.type, raw.data, raw.time_ns + shift_ns)
    camera = only_camera(survey_bag(Bag(tmp_path / "twice.mcap"), ""))
    assert camera.jumps_back == 1 and any("jump back 1 times" in missing for missing in camera.missing)


def test_a_type_that_is_not_installed_is_named(simulated_bag: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bag = Bag(simulated_bag)
    topic = bag.topics["/attempts/held"]
    monkeypatch.setitem(
        bag.topics, topic.name, type(topic)(topic.name, "nowhere_msgs/msg/Nothing", topic.count)
    )
    survey = survey_bag(bag, "")
    assert any("nowhere_msgs/msg/Nothing of /attempts/held is not installed" in one for one in survey.missing)
    assert only_camera(survey).can_be_planned_on


def test_the_command_tells_by_its_exit_code(
    simulated_bag: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(simulated_bag), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cameras"][0]["image_topic"] == IMAGE
    changed(simulated_bag, tmp_path / "blind.mcap", without(IMAGE))
    assert main([str(tmp_path / "blind.mcap")]) == 1
    assert "no depth image" in " ".join(capsys.readouterr().out.split())
    content = simulated_bag.read_bytes()
    (tmp_path / "cut.mcap").write_bytes(content[: len(content) // 2])
    assert main([str(tmp_path / "cut.mcap")]) == 3
    assert "cut.mcap was cut off" in capsys.readouterr().err


def test_the_topic_of_one_of_several_cameras_has_to_be_named(simulated_bag: Path, tmp_path: Path) -> None:
    def second(raw: RawMessage) -> RawMessage:
        return RawMessage(
            raw.topic.replace("/camera/", "/other/"), raw.type, raw.time_ns, raw.data, raw.where
        )

    bag = Bag(simulated_bag)
    with BagWriter(tmp_path / "two.mcap") as out:
        for raw in bag.messages((IMAGE, INFO)):
            for one in (raw, second(raw)):
                out.add_raw(one.topic, one.type, one.data, one.time_ns)
    two = Bag(tmp_path / "two.mcap")
    with pytest.raises(Exception, match="/camera/depth/image_rect_raw, /other/depth/image_rect_raw"):
        choose_depth_topics(two)
    assert choose_depth_topics(two, "/other/depth/image_rect_raw").info == "/other/depth/camera_info"
    assert RecordedTransforms().chain("x") == ["x"] and stamp_to_ns(raw.decode().header.stamp) > 0
