# SPDX-License-Identifier: Apache-2.0
"""Every row of docs/newcomers_questions.md leads to a source file that has what the row names."""

from __future__ import annotations

import re

import pytest
from source_tree import ROOT

PAGE = ROOT / "docs/newcomers_questions.md"
ROWS = re.findall(r"^\| (.+\?) \| (.+) \| (.+) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
LINK = re.compile(r"\]\(([^)#]+)\)")


def test_six_questions_are_answered() -> None:
    assert len(ROWS) == 6


@pytest.mark.parametrize(("question", "first", "second", "third"), ROWS, ids=lambda cell: cell[:30])
def test_a_question_is_answered_in_three_hops(question: str, first: str, second: str, third: str) -> None:
    page, source = (PAGE.parent / LINK.findall(hop)[0] for hop in (first, second))
    assert page.is_file() and source.is_file(), question
    text = source.read_text(encoding="utf-8")
    named = re.findall(r"`(\w+)`", third)
    assert named, question
    assert [name for name in named if not re.search(rf"\b{name}\b", text)] == []


def test_settings_and_arguments_that_answers_name_are_in_their_files() -> None:
    for _, first, _, _ in ROWS:
        page = (PAGE.parent / LINK.findall(first)[0]).read_text(encoding="utf-8")
        for name in re.findall(r"`([\w.]+)`", first):
            assert re.search(rf"\b{name.rpartition('.')[2]}\b", page), name
