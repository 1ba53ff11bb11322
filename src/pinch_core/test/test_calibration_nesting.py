# SPDX-License-Identifier: Apache-2.0
"""Camera files with more than one camera's keys: nothing that changes the meaning is dropped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pinch_core.calibration import Calibration, read_calibration
from pinch_core.errors import IntrinsicsError

D = (-0.3, 0.1, 0.0, 0.0, 0.0)
FILE = {
    "image_width": 640,
    "image_height": 480,
    "camera_matrix": {"rows": 3, "cols": 3, "data": [600.0, 0.0, 319.5, 0.0, 600.0, 239.5, 0.0, 0.0, 1.0]},
    "distortion_model": "plumb_bob",
    "distortion_coefficients": {"rows": 1, "cols": 5, "data": list(D)},
}


def read(tmp_path: Path, values: Any) -> Calibration:
    path = tmp_path / "cam.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return read_calibration(path)


def refused(tmp_path: Path, values: Any) -> str:
    with pytest.raises(IntrinsicsError) as error:
        read(tmp_path, values).intrinsics()
    return str(error.value)


@pytest.mark.parametrize(
    "values",
    [
        {"intrinsics": FILE, "depth": {"depth_scale": 0.00025}},
        {"camera": {"depth_scale": 0.25, "intrinsics": FILE}},
        {"rig": {"camera": {"intrinsics": FILE}, "depth_stream": {"DepthMapFactor": 4000}}},
    ],
)
def test_a_depth_scale_beside_or_above_the_camera_holds_for_it(
    tmp_path: Path, values: dict[str, Any]
) -> None:
    assert read(tmp_path, values).depth_scale == pytest.approx(0.00025)


def test_a_mapping_beside_the_camera_that_is_not_understood_is_named(tmp_path: Path) -> None:
    assert read(tmp_path, {"intrinsics": FILE, "depth": {"scale": 0.1}}).unknown_keys == ("depth",)


def test_coefficients_in_a_mapping_are_those_of_the_lens(tmp_path: Path) -> None:
    values = {name: value for name, value in FILE.items() if not name.startswith("distortion")}
    named = {"k1": D[0], "k2": D[1], "p1": D[2], "p2": D[3], "k3": D[4]}
    assert read(tmp_path, {**values, "distortion": named}).D == D


@pytest.mark.parametrize(
    "text",
    [
        '{"width": 640, "height": 480, "fx": 500, "fy": 600, "cx": 319.5, "cy": 239.5, "fx": 600}',
        "width: 640\nheight: 480\nfx: 500\nfx: 600\nfy: 600\ncx: 319.5\ncy: 239.5\n",
    ],
)
def test_a_key_that_stands_twice_with_different_values_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cam.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(IntrinsicsError, match="'fx' stands twice"):
        read_calibration(path)


@pytest.mark.parametrize("fx", [600 / 640, 1.93])
def test_a_focal_length_that_is_not_in_pixels_is_refused(tmp_path: Path, fx: float) -> None:
    values = {"width": 640, "height": 480, "fx": fx, "fy": fx, "cx": 0.5, "cy": 0.5}
    assert "not in millimetres or shares" in refused(tmp_path, values)


def test_an_ini_file_is_not_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "cam.ini"
    path.write_text("[depth]\nwidth = 640\nfx = 600.0\n", encoding="utf-8")
    with pytest.raises(IntrinsicsError, match="no camera intrinsics"):
        read_calibration(path)


ONE = {"width": 640, "height": 480, "fx": 600.0, "fy": 600.0, "cx": 319.5, "cy": 239.5}
OTHER = ONE | {"fx": 500.0}


@pytest.mark.parametrize("values", [[ONE], [ONE, ONE], {"cameras": [ONE]}, {"rig": {"cameras": [ONE, ONE]}}])
def test_a_list_of_one_camera_leaves_no_choice(tmp_path: Path, values: Any) -> None:
    assert read(tmp_path, values).K[0] == 600.0


def test_the_depth_camera_of_a_list_is_told_by_its_name(tmp_path: Path) -> None:
    assert read(tmp_path, [OTHER | {"name": "colour"}, ONE | {"name": "depth"}]).K[0] == 600.0


@pytest.mark.parametrize(
    ("values", "labels", "kept"),
    [
        ([OTHER, ONE], "2 cameras or calibrations that differ (0, 1)", 500.0),
        ([ONE | {"name": "left"}, OTHER | {"name": "right"}], "(0 named 'left', 1 named 'right')", 600.0),
        ({"cameras": [ONE, OTHER]}, "(cameras.0, cameras.1)", 600.0),
        ({"left": ONE, "right": OTHER}, "(left, right)", 600.0),
        (
            {str(n): {"cam_K": [600.0 + n, 0, 319.5, 0, 600, 239.5, 0, 0, 1]} for n in range(9)},
            "9 cameras or calibrations that differ (0, 1, 2, 3, 4, 5, ...)",
            600.0,
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # a one-line program may leave closing to its end
@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_several_cameras_are_named_and_taken_out_by_the_command_of_the_message(
    values: Any, labels: str, kept: float, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(f"cams.{ending}")
    path.write_text(json.dumps(values) if ending == "json" else yaml.safe_dump(values), encoding="utf-8")
    with pytest.raises(IntrinsicsError) as refused_:
        read_calibration(path)
    assert labels in str(refused_.value)
    program = str(refused_.value).partition('python3 -c "')[2].rpartition('"')[0]
    exec(program, {})  # what a user would paste
    (out,) = tmp_path.glob("cams_*.json")
    assert read_calibration(out).K[0] == kept


def test_a_camera_whose_unit_stands_beside_it_is_not_torn_from_it(tmp_path: Path) -> None:
    said = refused(tmp_path, {"depth_scale": 0.1, "cameras": [ONE, OTHER]})
    assert "copy the one of the depth image into a file of its own, with what stands beside it" in said


def test_a_list_without_cameras_is_none(tmp_path: Path) -> None:
    assert "it is list of YAML or JSON" in refused(tmp_path, [{"a": 1}, 2])
