# SPDX-License-Identifier: Apache-2.0
"""Whole files of another kind are named, with a command that works; cut ones of ours tell the place."""

from __future__ import annotations

import gzip
import io
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st

from pinch_core.calibration import read_calibration
from pinch_core.depth_files import read_depth, read_segmask
from pinch_core.errors import DamagedFileError, IntrinsicsError, InvalidDepthError, MaskError
from pinch_core.file_kinds import Wanted, foreign_sentence, kind_of

DEPTH = np.random.default_rng(0).integers(400, 900, (12, 16)).astype(np.uint16)
MASK = (np.indices((12, 16)).sum(0) > 12).astype(np.uint8) * 255


def image(ending: str, array: np.ndarray) -> bytes:
    return bytes(cv2.imencode(ending, array)[1])


def npy(array: object, *, allow_pickle: bool = False) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=allow_pickle)  # type: ignore[arg-type]
    return stream.getvalue()


def saved(write: Callable[[io.BytesIO], object]) -> bytes:
    stream = io.BytesIO()
    write(stream)
    return stream.getvalue()


def zipped(name: str) -> bytes:
    def write(stream: io.BytesIO) -> None:
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr(name, "content")

    return saved(write)


TAR = b"d.png".ljust(257, b"\0") + b"ustar\x0000" + bytes(248)
FOREIGN = {
    "ROS 1 bag": b"#ROSBAG V2.0\nE\0\0\0",
    "MCAP": b"\x89MCAP0\r\n\x01" + bytes(40),
    "sqlite3": b"SQLite format 3\0" + bytes(84),
    "Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    "git-annex": b"/annex/objects/SHA256E-s1--ab.npy\n",
    "HTML": b"\n<!DOCTYPE html>\n<html><head><title>404</title></head></html>",
    "gzip": gzip.compress(b"content", mtime=0),
    "bzip2": b"BZh91AY&SY",
    "xz": b"\xfd7zXZ\0\0\x04",
    "zstd": b"\x28\xb5\x2f\xfd\x04\x00",
    "lz4": b"\x04\x22\x4d\x18\x64\x40",
    "zip": zipped("readme.txt"),
    "7z": b"7z\xbc\xaf\x27\x1c\0\4",
    "rar": b"Rar!\x1a\x07\x01\0",
    "tar": TAR,
    "JPEG": image(".jpg", MASK),
    "GIF": b"GIF89a\x10\0\x0c\0",
    "BMP": image(".bmp", MASK),
    "WebP": b"RIFF\x24\0\0\0WEBPVP8 ",
    "OpenEXR": b"\x76\x2f\x31\x01\2\0\0\0",
    "PFM": b"Pf\n16 12\n-1.0\n" + DEPTH.astype("<f4").tobytes(),
    "PGM": b"P5\n16 12\n65535\n" + DEPTH.astype(">u2").tobytes(),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(40),
    "MATLAB": saved(lambda stream: scipy.io.savemat(stream, {"NAME": DEPTH})),
    ".pcd": b"# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\n",
    ".ply": b"ply\nformat ascii 1.0\nelement vertex 0\nend_header\n",
    "glTF": b"glTF\2\0\0\0",
    "Matroska": b"\x1aE\xdf\xa3\x9f",
    "MP4": b"\0\0\0\x18ftypmp42",
    "PDF": b"%PDF-1.7\n",
    "pickled": b"\x80\x04\x95\x0a\0\0\0",
    "JSON": b'{"message": "Not Found"}',
    "XML": b'<?xml version="1.0"?><a/>',
    "text file": b"file not found: please log in\n",
}
READERS = pytest.mark.parametrize(
    ("read", "name", "error"),
    [
        (read_depth, "a.npy", InvalidDepthError),
        (read_depth, "a.png", InvalidDepthError),
        (read_depth, "a.tiff", InvalidDepthError),
        (read_depth, "a.bin", InvalidDepthError),
        (read_segmask, "a.npy", MaskError),
        (read_segmask, "a.png", MaskError),
    ],
)


@pytest.mark.parametrize("kind", FOREIGN)
@READERS
def test_a_foreign_file_is_named_whatever_its_name_says(
    tmp_path: Path, kind: str, read: Callable[[Path], object], name: str, error: type[Exception]
) -> None:
    path = tmp_path / name
    path.write_bytes(FOREIGN[kind])
    with pytest.raises(error) as refused:
        read(path)
    sentence = str(refused.value)
    assert kind in sentence and str(path) in sentence and sentence.endswith(".") and "\n" not in sentence


@pytest.mark.parametrize("kind", [kind for kind in FOREIGN if kind not in ("XML", "text file", "JSON")])
def test_a_camera_file_of_another_kind_is_named(tmp_path: Path, kind: str) -> None:
    (tmp_path / "camera.yaml").write_bytes(FOREIGN[kind])
    with pytest.raises(IntrinsicsError, match=re.escape(kind)):
        read_calibration(tmp_path / "camera.yaml")


def run_the_command_of(error: BaseException, folder: Path) -> None:
    """What the message tells after its last "with: "."""
    _, command = str(error).rstrip(".").rsplit("with: ", 1)
    words = shlex.split(command)
    assert words[0] == "python3"
    subprocess.run([sys.executable, *words[1:]], check=True, cwd=folder)


@pytest.mark.parametrize(
    ("name", "content", "result"),
    [
        ("d.pgm", FOREIGN["PGM"], "d.tiff"),
        ("d.mat", FOREIGN["MATLAB"], "d.npy"),
        ("d.npz", saved(lambda stream: np.savez(stream, rgb=MASK, depth=DEPTH)), "d_depth.npy"),
    ],
)
def test_the_command_makes_a_depth_image_of_it(
    tmp_path: Path, name: str, content: bytes, result: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    if name.endswith(".npz"):
        path = path.rename(tmp_path / "d.npy")
    with pytest.raises(InvalidDepthError) as refused:
        read_depth(path)
    run_the_command_of(refused.value, tmp_path)
    converted = read_depth(tmp_path / result)
    assert np.array_equal(converted, DEPTH)


@pytest.mark.parametrize("shape", [(3, 3), (9,)])
def test_a_pickled_scene_is_not_run_and_its_command_makes_image_and_camera(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    K = np.array([[20.0, 0, 8], [0, 21.0, 6], [0, 0, 1]]).reshape(shape)
    scene = {"rgb": MASK, "depth": DEPTH.astype(np.float32) / 1e3, "K": K, "seg": MASK}
    path = tmp_path / "scene.npy"
    path.write_bytes(npy(scene, allow_pickle=True))
    with pytest.raises(InvalidDepthError, match=r"'depth', .*runs code of whoever wrote it") as refused:
        read_depth(path)
    run_the_command_of(refused.value, tmp_path)
    assert np.array_equal(read_depth(tmp_path / "scene_depth.npy"), scene["depth"])
    k = read_calibration(tmp_path / "scene_camera.json").intrinsics()
    assert (k.width, k.height, k.fx, k.fy, k.cx, k.cy) == (16, 12, 20.0, 21.0, 8.0, 6.0)
    with pytest.raises(MaskError) as refused_mask:
        read_segmask(path)
    run_the_command_of(refused_mask.value, tmp_path)
    assert np.array_equal(read_segmask(tmp_path / "scene_seg.npy"), MASK)


BLACK_AND_RED = np.dstack([np.zeros_like(MASK), np.zeros_like(MASK), MASK])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bool.npy", npy(MASK > 0)),
        ("01.npy", npy((MASK > 0).astype(np.uint8))),
        ("labels.npy", npy((MASK > 0).astype(np.int64) * 7)),
        ("float.npy", npy((MASK > 0).astype(np.float32))),
        ("one_of_one.npy", npy((MASK > 0)[None])),
        ("column.npy", npy((MASK > 0)[:, :, None])),
        ("01.png", image(".png", (MASK > 0).astype(np.uint8))),
        ("16.png", image(".png", (MASK > 0).astype(np.uint16) * 500)),
        ("grey3.png", image(".png", np.dstack([MASK] * 3))),
        ("opaque.png", image(".png", np.dstack([MASK] * 3 + [np.full_like(MASK, 255)]))),
        ("red.png", image(".png", BLACK_AND_RED)),
        ("mask.tiff", image(".tiff", MASK)),
    ],
)
def test_masks_in_every_common_form_are_the_same_mask(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    read = read_segmask(tmp_path / name)
    assert read.dtype == np.uint8 and np.array_equal(read > 0, MASK > 0)


TWO_COLOURS = BLACK_AND_RED + np.dstack([0 * MASK] * 2 + [np.where(MASK == 0, 90, 0).astype(np.uint8)])


@pytest.mark.parametrize(
    ("name", "content", "says", "result"),
    [
        ("p.npy", npy(MASK / 300.0), "probabilities", "p_mask.npy"),
        ("sam.npy", npy(np.stack([MASK > 0] * 5)), "5 x 12 x 16", "sam_0.npy"),
        ("alpha.png", image(".png", np.dstack([MASK] * 4)), "alpha channel that varies", "alpha_mask.png"),
        ("c.png", image(".png", TWO_COLOURS), "2 colours", "c_mask.png"),
        ("m.jpg", image(".jpg", MASK), "JPEG", "m.png"),
    ],
)
def test_a_mask_that_may_mean_several_is_named_with_the_command_that_chooses(
    tmp_path: Path, name: str, content: bytes, says: str, result: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MaskError, match=says) as refused:
        read_segmask(tmp_path / name)
    run_the_command_of(refused.value, tmp_path)
    assert np.array_equal(read_segmask(tmp_path / result) > 0, MASK > 0)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (image(".png", MASK), "256 shades"),
        (image(".png", BLACK_AND_RED), "false colours"),
        (image(".png", np.dstack([MASK] * 4)), "uint8 x 4"),
        (image(".png", np.dstack([DEPTH] * 3)), "several channels"),
    ],
)
def test_pictures_of_depth_are_not_read_as_depth(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "d.png").write_bytes(content)
    with pytest.raises(InvalidDepthError, match=says):
        read_depth(tmp_path / "d.png")


OURS = {
    "d.npy": npy(DEPTH),
    "d.png": image(".png", DEPTH),
    "d.tiff": image(".tiff", DEPTH),
    "d.pfm": FOREIGN["PFM"],
}


@pytest.mark.parametrize("name", OURS)
@settings(max_examples=40, deadline=None)
@given(share=st.floats(0.0, 0.999))
def test_wherever_a_file_of_ours_is_cut_the_place_is_named(
    name: str, share: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("cut") / name
    kept = int(share * len(OURS[name]))
    path.write_bytes(OURS[name][:kept])
    if name == "d.tiff" and share > 0.95:  # it may end with tags that its pixels do not need
        with suppress(DamagedFileError):
            assert np.array_equal(read_depth(path), DEPTH)
        return
    with pytest.raises(DamagedFileError, match=rf"\b{kept}\b") as damaged:
        read_depth(path)
    assert damaged.value.path == path


def test_a_damaged_chunk_of_a_png_is_named(tmp_path: Path) -> None:
    content = bytearray(OURS["d.png"])
    at = content.index(b"IDAT")
    content[at + 10] ^= 0xFF
    (tmp_path / "d.png").write_bytes(content)
    with pytest.raises(DamagedFileError, match=f"chunk 'IDAT' at byte {at - 4} has another checksum"):
        read_depth(tmp_path / "d.png")


@given(content=st.binary(max_size=600))
def test_any_bytes_have_one_kind_or_none(content: bytes) -> None:
    kind = kind_of(content)
    sentence = foreign_sentence(content, Path("x"), Wanted.BAG, own=())
    assert (kind is None) == (sentence == "")
