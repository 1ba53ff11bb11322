# SPDX-License-Identifier: Apache-2.0
"""Stability and stillness obey their laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinch_bags.evaluate.command import _gathered
from pinch_bags.evaluate.records import GraspRecord
from pinch_bags.evaluate.stability import Step
from pinch_bags.evaluate.stillness import changed_share, is_still, thumbnail
from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp, GripperTranslation, ImageGrasp

angles, metres = st.floats(-3.0, 3.0), st.floats(-1.0, 1.0)
poses = st.builds(Transform.from_rpy, st.tuples(angles, angles, angles), st.tuples(metres, metres, metres))


def record(pose: Transform, quality: float = 0.5) -> GraspRecord:
    down = pose.rotation[:, 2]
    grasp = Grasp(
        T_cam_tcp=pose,
        width=0.05,
        opening=0.06,
        approach=GripperTranslation(down, 0.1),
        retreat=GripperTranslation(-down, 0.08),
        quality=quality,
        image=ImageGrasp(1.0, 2.0, 0.3, 0.7),
        gripper="panda",
        source="test",
        id="0123456789abcdef",
    )
    return GraspRecord.of(grasp)


@settings(max_examples=50, deadline=None)
@given(pose=poses)
def test_a_record_gives_its_grasp_back(pose: Transform) -> None:
    kept, again = record(pose), GraspRecord.of(record(pose).grasp)
    assert again == kept
    np.testing.assert_array_equal(kept.grasp.T_cam_tcp.matrix, pose.matrix)


@settings(max_examples=50, deadline=None)
@given(first=poses, second=poses, camera=poses)
def test_a_step_is_the_same_both_ways_and_from_wherever_it_is_seen(
    first: Transform, second: Transform, camera: Transform
) -> None:
    there, back = Step.between(record(first), record(second)), Step.between(record(second), record(first))
    moved = Step.between(record(camera @ first), record(camera @ second))
    for other in (back, moved):
        assert other.distance == pytest.approx(there.distance, abs=1e-9)
        assert other.turn == pytest.approx(there.turn, abs=1e-6)
    assert 0.0 <= there.turn <= math.pi / 2


@settings(max_examples=50, deadline=None)
@given(pose=poses)
def test_a_hand_turned_by_half_a_turn_holds_the_same(pose: Transform) -> None:
    step = Step.between(record(pose), record(pose @ Transform.from_rpy((0.0, 0.0, math.pi))))
    assert step.is_same and step.distance == 0.0


def test_noise_and_holes_are_still_and_an_object_that_moves_is_not() -> None:
    rng = np.random.default_rng(0)
    scene = np.full((480, 640), 0.7, np.float32)
    scene[200:260, 300:350] -= 0.05

    def seen(image: np.ndarray) -> str:
        noisy = (image + rng.normal(0.0, 0.003, image.shape)).astype(np.float32)
        noisy[rng.random(image.shape) < 0.1] = np.nan
        return thumbnail(noisy)

    assert is_still(seen(scene), seen(scene))
    assert not is_still(seen(scene), seen(np.roll(scene, 60, axis=1)))
    assert changed_share(seen(scene), seen(scene + 0.05)) == 1.0
    assert not is_still(thumbnail(np.full((480, 640), np.nan, np.float32)), seen(scene))


@pytest.mark.parametrize(
    ("words", "gathered"),
    [
        (["--model", "a", "--model", "b", "--seed", "1"], ["--seed", "1", "--model", "a", "b"]),
        (["--model", "a", "b"], ["--model", "a", "b"]),
        (["--seed", "1"], ["--seed", "1"]),
    ],
)
def test_an_option_may_be_given_again_for_each_network(words: list[str], gathered: list[str]) -> None:
    assert _gathered(words, "--model") == gathered
