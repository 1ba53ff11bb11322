# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

import pytest
import rclpy
from rclpy.context import Context
from rclpy.node import Node
from rclpy.parameter import Parameter

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError, UnknownNameError
from pinch_core.planner_config import PlannerConfig
from pinch_ros.parameters import declare_config, on_config_change, parameter_table, refuse_renamed


@configclass
class Inner:
    size: float = setting(default=0.5, unit="m", help="how large", lower=0.0, upper=2.0)
    box: tuple[float, float] = setting(default=(0.0, 1.0), unit="m", help="from, to", lower=-1.0, upper=1.0)
    limit: float | None = setting(default=None, help="none where there is no limit")

    def __post_init__(self) -> None:
        if self.box[0] >= self.box[1]:
            raise ConfigError("box must rise.")


@configclass
class Outer:
    count: int = setting(default=3, help="how many", lower=1, upper=9)
    name: str = setting(default="a", help="which")
    inner: Inner = field(default_factory=Inner)


@pytest.fixture
def context() -> Iterator[Context]:
    context = Context()
    context.init()
    yield context
    context.try_shutdown()


def make_node(context: Context, **overrides: object) -> Node:
    parameters = [Parameter(name.replace("__", "."), value=value) for name, value in overrides.items()]
    return rclpy.create_node("node", context=context, parameter_overrides=parameters)


def test_without_overrides_the_config_is_the_default(context: Context) -> None:
    assert declare_config(make_node(context), Outer) == Outer()
    assert declare_config(make_node(context), PlannerConfig) == PlannerConfig()


def test_overrides_reach_nested_fields_and_integers_serve_as_floats(context: Context) -> None:
    node = make_node(
        context, stage__inner__size=2, stage__inner__box=[0, 1], stage__inner__limit=4.5, stage__count=7
    )
    config = declare_config(node, Outer, "stage")
    assert config == Outer(count=7, inner=Inner(size=2.0, box=(0.0, 1.0), limit=4.5))
    assert isinstance(config.inner.size, float)


def test_descriptors_carry_help_unit_and_range(context: Context) -> None:
    node = make_node(context)
    declare_config(node, Outer)
    size, count = node.describe_parameter("inner.size"), node.describe_parameter("count")
    assert size.description == "how large [m]"
    assert (size.floating_point_range[0].from_value, size.floating_point_range[0].to_value) == (0.0, 2.0)
    assert (count.integer_range[0].from_value, count.integer_range[0].to_value) == (1, 9)
    assert node.describe_parameter("inner.box").additional_constraints == "each value in [-1, 1]"


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ({"inner__size": 5.0}, "inner.size"),
        ({"inner__size": 5}, "Inner.size = 5 m is outside [0, 2]"),
        ({"inner__size": "big"}, "'size' = 'big' must be of type float"),
        ({"inner__box": [0.0, 3.0]}, "Inner.box = 3 m is outside [-1, 1]"),
        ({"inner__box": [0.0]}, "must be a list of 2 values"),
        ({"inner__box": [1.0, 0.0]}, "box must rise"),
        ({"count": 2.5}, "'count' = 2.5 must be of type int"),
    ],
)
def test_bad_overrides_are_refused_by_name(context: Context, overrides: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        declare_config(make_node(context, **overrides), Outer)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("inner.size", 5.0, "inner.size out of range"),
        ("inner.size", 5, "Inner.size = 5 m is outside [0, 2]: how large"),
        ("inner.box", [0.0, 3.0], "Inner.box = 3 m is outside [-1, 1]: from, to"),
        ("inner.box", [0.5, 0.0], "box must rise."),
        ("name", 3, "'name' = 3 must be of type str"),
        ("name", None, "cannot be removed"),
        ("name", "nobody", "nobody is not known"),
    ],
)
def test_a_bad_value_is_refused_with_a_sentence_and_changes_nothing(
    context: Context, name: str, value: object, says: str
) -> None:
    def check(config: Outer) -> None:
        if config.name == "nobody":
            raise UnknownNameError("nobody is not known.")

    node, seen = make_node(context), []
    before = declare_config(node, Outer)
    on_config_change(node, Outer, seen.append, check_config=check)
    result = node.set_parameters([Parameter(name, value=value)])[0]
    assert not result.successful
    assert says in result.reason
    assert seen == []
    assert declare_config(node, Outer) == before


def test_a_good_value_arrives_as_a_whole_config(context: Context) -> None:
    node, seen = make_node(context), []
    declare_config(node, Outer)
    on_config_change(node, Outer, seen.append)
    assert node.set_parameters_atomically(
        [Parameter("inner.size", value=1.5), Parameter("count", value=4)]
    ).successful
    assert seen == [Outer(count=4, inner=Inner(size=1.5))]


def test_parameters_of_others_are_none_of_its_business(context: Context) -> None:
    node, seen = make_node(context), []
    declare_config(node, Outer, "a")
    node.declare_parameter("other", 1)
    on_config_change(node, Outer, seen.append, "a")
    assert node.set_parameters([Parameter("other", value=2)])[0].successful
    assert seen == []


def test_the_table_names_every_parameter_with_default_unit_and_help() -> None:
    assert parameter_table(Outer, "p")[2] == ("p.inner.size", 0.5, "m", "how large [m]")


def test_all_names_of_version_1_are_told_at_once(context: Context) -> None:
    node = make_node(context, old=1.0, older="x", kept=3)
    with pytest.raises(ConfigError) as refused:
        refuse_renamed(node, {"old": "new.one", "older": "new.two", "oldest": "new.three"})
    assert "'old' of node" in str(refused.value) and "set new.one." in str(refused.value)
    assert "'older' of node" in str(refused.value) and "set new.two." in str(refused.value)
    assert "oldest" not in str(refused.value)


def test_all_overrides_of_a_wrong_value_are_told_at_once(context: Context) -> None:
    node = make_node(context, **{"count": 10, "inner.size": 3.0})
    with pytest.raises(ConfigError, match=r"count.*how many.*inner\.size.*how large"):
        declare_config(node, Outer)
