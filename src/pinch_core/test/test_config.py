# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import math
from dataclasses import field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinch_core.config import configclass, dump_yaml, field_info, from_mapping, load_yaml, setting, to_mapping
from pinch_core.errors import ConfigError, OutOfBoundsError, UnknownKeyError
from pinch_core.planner_config import PlannerConfig


@configclass
class Inner:
    step: float = setting(default=0.01, unit="m", help="a step", lower=0.001, upper=0.1)


@configclass
class Outer:
    name: str
    pair: tuple[float, float] = setting(default=(0.1, 0.2), help="two numbers", lower=0.0, upper=1.0)
    many: tuple[float, ...] = (1.0,)
    note: str | None = None
    inner: Inner = field(default_factory=Inner)


def test_mappings_become_configs_with_tuples_and_nesting() -> None:
    made = from_mapping(
        Outer, {"name": "a", "pair": [0, 1], "many": [1, 2, 3], "inner": {"step": 0.05}}, "x.yaml"
    )
    assert made == Outer("a", (0.0, 1.0), (1.0, 2.0, 3.0), None, Inner(0.05))
    assert isinstance(made.pair[0], float)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"name": "a", "speed": 1},
            "unknown key 'speed' in Outer; known keys: inner, many, name, note, pair",
        ),
        ({}, "lacks the key 'name'"),
        ({"name": 3}, "key 'name' = 3 must be of type str"),
        ({"name": "a", "pair": [1.0]}, "list of 2 values"),
        ({"name": "a", "pair": 1.0}, "must be a list"),
        ({"name": "a", "pair": [0.5, 2.0]}, r"Outer.pair = 2 is outside \[0, 1\]: two numbers"),
        ({"name": "a", "pair": [0.5, math.nan]}, "nan is outside"),
        ({"name": "a", "inner": {"step": 0.5}}, r"Inner.step = 0.5 m is outside \[0.001, 0.1\]"),
        ({"name": "a", "inner": {"stride": 0.5}}, "unknown key 'stride' in Inner"),
        ({"name": "a", "inner": 3}, "needs a mapping"),
        ([], "needs a mapping"),
    ],
)
def test_bad_settings_are_refused_with_place_and_remedy(values: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        from_mapping(Outer, values, "x.yaml")


@given(
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    pair=st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)),
    many=st.lists(st.floats(allow_nan=False), max_size=3).map(tuple),
    note=st.none() | st.sampled_from(["null", "1.0", "yes", ""]),
    step=st.floats(0.001, 0.1),
)
def test_a_config_written_as_yaml_is_read_back_equal(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    pair: tuple[float, float],
    many: tuple[float, ...],
    note: str | None,
    step: float,
) -> None:
    path = tmp_path_factory.mktemp("config") / "config.yaml"
    config = Outer(name, pair, many, note, Inner(step))
    path.write_text(dump_yaml(config), encoding="utf-8")
    assert load_yaml(Outer, path) == config
    assert from_mapping(Outer, to_mapping(config), "memory") == config


def test_yaml_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing.yaml cannot be read \(No such file"):
        load_yaml(Outer, tmp_path / "missing.yaml")
    (tmp_path / "broken.yaml").write_text("name: [", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"broken.yaml is not valid YAML"):
        load_yaml(Outer, tmp_path / "broken.yaml")


def test_every_setting_of_the_planner_has_help_and_bounds_around_its_default() -> None:
    def check(config: object) -> int:
        count = 0
        for item in dataclasses.fields(config):  # type: ignore[arg-type]
            value = getattr(config, item.name)
            if dataclasses.is_dataclass(value):
                count += check(value)
                continue
            info = field_info(item)
            assert info is not None, item.name
            assert len(info.help) > 10, item.name
            count += 1
        return count

    assert check(PlannerConfig()) > 25


def test_composite_defaults_must_use_a_factory() -> None:
    with pytest.raises(TypeError, match="default_factory"):
        setting(default=[1.0], help="a list")


@pytest.mark.parametrize("digits", [400, 5000])
def test_an_integer_beyond_every_number_is_refused(digits: int, tmp_path: Path) -> None:
    path = tmp_path / "inner.yaml"
    path.write_text(f"gain: {'9' * digits}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"inner\.yaml"):
        load_yaml(Inner, path)


def test_all_faults_of_a_mapping_are_told_at_once() -> None:
    values = {"speed": 1, "sped": 2, "pair": 1.0, "note": 3, "inner": {"step": 0.5, "stride": 1}}
    with pytest.raises(UnknownKeyError) as refused:
        from_mapping(Outer, values, "x.yaml")
    for said in (
        "the unknown keys 'speed', 'sped' in Outer", "lacks the key 'name'", "'pair' = 1.0 must be a list",
        "'note' = 3 must be of type str", "the unknown key 'stride' in Inner",
    ):  # fmt: skip
        assert said in str(refused.value)
    assert refused.value.key == "speed"


def test_all_numbers_out_of_their_bounds_are_told_at_once() -> None:
    with pytest.raises(
        OutOfBoundsError, match=r"pair = 2 is outside.* Outer\.pair = -1 is outside"
    ) as refused:
        Outer("a", (2.0, -1.0))
    assert refused.value.value == 2.0
