# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from pinch_core.depth_files import (
    load_frame,
    read_depth,
    read_intrinsics,
    read_segmask,
    write_depth_npy,
    write_depth_png,
    write_image,
    write_intrinsics,
)
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import DamagedFileError, IntrinsicsError, InvalidDepthError, MaskError, PinchError
from pinch_core.geometry.camera import CameraIntrinsics, DistortionModel

CAMERA = CameraIntrinsics(8, 6, 10.0, 10.5, 3.5, 2.5, DistortionModel.PLUMB_BOB, (0.1, 0.0, 0.0, 0.0, 0.0))

ROS_YAML = """
image_width: 8
image_height: 6
camera_name: narrow
camera_matrix: {rows: 3, cols: 3, data: [10.0, 0.0, 3.5, 0.0, 10.5, 2.5, 0.0, 0.0, 1.0]}
distortion_model: plumb_bob
distortion_coefficients: {rows: 1, cols: 5, data: [0.1, 0.0, 0.0, 0.0, 0.0]}
"""


@pytest.fixture
def frame() -> DepthFrame:
    depth = np.linspace(0.4, 0.9, 48).reshape(6, 8)
    depth[2, 2] = np.nan
    return DepthFrame.from_array(depth, CAMERA)


def test_npy_keeps_every_bit(tmp_path: Path, frame: DepthFrame) -> None:
    write_depth_npy(tmp_path / "d.npy", frame)
    write_intrinsics(tmp_path / "c.json", CAMERA)
    again = load_frame(tmp_path / "d.npy", tmp_path / "c.json")
    assert np.array_equal(again.depth, frame.depth, equal_nan=True)
    assert again.intrinsics == CAMERA
    assert again.source.endswith("d.npy")


def test_png_keeps_millimetres_and_holes(tmp_path: Path, frame: DepthFrame) -> None:
    write_depth_png(tmp_path / "d.png", frame)
    stored = read_depth(tmp_path / "d.png")
    assert stored.dtype == np.uint16
    again = DepthFrame.from_array(stored, CAMERA)
    assert np.array_equal(again.valid, frame.valid)
    assert np.nanmax(np.abs(again.depth - frame.depth)) <= 0.0005 + 1e-6


def test_png_refuses_what_16_bits_cannot_hold(tmp_path: Path) -> None:
    far = DepthFrame.from_array(np.where(np.arange(48).reshape(6, 8) == 0, 70.0, 1.0), CAMERA)
    with pytest.raises(InvalidDepthError, match=r"70.0 m.*save .npy"):
        write_depth_png(tmp_path / "d.png", far)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_tiff_is_read_in_both_depths(tmp_path: Path, dtype: type) -> None:
    values = np.arange(48).reshape(6, 8).astype(dtype)
    write_image(tmp_path / "d.tiff", values)
    assert np.array_equal(read_depth(tmp_path / "d.tiff"), values)


def test_all_three_formats_of_intrinsics_mean_the_same(tmp_path: Path) -> None:
    write_intrinsics(tmp_path / "own.json", CAMERA)
    (tmp_path / "ros.yaml").write_text(ROS_YAML, encoding="utf-8")
    assert read_intrinsics(tmp_path / "own.json") == read_intrinsics(tmp_path / "ros.yaml") == CAMERA
    berkeley = {
        "_fx": 10.0,
        "_fy": 10.5,
        "_cx": 3.5,
        "_cy": 2.5,
        "_width": 8,
        "_height": 6,
        "_skew": 0.0,
        "_K": 0,
    }
    (tmp_path / "x.intr").write_text(json.dumps(berkeley), encoding="utf-8")
    assert read_intrinsics(tmp_path / "x.intr") == CAMERA.rectified()


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ('{"fx": 1.0}', IntrinsicsError, "lacks the key 'fy'"),
        (
            '{"_fx": 9, "_fy": 9, "_cx": 4, "_cy": 3, "_width": 8, "_height": 6, "_skew": 0.5}',
            IntrinsicsError,
            "skew of 0.5",
        ),
        ('{"focal": 1.0}', IntrinsicsError, "holds no camera intrinsics"),
        ("[1, 2]", IntrinsicsError, "holds no camera intrinsics"),
        ('{"fx": "a", "fy": 1, "cx": 1, "cy": 1, "width": 8, "height": 6}', IntrinsicsError, "wrong kind"),
        (
            '{"fx": 0, "fy": 1, "cx": 1, "cy": 1, "width": 8, "height": 6}',
            IntrinsicsError,
            "must be positive",
        ),
        (ROS_YAML.replace("plumb_bob", "thin_prism"), IntrinsicsError, "'thin_prism' is not supported"),
        (ROS_YAML.replace("3.5, 0.0,", ""), IntrinsicsError, "camera_matrix has 7 values"),
        ('{"fx": 1.0', DamagedFileError, "neither JSON nor YAML"),
        ("", DamagedFileError, "is empty"),
    ],
)
def test_unusable_intrinsics_are_refused_with_the_file_and_the_value(
    tmp_path: Path, text: str, error: type[Exception], message: str
) -> None:
    path = tmp_path / "camera.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=message) as raised:
        read_intrinsics(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("name", ["d.npy", "d.png", "d.tiff"])
@pytest.mark.parametrize("keep", [0, 0.1, 0.6])
def test_truncated_depth_is_damaged_not_shorter(tmp_path: Path, name: str, keep: float) -> None:
    path = tmp_path / name
    values = np.random.default_rng(0).integers(1, 900, (60, 80)).astype(np.uint16)
    if name.endswith("npy"):
        np.save(path, values)
    else:
        write_image(path, values)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(DamagedFileError, match=name):
        read_depth(path)


def test_a_flipped_bit_in_a_png_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "d.png"
    write_image(path, np.random.default_rng(0).integers(1, 900, (60, 80)).astype(np.uint16))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(bytes(content))
    with pytest.raises(DamagedFileError):
        read_depth(path)


@pytest.mark.parametrize("read", [read_depth, read_segmask])
def test_a_size_that_the_bytes_cannot_fill_reserves_no_memory(
    tmp_path: Path, read: Callable[[Path], object]
) -> None:
    path = tmp_path / "depth.png"
    cv2.imwrite(str(path), np.full((6, 8), 700, np.uint16))
    content = bytearray(path.read_bytes())
    content[16:24] = (30_000).to_bytes(4, "big") * 2  # width and height; 0.9 gigapixels
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    path.write_bytes(content)
    with pytest.raises(DamagedFileError, match="holds less than the image that it announces"):
        read(path)


@pytest.mark.parametrize("text", ["[" * 20_000, '{"fx": ' * 20_000])
def test_intrinsics_nested_without_end_are_damaged(tmp_path: Path, text: str) -> None:
    (tmp_path / "camera.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DamagedFileError, match=r"camera\.yaml is neither JSON nor YAML"):
        read_intrinsics(tmp_path / "camera.yaml")


@pytest.mark.parametrize("size", ["1e999", "Infinity"])
def test_an_infinite_image_is_refused(tmp_path: Path, size: str) -> None:
    write_intrinsics(tmp_path / "camera.json", CAMERA)
    text = (tmp_path / "camera.json").read_text().replace('"width": 8', f'"width": {size}')
    (tmp_path / "camera.json").write_text(text)
    with pytest.raises(IntrinsicsError, match="wrong kind: inf is no whole number"):
        read_intrinsics(tmp_path / "camera.json")


def test_pickles_are_never_run(tmp_path: Path) -> None:
    path = tmp_path / "d.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InvalidDepthError, match="runs code"):
        read_depth(path)
    path.write_bytes(pickle.dumps([1, 2]))
    with pytest.raises(InvalidDepthError, match="runs code"):
        read_depth(path)


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    write_image(tmp_path / "color.png", np.arange(144, dtype=np.uint8).reshape(6, 8, 3))
    write_image(tmp_path / "grey.png", np.zeros((6, 8), np.uint8))
    (tmp_path / "d.exr").write_bytes(b"x")
    (tmp_path / "d.raw").write_bytes(bytes(96))
    np.savez(tmp_path / "d.npz", a=np.zeros(3))
    (tmp_path / "d.npz").rename(tmp_path / "zip.npy")
    for name, message in (
        ("color.png", "uint8 x 3"),
        ("grey.png", "uint8 x 1"),
        ("d.exr", r"'.exr'"),
        ("d.raw", r"np.fromfile\('.*d.raw', 'uint16'\)"),
        ("zip.npy", "archive"),
        ("missing.npy", "No such file"),
    ):
        with pytest.raises(InvalidDepthError, match=message):
            read_depth(tmp_path / name)
    with pytest.raises(MaskError, match="48 colours"):
        read_segmask(tmp_path / "color.png")
    assert read_segmask(tmp_path / "grey.png").shape == (6, 8)
    with pytest.raises(MaskError, match="No such file"):
        read_segmask(tmp_path / "missing.png")


@pytest.mark.parametrize("name", ["nowhere/x.png", "x.nonsense"])
def test_pictures_that_cannot_be_written_are_bad_input(tmp_path: Path, name: str) -> None:
    with pytest.raises(PinchError, match="cannot be written"):
        write_image(tmp_path / name, np.zeros((4, 4), np.uint8))


def test_opencv_is_as_loud_after_reading_as_before(tmp_path: Path) -> None:
    before = cv2.utils.logging.getLogLevel()
    (tmp_path / "d.png").write_bytes(b"\x00no image")
    with pytest.raises(DamagedFileError):
        read_depth(tmp_path / "d.png")
    assert cv2.utils.logging.getLogLevel() == before
