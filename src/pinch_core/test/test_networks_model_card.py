# SPDX-License-Identifier: Apache-2.0
"""Model cards come back from text as they were, and hold nothing impossible."""

from __future__ import annotations

import dataclasses
import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinch_core.errors import ConfigError
from pinch_core.networks.model_card import MeshSource, ModelCard, SplitMetrics, card_from_json, card_to_json

shares = st.none() | st.floats(0, 1)
counts = st.integers(0, 10**9)
cards = st.builds(
    ModelCard,
    mesh_sources=st.lists(st.builds(MeshSource, objects=counts), max_size=3).map(tuple),
    jaw_width=st.floats(0, 1),
    trained_depth_range=st.tuples(st.floats(0, 1), st.floats(1, 2)),
    objects=counts,
    examples=counts,
    metrics=st.lists(
        st.builds(
            SplitMetrics,
            examples=counts,
            **{f.name: shares for f in dataclasses.fields(SplitMetrics) if f.default is None},
        ),
        max_size=3,
    ).map(tuple),
    seconds=st.floats(0, 1e6),
    date=st.dates().map(str) | st.datetimes(timezones=st.just(datetime.timezone.utc)).map(str),
    parent=st.just("") | st.binary(min_size=32, max_size=32).map(bytes.hex),
)


@given(card=cards)
def test_a_card_comes_back_from_its_text(card: ModelCard) -> None:
    assert card_from_json(card_to_json(card), "the test") == card


CARD = ModelCard(
    data_config="",
    data_command="",
    mesh_sources=(),
    gripper="panda",
    jaw_width=0.08,
    trained_depth_range=(0.5, 0.6),
    train_config="",
    objects=1,
    examples=2,
    metrics=(),
    seconds=3.0,
    machine="",
    pinch_version="0.1.0",
    date="2026-01-31",
)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"jaw_width": -0.08}, r"jaw_width = -0\.08 m"),
        ({"jaw_width": float("nan")}, "jaw_width = nan"),
        ({"examples": -1}, "examples = -1"),
        ({"trained_depth_range": (0.7, 0.5)}, r"\(0\.7, 0\.5\) m is reversed"),
        ({"trained_depth_range": (0.5, float("inf"))}, "trained_depth_range = inf m"),
        ({"date": "yesterday"}, "date = 'yesterday' is no ISO 8601 date"),
        ({"parent": "abc"}, "parent = 'abc' is no sha256"),
    ],
)
def test_impossible_facts_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(CARD, **change)


@pytest.mark.parametrize("value", [float("nan"), -0.1, 1.1])
@pytest.mark.parametrize("name", [f.name for f in dataclasses.fields(SplitMetrics) if f.default is None])
def test_figures_are_shares_or_unknown(name: str, value: float) -> None:
    with pytest.raises(ConfigError, match=f"{name} = "):
        SplitMetrics("test", 1, **{name: value})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gripper": None}, "the test, key 'gripper' = None must be of type str"),
        ({"examples": "2"}, "key 'examples' = '2' must be of type int"),
        ({"metrics": [{"split": "test"}]}, "lacks the key 'examples' of SplitMetrics"),
        ({"mesh_sources": [{"name": "a", "license": "b", "objects": 1}]}, "unknown key 'license'"),
        ({"trained_depth_range": [0.5]}, "must be a list of 2 values"),
    ],
)
def test_text_that_is_no_card_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        card_from_json(json.dumps(json.loads(card_to_json(CARD)) | change), "the test")
