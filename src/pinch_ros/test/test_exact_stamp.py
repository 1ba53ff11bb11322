# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pinch_ros.exact_stamp import ExactStampMatcher


@given(st.permutations([(part, stamp) for part in range(3) for stamp in range(4)]))
def test_each_set_is_complete_and_comes_once_whatever_the_order_of_arrival(
    arrivals: list[tuple[int, int]],
) -> None:
    matcher = ExactStampMatcher(3)
    found = [matcher.add(part, stamp, (part, stamp)) for part, stamp in arrivals]
    sets = [one for one in found if one is not None]
    assert sorted(sets) == [tuple((part, stamp) for part in range(3)) for stamp in range(4)]


def test_stamps_that_never_agree_are_counted_and_do_not_pile_up() -> None:
    matcher = ExactStampMatcher(2)
    assert all(matcher.add(0, 2 * i, i) is None and matcher.add(1, 2 * i + 1, i) is None for i in range(1000))
    assert matcher.incomplete == 2000 - 10
