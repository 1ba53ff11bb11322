# SPDX-License-Identifier: Apache-2.0
"""scripts/import_graph.py tells and draws what the source says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from source_tree import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """pinch_high imports pinch_low; a and b of pinch_low stand one on the other."""
    sources = {
        "pinch_low/a.py": "",
        "pinch_low/b.py": "def f() -> None:\n    from pinch_low import a\n",
        "pinch_high/c.py": "from pinch_low.a import x\nfrom pinch_low import b\nimport json\n",
    }
    for name, text in sources.items():
        package, file = name.split("/")
        folder = tmp_path / "src" / package / package
        folder.mkdir(parents=True, exist_ok=True)
        (folder.parent / "setup.py").touch()
        (folder / "__init__.py").touch()
        (folder / file).write_text(text)
    return tmp_path


def draw(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "import_graph.py"), "--root", str(root), *words]
    return subprocess.run(command, capture_output=True, text=True)


def test_floors_and_arrows_are_told_and_drawn(checkout: Path) -> None:
    told = draw(checkout, "--out", str(checkout / "out"))
    assert told.returncode == 0, told.stderr
    assert "2 packages on 2 floors, 1 arrows" in told.stdout
    assert "5 files on 3 floors" in told.stdout and "3 arrows; 1 imports are in functions" in told.stdout
    assert "pinch_high: 2 files, 3 lines; imports pinch_low 2" in told.stdout
    for name in ("packages", "pinch_low", "pinch_high"):
        picture = cv2.imread(str(checkout / "out" / f"{name}.png"))
        assert picture is not None and picture.std() > 1.0, f"{name}.png is blank"


def test_a_circle_is_named_and_is_red_in_the_picture(checkout: Path) -> None:
    (checkout / "src/pinch_low/pinch_low/a.py").write_text("from pinch_low.b import f\n")
    told = draw(checkout, "--out", str(checkout / "out"))
    assert told.returncode == 1
    assert "circle: pinch_low.a <-> pinch_low.b" in told.stdout
    blue, green, red = cv2.imread(str(checkout / "out" / "pinch_low.png")).astype(int).transpose(2, 0, 1)
    assert ((red - blue > 120) & (red - green > 120)).any()


def test_a_folder_that_is_no_checkout_is_refused_in_one_sentence(tmp_path: Path) -> None:
    told = draw(tmp_path, "--out", str(tmp_path / "out"))
    assert told.returncode == 2 and "has no package in src/" in told.stderr
    assert not (tmp_path / "out").exists()
