# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pinch_interfaces.msg import DepthFormat as DepthFormatMessage

from pinch_core.depth_format import DepthFormat, Rectified
from pinch_ros.conversions import depth_format_from_message, depth_format_to_message
from pinch_ros.errors import InvalidMessageError

FORMATS = st.builds(
    DepthFormat,
    scale=st.floats(0.0, 10.0),
    near=st.floats(0.0, 1.0),
    far=st.just(0.0) | st.floats(1.5, 1e6),
    no_return=st.lists(st.floats(allow_nan=False), max_size=4).map(tuple),
    rectified=st.sampled_from(Rectified),
)


@given(FORMATS)
def test_a_format_comes_back_through_its_message(depth_format: DepthFormat) -> None:
    assert depth_format_from_message(depth_format_to_message(depth_format)) == depth_format


def test_an_empty_message_is_the_format_by_type() -> None:
    assert depth_format_from_message(DepthFormatMessage()) == DepthFormat()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"scale": -1.0}, r"scale = -1 m is outside"),
        ({"scale": float("nan")}, r"scale = nan"),
        ({"near": 2.0, "far": 1.0}, "near = 2 m is not below"),
        ({"no_return": [float("nan")]}, "no_return = nan"),
        ({"rectified": 7}, "rectified = 7"),
    ],
)
def test_an_impossible_format_is_refused_with_its_value(fields: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidMessageError, match=says):
        depth_format_from_message(DepthFormatMessage(**fields))
