# SPDX-License-Identifier: Apache-2.0
"""Words of a command line before its options: an action, then places."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinch_core.cli.actions import run_action
from pinch_core.cli.duration import duration
from pinch_core.cli.places import split_places
from pinch_core.errors import ConfigError, UnknownNameError


def test_an_action_gets_what_follows_it_and_decides_the_exit_code() -> None:
    got: list[str] = []

    def cook(argv: object) -> int:
        got.extend(argv)
        return 7

    assert run_action(["cook", "egg", "--hard"], "pinch food", "usage", {"cook": cook, "eat": int}) == 7
    assert got == ["egg", "--hard"]


@pytest.mark.parametrize(
    ("argv", "said"),
    [([], "the action of pinch food is missing"), (["fry"], "'fry' is no action of pinch food")],
)
def test_without_an_action_those_that_there_are_are_named(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UnknownNameError, match=f"{said}; name one of cook, eat"):
        run_action(argv, "pinch food", "usage", {"cook": len, "eat": len})
    assert capsys.readouterr().err == "usage\n"


@pytest.mark.parametrize("count", [1, 2])
def test_places_come_before_options(count: int) -> None:
    words = ["a", "~/b"][:count]
    places, rest = split_places([*words, "--every", "3"], count, "pinch food")
    assert places == [Path("a"), Path.home() / "b"][:count]
    assert rest == ["--every", "3"]
    for argv in ([], ["--every", "a", "b"], [*words[:-1], "--every", "b"]):
        with pytest.raises(ConfigError, match="a dish is missing; name it before any option: pinch food"):
            split_places(argv, count, "pinch food", "a dish")
        assert split_places([*argv, "--help"], count, "pinch food") == ([Path()] * count, [*argv, "--help"])


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00:00"), (99.6, "0:01:40"), (3600, "1:00:00"), (360000, "100:00:00")]
)
def test_durations_are_hours_minutes_and_seconds(seconds: float, text: str) -> None:
    assert duration(seconds) == text
