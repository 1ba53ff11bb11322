# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pinch_core.depth_files import read_depth
from pinch_core.errors import DamagedFileError, InvalidDepthError

DEPTH = np.linspace(0.5, 0.8, 12, dtype=np.float32).reshape(3, 4)
PIXELS = DEPTH[::-1].tobytes()


def read(folder: Path, content: bytes) -> np.ndarray:
    (folder / "d.pfm").write_bytes(content)
    return read_depth(folder / "d.pfm")


@pytest.mark.parametrize(
    "header", [b"Pf\n4 3\n-1\n", b"Pf\r\n4 3\r\n-1.0\r\n", b"Pf 4 3 -1.000000 ", b"Pf\n4\n3\n-1e0\n"]
)
def test_every_spelling_of_the_header_is_the_same_image(header: bytes, tmp_path: Path) -> None:
    assert np.array_equal(read(tmp_path, header + PIXELS), DEPTH)


def test_the_sign_of_the_scale_is_the_byte_order(tmp_path: Path) -> None:
    assert np.array_equal(read(tmp_path, b"Pf\n4 3\n1.0\n" + DEPTH[::-1].astype(">f4").tobytes()), DEPTH)


def test_a_scale_that_programs_disagree_about_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidDepthError, match=r"scale 0\.5 in its PFM header"):
        read(tmp_path, b"Pf\n4 3\n-0.5\n" + PIXELS)


def test_a_colour_image_is_no_depth(tmp_path: Path) -> None:
    with pytest.raises(InvalidDepthError, match="float32 x 3: several channels"):
        read(tmp_path, b"PF\n4 1\n-1.0\n" + PIXELS)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"Pf\n4 3\n-1.0\n" + PIXELS[:-1],
            "was cut off: it ends at byte 59, but its PFM header announces 60",
        ),
        (b"Pf\n4 3\n-1.0\n" + PIXELS + b"\0", "more than one image: it ends at byte 61"),
        (b"Pf\n4 three\n-1.0\n" + PIXELS, "no whole PFM header"),
        (b"Pf\n999999999 999999999\n-1.0\n" + PIXELS, "was cut off"),
    ],
)
def test_a_damaged_file_is_told_with_its_bytes(content: bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(DamagedFileError, match=said):
        read(tmp_path, content)
