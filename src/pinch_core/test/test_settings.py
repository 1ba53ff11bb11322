# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pytest

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


def test_choices_are_the_values_of_an_enumeration(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse(Options, ["--layout", "published-2017"], "x", "").layout is Layout.PUBLISHED
    with pytest.raises(SystemExit, match="2"):
        parse(Options, ["--layout", "PUBLISHED"], "x", "")
    assert "published-2017" in capsys.readouterr().err
