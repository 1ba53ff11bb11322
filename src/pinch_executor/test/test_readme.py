# SPDX-License-Identifier: Apache-2.0
"""The README names every parameter with the default that it has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pinch_executor.executor_config import ExecutorConfig
from pinch_ros.parameters import parameter_table

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
STAGES = "stages."


def shown(default: object) -> str:
    values = list(default) if isinstance(default, tuple) else default
    return str(values).replace("'", "")


@pytest.mark.parametrize("row", parameter_table(ExecutorConfig), ids=lambda row: row[0])
def test_a_parameter_is_documented(row: tuple[str, object, str, str]) -> None:
    name, default, unit, meaning = row
    if not name.startswith(STAGES):
        meaning = meaning.removesuffix(f" [{unit}]")
        assert f"| `{name}` | `{shown(default)}` | {unit} | {meaning} |" in README
        return
    stage, limit = name.removeprefix(STAGES).split(".")
    found = re.search(rf"^\| [a-z-]+ \| `{stage}` \| (\d+) \| (\d+) \|", README, re.MULTILINE)
    assert found, f"no row of stage {stage}"
    assert float(found[1 if limit == "timeout" else 2]) == default
