# SPDX-License-Identifier: Apache-2.0
"""What is taken out of a recording is read by those it is for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from simulated_bags import SIMULATED

from pinch_bags.extract.command import main
from pinch_camera.replay.config import ReplayConfig
from pinch_camera.replay.replay_camera import open_recording
from pinch_core.cli import plan
from pinch_core.depth_format import DepthFormat
from pinch_core.errors import OutputError
from pinch_ros.bags import Bag, choose_depth_topics, raw_frames
from pinch_training.attempts.read import read_attempts
from pinch_training.attempts.topics import AttemptTopics

FRAMES = SIMULATED.scenes * SIMULATED.frames


def test_frames_are_what_the_recording_holds_and_the_folder_plays(
    simulated_bag: Path, tmp_path: Path
) -> None:
    assert main([str(simulated_bag), str(tmp_path / "out")]) == 0
    bag = Bag(simulated_bag)
    pairs = list(raw_frames(bag, choose_depth_topics(bag)))
    played = [one.load() for one in open_recording(ReplayConfig(path=str(tmp_path / "out")))]
    assert len(played) == len(pairs) == FRAMES
    for pair, frame in zip(pairs, played, strict=True):
        truth = pair.decode(DepthFormat())
        np.testing.assert_array_equal(frame.depth, truth.depth)
        assert frame.intrinsics == truth.intrinsics


def test_plan_reads_a_frame(simulated_bag: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(simulated_bag), str(tmp_path / "out"), "--every", "9", "--png"]) == 0
    depth, camera = tmp_path / "out" / "depth_000000.png", tmp_path / "out" / "camera.json"
    assert plan.main(["--depth", str(depth), "--camera", str(camera), "--policy", "igq"]) == 0
    assert "quality" in capsys.readouterr().out


def test_attempts_are_those_that_finetuning_reads_in_the_recording(
    simulated_bag: Path, tmp_path: Path
) -> None:
    assert main([str(simulated_bag), str(tmp_path / "out"), "--attempts-only"]) == 0
    assert len(list((tmp_path / "out").glob("depth_*.npy"))) == SIMULATED.scenes
    # Written by other code, from the recording itself.
    topics = AttemptTopics(depth="/camera/depth/image_rect_raw")
    expected = read_attempts(simulated_bag, 32, topics)
    found = read_attempts(tmp_path / "out" / "attempts.csv", 32, topics)
    np.testing.assert_array_equal(found.successes, expected.successes)
    np.testing.assert_allclose(found.depths, expected.depths, atol=1e-7)
    np.testing.assert_allclose(found.crops, expected.crops, atol=1e-6)


def test_a_damaged_recording_gives_what_comes_before_the_fault(
    simulated_bag: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = simulated_bag.read_bytes()
    (tmp_path / "cut.mcap").write_bytes(content[: len(content) * 2 // 3])
    assert main([str(tmp_path / "cut.mcap"), str(tmp_path / "out")]) == 3
    assert 4 <= len(list((tmp_path / "out").glob("depth_*.npy"))) < FRAMES
    assert "cut off" in capsys.readouterr().err


def test_a_folder_with_something_in_it_is_not_touched(simulated_bag: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="is not empty"):
        main([str(simulated_bag), str(tmp_path)])
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
