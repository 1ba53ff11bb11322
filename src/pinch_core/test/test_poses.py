# SPDX-License-Identifier: Apache-2.0
"""Laws of many poses at once: what holds for one transform holds for each of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pinch_core.geometry.poses import Poses
from pinch_core.geometry.transform import Transform

angles = st.floats(-3.0, 3.0)
transforms = st.builds(
    Transform.from_rpy, st.tuples(angles, angles, angles), st.tuples(angles, angles, angles)
)


def stacked(poses: list[Transform]) -> Poses:
    return Poses(np.array([p.rotation for p in poses]), np.array([p.translation for p in poses]))


@given(st.lists(transforms, min_size=1, max_size=6), transforms)
def test_moving_all_moves_each(poses: list[Transform], T_to_a: Transform) -> None:
    moved = stacked(poses).moved(T_to_a)
    for row, pose in enumerate(poses):
        assert np.allclose(moved.at(row).matrix, (T_to_a @ pose).matrix)


@given(st.lists(transforms, min_size=1, max_size=6))
def test_axes_and_origin_give_the_poses_back(poses: list[Transform]) -> None:
    many = stacked(poses)
    again = Poses.from_axes(many.y, many.z, many.translation)
    assert np.allclose(again.rotation, many.rotation, atol=1e-9)
    assert np.array_equal(again.translation, many.translation)


@given(st.lists(transforms, min_size=1, max_size=4), st.lists(transforms, min_size=1, max_size=4))
def test_parts_are_joined_in_order(first: list[Transform], second: list[Transform]) -> None:
    joined = Poses.concatenated([stacked(first), stacked(second)])
    assert len(joined) == len(first) + len(second)
    for row, pose in enumerate([*first, *second]):
        assert np.array_equal(joined.at(row).matrix, pose.matrix)
    reversed_rows = np.arange(len(joined))[::-1]
    assert np.array_equal(joined[reversed_rows].at(0).matrix, second[-1].matrix)
