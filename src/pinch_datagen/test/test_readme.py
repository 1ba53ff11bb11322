# SPDX-License-Identifier: Apache-2.0
"""The README's table and the config are in step, and its example runs."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.heaps.heap_config import BinHeap, HeapConfig, Packed, Pile
from pinch_datagen.heaps.heap_data_config import HeapDataConfig
from pinch_datagen.objects.procedural.families import FAMILIES

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parents[1]


def settings(config: object, prefix: str = "") -> Iterator[tuple[str, object]]:
    for item in dataclasses.fields(config):  # type: ignore[arg-type]
        value = getattr(config, item.name)
        if dataclasses.is_dataclass(value):
            yield from settings(value, f"{prefix}{item.name}.")
        else:
            yield prefix + item.name, value


def heap_settings() -> Iterator[tuple[str, object]]:
    """Of datasets of heaps and of one kind of heap, without the planner's and those without effect."""
    kind = HeapConfig(pile=Pile())
    without = ("planner", "min_robust_epsilon", "approach_offsets")
    data = (row for row in settings(HeapDataConfig(kinds=(kind,)), "heaps."))
    yield from (
        (name, () if name == "heaps.kinds" else value)
        for name, value in data
        if not any(part in name for part in without)
    )
    yield from (row for row in settings(kind) if row[0].split(".")[0] not in ("pile", "packed", "bin"))
    for name, arrangement in (("pile", Pile()), ("packed", Packed()), ("bin", BinHeap())):
        yield from settings(arrangement, f"{name}.")


def written(value: object) -> object:
    """A default as the table has it."""
    if isinstance(value, tuple):
        return pytest.approx([float(part) for part in value], rel=1e-3) if value else "none"
    if isinstance(value, bool) or value is None:
        return "off" if value is None else str(value).lower()
    return value if isinstance(value, str) else pytest.approx(float(value), rel=1e-3)  # type: ignore[arg-type]


def test_the_table_lists_every_setting_with_its_default() -> None:
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z_0-9.]+)` \| ([^|]+) \| [^|]* \| [^|]+ \|$", text, re.MULTILINE))
    expected = dict(settings(DatagenConfig())) | dict(heap_settings())
    assert set(rows) == set(expected)
    for name, value in expected.items():
        row: object = rows[name]
        if isinstance(value, tuple) and value:
            row = [float(part) for part in rows[name].split(",")]
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            row = float(rows[name])
        assert row == written(value), name


def test_docs_name_as_many_families_as_there_are() -> None:
    for page in ("docs/generate_data.md", "CHANGELOG.md"):
        assert f"{len(FAMILIES)} procedural families" in (ROOT / page).read_text(encoding="utf-8")
