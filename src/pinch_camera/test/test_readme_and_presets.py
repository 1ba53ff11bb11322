# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pinch_camera.filters.config import FilterConfig
from pinch_camera.node import CameraNodeConfig
from pinch_camera.sources import SOURCES
from pinch_ros.parameters import parameter_table

README = Path(__file__).parents[1] / "README.md"
PRESETS = sorted((Path(__file__).parents[3] / "config" / "camera").glob("*.yaml"))


def known() -> list[str]:
    rows = parameter_table(CameraNodeConfig) + parameter_table(FilterConfig, "filters")
    for name, kind in SOURCES.items():
        rows += parameter_table(kind.config_class, name)
    return [row[0] for row in rows]


def flatten(values: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield prefix + key


def test_the_readme_lists_every_parameter_and_no_other() -> None:
    section = README.read_text(encoding="utf-8").partition("## Parameters")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE) == known()


@pytest.mark.parametrize("preset", PRESETS, ids=lambda path: path.stem)
def test_a_preset_sets_only_parameters_there_are(preset: Path) -> None:
    values = yaml.safe_load(preset.read_text(encoding="utf-8"))["/**/depth_camera"]["ros__parameters"]
    assert values["source"] in SOURCES
    names = [name for name in flatten(values) if not name.startswith("qos_overrides.")]
    assert set(names) <= set(known())
