# SPDX-License-Identifier: Apache-2.0
"""Errors carry their data as attributes, also from one process to another."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from pinch_core.config import configclass, from_mapping, setting
from pinch_core.depth_files import load_frame
from pinch_core.errors import (
    ConfigError,
    DamagedFileError,
    MissingKeyError,
    OutOfBoundsError,
    PinchError,
    UnknownKeyError,
    UnknownNameError,
    together,
)
from pinch_core.planning.policies import UnknownPolicyError, policy_kind


@configclass
class Finger:
    length: float = setting(unit="m", help="from palm to tip", lower=0.01, upper=0.2)


def test_a_value_out_of_bounds_is_told_with_them() -> None:
    with pytest.raises(OutOfBoundsError) as caught:
        Finger(0.5)
    error = caught.value
    assert (error.setting, error.value, error.lower, error.upper) == ("Finger.length", 0.5, 0.01, 0.2)
    assert str(error) == (
        "Finger.length = 0.5 m is outside [0.01, 0.2]: from palm to tip; set a value inside the range."
    )


def test_keys_that_do_not_fit_are_told() -> None:
    with pytest.raises(UnknownKeyError) as unknown:
        from_mapping(Finger, {"lenght": 0.1}, "here")
    assert (unknown.value.key, unknown.value.known) == ("lenght", ("length",))
    with pytest.raises(MissingKeyError) as missing:
        from_mapping(Finger, {}, "here")
    assert missing.value.key == "length"


def test_an_unknown_name_is_told_with_those_that_are_known() -> None:
    with pytest.raises(UnknownPolicyError) as caught:
        policy_kind("guess")
    assert caught.value.name == "guess"
    assert "cem" in caught.value.known


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    depth = tmp_path / "depth.npy"
    depth.touch()
    (tmp_path / "camera.json").write_text('{"fx": 1, "fy": 1, "cx": 1, "cy": 1, "width": 2, "height": 2}')
    with pytest.raises(DamagedFileError) as caught:
        load_frame(depth, tmp_path / "camera.json")
    assert caught.value.path == depth


@pytest.mark.parametrize(
    "error",
    [
        OutOfBoundsError("Finger.length", 0.5, 0.01, 0.2, unit="m", meaning="from palm to tip"),
        UnknownKeyError("no such key", "lenght", ["length"]),
        UnknownNameError("no such name", "hand", ["claw"]),
        DamagedFileError("damaged", Path("depth.npy")),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_reach_another_process_whole(error: PinchError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_of_many_errors_told_together_the_last_are_counted() -> None:
    told = str(together([ConfigError(f"fault {number}.") for number in range(20)]))
    assert told.startswith("fault 0. fault 1. ") and told.endswith(
        "fault 6. There are 13 more of such faults."
    )
    assert str(together([ConfigError("one."), ConfigError("one.")])) == "one."
