# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from pinch_core.planner_config import PlannerConfig

README = Path(__file__).resolve().parents[1] / "README.md"


def settings(config: object, prefix: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for item in dataclasses.fields(config):  # type: ignore[arg-type]
        value = getattr(config, item.name)
        if dataclasses.is_dataclass(value):
            found |= settings(value, f"{prefix}{item.name}.")
        else:
            found[prefix + item.name] = value
    return found


def test_the_table_of_settings_lists_every_setting_with_its_default() -> None:
    rows = dict(
        re.findall(r"^\| `([a-z_.]+)` \| ([^|]+) \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    )
    expected = settings(PlannerConfig())
    assert set(rows) == set(expected)
    for name, value in expected.items():
        if isinstance(value, bool):
            assert rows[name] == str(value).lower()
        else:
            numbers = [float(number) for number in rows[name].split(",")]
            assert numbers == pytest.approx(list(value) if isinstance(value, tuple) else [value]), name
