# SPDX-License-Identifier: Apache-2.0
"""YAML and JSON of any origin are plain data or a ValueError of one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pinch_core.config import load_yaml
from pinch_core.errors import ConfigError
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.plain_text import parse_json, parse_yaml, shown

TEXT = st.text("ab:-# '\"{[é")
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
DATA = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=8)


@given(DATA)
def test_what_was_written_is_read(value: Any) -> None:
    assert parse_json(json.dumps(value)) == value
    assert parse_yaml(yaml.safe_dump(value, allow_unicode=True)) == value


@pytest.mark.parametrize("parse", [parse_yaml, parse_json])
@pytest.mark.parametrize("text", ["[" * 20_000, '{"a":' * 20_000, "{", b"\xff\xfe\xfd"])
def test_what_cannot_be_read_is_one_line(parse: Callable[[str | bytes], Any], text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        parse(text)


@pytest.mark.parametrize(
    "text", ["a: 2001-99-99", "a: 0b_", "a: !!python/object/apply:os.getcwd []", "a: *b"]
)
def test_a_value_that_only_looks_like_one_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        parse_yaml(text)
    path = tmp_path / "gripper.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"gripper\.yaml is not valid YAML: [^\n]*\.$"):
        load_yaml(ParallelJawGripper, path)


def test_aliases_that_multiply_are_shown_in_short() -> None:
    # Each list holds the one before ten times: whole, the last has a hundred million words.
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]"
        for old, new in zip("abcdefg", "bcdefgh", strict=True)
    ]
    assert len(shown(parse_yaml("\n".join(lines)))) < 10_000


def test_a_list_that_holds_itself_is_shown() -> None:
    assert len(shown(parse_yaml("&a [1, *a]"))) < 200
