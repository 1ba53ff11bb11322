# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from pinch_core.errors import ConfigError, UnknownNameError
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
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
