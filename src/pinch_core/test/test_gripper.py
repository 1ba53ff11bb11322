# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from pinch_core.errors import ConfigError, UnknownNameError
from pinch_core.grasp_types import read_gripper
from pinch_core.parallel_jaw.gripper import ParallelJawGripper, as_parallel_jaw
from pinch_core.resources import load_gripper


def test_fingers_stand_outside_the_opening_and_carry_the_palm(gripper: ParallelJawGripper) -> None:
    left, right, palm = gripper.bodies(0.05)
    assert left.center[1] - left.half_size[1] == pytest.approx(0.025)
    assert right.center[1] + right.half_size[1] == pytest.approx(-0.025)
    assert left.center[2] + left.half_size[2] == pytest.approx(gripper.finger.tip_beyond_tcp)
    assert palm.center[2] + palm.half_size[2] == pytest.approx(left.center[2] - left.half_size[2])
    assert np.allclose(left.center * [1, -1, 1], right.center)


def test_jaws_that_cannot_open_are_refused(gripper: ParallelJawGripper) -> None:
    with pytest.raises(ConfigError, match="not below max_opening"):
        dataclasses.replace(gripper, min_opening=0.09)


def test_an_unknown_gripper_is_answered_with_the_known_ones(tmp_path, monkeypatch) -> None:
    (tmp_path / "grippers").mkdir()
    (tmp_path / "grippers" / "claw.yaml").touch()
    monkeypatch.setenv("PINCH_CONFIG_DIR", str(tmp_path))
    with pytest.raises(UnknownNameError, match=r"'hand' is not one of the grippers .* known: claw"):
        load_gripper("hand")


def test_a_gripper_file_that_is_not_yaml_is_named_for_its_ending(tmp_path: Path) -> None:
    (tmp_path / "claw.json").write_text("{}")
    with pytest.raises(UnknownNameError, match=r"claw\.json does not end in \.yaml"):
        load_gripper(str(tmp_path / "claw.json"))


OF_VERSION_1 = """\
name: old
max_width: 0.08
min_width: 0.01
max_force: 70.0
finger: {breadth: 0.022, thickness: 0.0155, length: 0.047, tip_beyond_tcp: 0.0095}
palm: {size_x: 0.065, size_y: 0.205, size_z: 0.066}
"""


def test_a_file_of_pinch_1_is_a_parallel_jaw_with_todays_names(tmp_path: Path) -> None:
    path = tmp_path / "old.yaml"
    path.write_text(OF_VERSION_1)
    gripper = as_parallel_jaw(read_gripper(path), "this test")
    assert (gripper.type, gripper.max_opening, gripper.min_opening) == ("parallel_jaw", 0.08, 0.01)


def test_old_names_beside_a_type_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mixed.yaml"
    path.write_text("type: parallel_jaw\n" + OF_VERSION_1)
    with pytest.raises(ConfigError, match="unknown keys 'max_width', 'min_width'"):
        read_gripper(path)


@pytest.mark.parametrize("text", ["", "- 1\n", "type: [parallel_jaw]\nname: x\n", "type: 3\n", "type:\n"])
def test_what_names_no_gripper_type_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "g.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"g\.yaml") as refusal:
        read_gripper(path)
    assert str(refusal.value).endswith(".")
