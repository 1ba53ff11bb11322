# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import pytest

from pinch_core.cli.option_words import OptionError
from pinch_core.cli.settings import parse
from pinch_core.config import setting


class Layout(Enum):
    OURS = "ours"
    PUBLISHED = "published-2017"


@dataclass(frozen=True)
class Options:
    folders: tuple[Path, ...] = setting(default=(), help="some folders")
    layout: Layout = setting(default=Layout.OURS, help="how to write them")


def test_lists_take_any_number_of_values() -> None:
    assert parse(Options, [], "x", "").folders == ()
    assert parse(Options, ["--folders", "a", "b/c"], "x", "").folders == (Path("a"), Path("b/c"))


def test_choices_are_the_values_of_an_enumeration() -> None:
    assert parse(Options, ["--layout", "published-2017"], "x", "").layout is Layout.PUBLISHED
    with pytest.raises(OptionError, match="'PUBLISHED' is no word of ours, published-2017"):
        parse(Options, ["--layout", "PUBLISHED"], "x", "")


@dataclass(frozen=True)
class Nested:
    corner: tuple[int, int] | None = setting(default=None, unit="px", help="column and row")
    weights: tuple[float, ...] = setting(default=(), help="one for each")
    mirror: bool = setting(default=True, help="mirror it")


@dataclass(frozen=True)
class Required:
    folder: Path = setting(help="a folder")
    seed: int = setting(default=0, help="a seed")
    quiet: bool = setting(default=False, help="print less")
    image: Nested = field(default_factory=Nested)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "--image.corner 5",
            "2 values, each a whole number, but 1 is given ('5') (column and row [px])",
        ),
        ("--image.corner 5 6 7", "but 3 are given ('5 6 7')"),
        ("--image.corner 5 x", "--image.corner 5 x: 'x' is no whole number (column and row [px])"),
        ("--image.corner", "but none are given"),
        ("--image.weights 1 a", "--image.weights 1 a: 'a' is no number"),
        ("--image.mirror", "--image.mirror is no option of pinch x; did you mean --image.no-mirror"),
        ("--seed", "--seed takes one whole number, but none are given"),
        ("--seed 1.5", "'1.5' is no whole number"),
        ("--quiet yes", "--quiet takes no value, but 1 is given ('yes')"),
        ("--sede 1", "--sede is no option of pinch x; did you mean --seed?"),
        ("-s 1", "-s is no option of pinch x"),
        ("stray", "'stray' belongs to no option of pinch x"),
        ("", "pinch x is missing --folder (a folder); "),
    ],
)
def test_a_wrong_command_line_is_told_in_one_sentence(words: str, said: str) -> None:
    given = words.split() if words in ("", "stray") else ["--folder", "f", *words.split()]
    with pytest.raises(OptionError) as refused:
        parse(Required, given, "pinch x FILE... [options]", "")
    sentence = str(refused.value)
    assert said in sentence
    assert sentence.endswith("pinch x --help lists the options.")
    assert not set("\n│[") & set(sentence.replace("[px]", ""))


def test_what_only_the_parser_refuses_has_no_box_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinch_core.cli.settings.refuse_wrong_options", lambda *_: None)
    with pytest.raises(OptionError, match="length 1 did not match") as refused:
        parse(Nested, ["--corner", "5"], "pinch x", "")
    assert not set("\n│╭─") & set(str(refused.value)) and "[bold]" not in str(refused.value)


def test_numbers_below_zero_and_none_are_values() -> None:
    got = parse(Nested, ["--corner", "None", "--weights", "-1.5", "-2", "1e3", "-inf"], "pinch x", "")
    assert got == Nested(None, (-1.5, -2.0, 1000.0, -math.inf))
    assert parse(Nested, ["--no-mirror", "--corner", "-3", "4"], "pinch x", "") == Nested((-3, 4), (), False)
