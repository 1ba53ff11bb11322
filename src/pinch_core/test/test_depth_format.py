# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pinch_core.config import from_mapping, to_mapping
from pinch_core.depth_format import DepthFormat, Rectified
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import ConfigError, InvalidDepthError
from pinch_core.geometry.camera import CameraIntrinsics

CAMERA = CameraIntrinsics(8, 6, 10.0, 10.0, 3.5, 2.5)
MILLIMETRES = np.arange(700, 748).reshape(6, 8)


def metres(stored: np.ndarray, **settings_: object) -> np.ndarray:
    return DepthFormat(**settings_).metres(stored).depth  # type: ignore[arg-type]


@given(
    arrays(np.int32, (6, 8), elements=st.integers(300, 30_000)),
    st.sampled_from([1e-3, 1e-4, 2.5e-4, 1 / 5000, 0.01]),
)
def test_stored_units_and_their_scale_give_the_depth_in_metres(stored: np.ndarray, scale: float) -> None:
    expected = stored * scale
    for dtype in ("<u2", ">u2", "<i4", ">i4", "<f4", ">f4", "<f8", ">f8", "<u8", "<i2"):
        read = metres(stored.astype(dtype), scale=scale)
        assert np.allclose(read[np.isfinite(read)], expected[np.isfinite(read)], rtol=1e-6)


@given(arrays(np.float32, (6, 8), elements=st.floats(0.25, 3.0, width=32)), st.integers(-9, 0))
def test_a_scale_and_depth_divided_by_it_are_the_same_depth(depth: np.ndarray, power: int) -> None:
    scale = 2.0**power
    assert np.array_equal(metres(depth / np.float32(scale), scale=scale), metres(depth), equal_nan=True)


@settings(deadline=None)
@given(
    st.sampled_from([np.uint16, np.int16, np.float16, np.float32, np.float64]).flatmap(
        lambda dtype: arrays(dtype, (6, 8))
    ),
    st.sampled_from([0.0, 1e-3, 1e-4]),
    st.sampled_from([0.0, 0.3]),
    st.sampled_from([0.0, 2.0]),
    st.lists(st.sampled_from([10.0, 2047.0, 0.0, -1.0, 65535.0, 0.5]), max_size=3),
)
def test_pixels_without_return_are_counted_once_each(
    stored: np.ndarray, scale: float, near: float, far: float, no_return: list[float]
) -> None:
    read = DepthFormat(scale=scale, near=near, far=far, no_return=tuple(no_return)).metres(stored)
    assert sum(read.no_return.values()) + np.isfinite(read.depth).sum() == stored.size
    assert all(count > 0 for count in read.no_return.values())


@pytest.mark.parametrize(
    ("stored", "sentinel", "options"),
    [
        (MILLIMETRES.astype(np.uint16), 65535, {}),
        (MILLIMETRES.astype(">u2"), 65535, {}),
        (MILLIMETRES.astype(np.int16), 32767, {}),
        (MILLIMETRES.astype(np.int32), 2**31 - 1, {"scale": 1e-3}),
        (MILLIMETRES.astype(np.uint16), 2047, {"no_return": (2047.0,)}),
        (MILLIMETRES.astype(np.uint16) * 4, 65535, {"scale": 2.5e-4}),
        (MILLIMETRES / 1e3, 65504.0, {}),
        ((MILLIMETRES / 1e3).astype(np.float16), 65504.0, {}),
        ((MILLIMETRES / 1e3).astype(np.float32), 65535.0, {}),
        ((MILLIMETRES / 1e3).astype(np.float32), 65.535, {}),
        (MILLIMETRES.astype(np.float32), 65535.0, {"scale": 1e-3}),
        (MILLIMETRES / 1e3, 0.9, {"no_return": (0.9,)}),
        ((MILLIMETRES / 1e3).astype(np.float32), 0.9, {"no_return": (0.9,)}),
        (MILLIMETRES / 1e3, -3.0, {"no_return": (-3.0,)}),
    ],
)
def test_sentinels_are_no_return_and_counted(
    stored: np.ndarray, sentinel: float, options: dict[str, object]
) -> None:
    marked = stored.copy()
    marked[1, 2:5] = sentinel
    frame = DepthFrame.from_array(marked, CAMERA, DepthFormat(**options))  # type: ignore[arg-type]
    assert list(frame.no_return.values()) == [3]
    (reason,) = frame.no_return
    assert reason.startswith("stored as")
    assert np.isnan(frame.depth[1, 2:5]).all()
    assert frame.hole_ratio == pytest.approx(3 / 48)


def test_what_lies_outside_the_range_is_no_return_and_the_limits_are_part_of_their_sides() -> None:
    depth = np.full((6, 8), 0.7, np.float32)
    depth[0, :5] = (0.29, 0.3, 0.79, 0.8, 3.0)
    frame = DepthFrame.from_array(depth, CAMERA, DepthFormat(near=0.3, far=0.8))
    assert dict(frame.no_return) == {"nearer than 0.3 m": 1, "at 0.8 m or beyond": 2}
    assert np.isnan(frame.depth[0, :5]).tolist() == [True, False, False, True, True]


@pytest.mark.parametrize(
    ("dtype", "plane", "unit"), [("f4", 1000.0, 1.0), ("f8", 2.0, 1.0), ("u2", 9000, 1e-3)]
)
def test_a_far_plane_is_no_return_and_named(dtype: str, plane: float, unit: float) -> None:
    depth = (np.linspace(0.6, 0.75, 4800).reshape(60, 80) / unit).astype(dtype)
    depth[10:20, 20:40] = plane
    camera = CameraIntrinsics(80, 60, 100.0, 100.0, 39.5, 29.5)
    frame = DepthFrame.from_array(depth, camera, source="sim.npy")
    assert dict(frame.no_return) == {f"far plane at {plane * unit:g} m": 200}
    assert "4.2% of sim.npy" in " ".join(frame.notes)


def test_a_flat_table_without_noise_is_no_far_plane() -> None:
    depth = np.full((60, 80), 0.7, np.float32)
    depth[20:40, 20:60] = 0.4
    camera = CameraIntrinsics(80, 60, 100.0, 100.0, 39.5, 29.5)
    assert not DepthFrame.from_array(depth, camera).no_return


@pytest.mark.parametrize("stored", [MILLIMETRES.astype(np.int32), MILLIMETRES.astype(np.uint8)])
def test_integers_without_a_usual_unit_need_a_scale(stored: np.ndarray) -> None:
    with pytest.raises(InvalidDepthError, match=r"set depth_format\.scale"):
        metres(stored)
    assert np.nanmax(metres(stored, scale=1e-3)) <= 0.748


@pytest.mark.parametrize("stored", [MILLIMETRES > 710, MILLIMETRES.astype(complex)])
def test_what_is_no_number_is_no_depth(stored: np.ndarray) -> None:
    with pytest.raises(InvalidDepthError, match="has dtype"):
        metres(stored, scale=1e-3)


def test_a_unit_that_was_assumed_and_gives_an_unusual_distance_is_named() -> None:
    quarter_millimetres = (MILLIMETRES * 4).astype(np.uint16)
    (note,) = DepthFrame.from_array(quarter_millimetres, CAMERA, source="l515.png").notes
    assert "l515.png has a median depth of 2.8" in note
    assert " m if these are quarters of a millimetre (0.00025)" in note
    assert "set depth_format.scale to the one" in note
    (note,) = DepthFrame.from_array((MILLIMETRES // 10).astype(np.uint16), CAMERA).notes
    assert "0.7 m if these are centimetres; set depth_format.scale to 0.01, if it is stored so" in note
    assert not DepthFrame.from_array(quarter_millimetres, CAMERA, DepthFormat(scale=2.5e-4)).notes
    converted = quarter_millimetres / 1e3
    (note,) = DepthFrame.from_array(converted, CAMERA).notes
    assert "floating-point metres" in note and "quarters of a millimetre divided by 1000 (0.25)" in note
    assert not DepthFrame.from_array(converted, CAMERA, DepthFormat(scale=1.0)).notes
    assert not DepthFrame.from_array(MILLIMETRES.astype(np.uint16), CAMERA).notes


def test_an_impossible_distance_is_refused_with_the_unit_it_was_read_in() -> None:
    with pytest.raises(InvalidDepthError, match=r"median depth of .* when read as units of 0\.1 mm"):
        DepthFrame.from_array((MILLIMETRES // 10).astype(np.uint16), CAMERA, DepthFormat(scale=1e-4))


@pytest.mark.parametrize(
    ("value", "reason"), [(-0.7, "all are negative"), (0.0, "all are zero or NaN"), (65504.0, "48 stored as")]
)
def test_an_image_without_a_return_is_refused_for_what_it_holds(value: float, reason: str) -> None:
    with pytest.raises(InvalidDepthError, match=reason):
        DepthFrame.from_array(np.full((6, 8), value), CAMERA)


@pytest.mark.parametrize("dtype", ["u2", "f4"])
def test_infinity_may_be_named_as_no_return_and_marks_nothing_else(dtype: str) -> None:
    read = DepthFormat(scale=1e-3, no_return=(float("inf"), -float("inf"), 1e300)).metres(
        MILLIMETRES.astype(dtype)
    )
    assert not read.no_return


def test_limits_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ConfigError, match="near = 2 m is not below far = 1 m"):
        DepthFormat(near=2.0, far=1.0)


@pytest.mark.parametrize(
    ("value", "meaning"),
    [("yes", Rectified.YES), (True, Rectified.YES), (False, Rectified.NO), ("auto", Rectified.AUTO)],
)
def test_yaml_says_whether_an_image_is_rectified(value: object, meaning: Rectified) -> None:
    one = from_mapping(DepthFormat, {"rectified": value}, "x.yaml")
    assert one.rectified is meaning
    assert from_mapping(DepthFormat, to_mapping(one), "x.yaml") == one


def test_another_word_for_rectified_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ConfigError, match=r"'maybe' is not known; set one of: auto, yes, no"):
        from_mapping(DepthFormat, {"rectified": "maybe"}, "x.yaml")


@pytest.mark.parametrize(
    ("format_", "said"),
    [
        (DepthFormat(far=900.0), "depth_format.far = 900 m excludes nothing"),
        (DepthFormat(no_return=(0.001,)), "no_return = 0.001 is no value of an image of uint16"),
    ],
)
def test_a_setting_in_another_unit_is_told_of(format_, said):
    (note,) = format_.metres(np.full((4, 5), 700, np.uint16)).notes
    assert said in note and note.endswith(".")
