# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from pinch_core.check import Beside, Checked, SeenFile, recognise
from pinch_core.checks import camera_file, depth_image, gripper_file, mask_image
from pinch_core.cli.check import main
from pinch_core.depth_files import write_depth_npy, write_intrinsics
from pinch_core.resources import config_directory, config_names
from pinch_core.testing_scene import CAMERA, scene_frame, stored_as

OWN = [camera_file.CHECK, depth_image.CHECK, gripper_file.CHECK, mask_image.CHECK]
UNDERSTOOD, WARNED, NOT_UNDERSTOOD, DAMAGED = 0, 1, 2, 3


@pytest.fixture
def depth(tmp_path: Path) -> Path:
    path = tmp_path / "depth.npy"
    write_depth_npy(path, scene_frame())
    return path


@pytest.fixture
def camera(tmp_path: Path) -> Path:
    path = tmp_path / "camera.json"
    write_intrinsics(path, CAMERA)
    return path


def gripper(name: str) -> Path:
    return config_directory() / "grippers" / f"{name}.yaml"


def document(capsys: pytest.CaptureFixture[str], *words: Path | str) -> tuple[int, list[dict[str, Any]]]:
    code = main([*map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out)["files"]


def test_an_image_with_its_camera_shows_table_and_object(
    depth: Path, camera: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, (image, file) = document(capsys, depth, camera)
    assert (code, image["kind"], file["kind"]) == (UNDERSTOOD, "depth image", "camera")
    figures = image["figures"]
    assert figures["table"]["distance_m"] == pytest.approx(0.7, abs=0.002)
    assert figures["table"]["tilt_rad"] == pytest.approx(np.radians(9), abs=0.01)
    (found,) = figures["objects"]
    assert found["size_m"] == pytest.approx([0.07, 0.04, 0.05], abs=0.005)
    assert figures["no_return"] == {}


def test_an_image_alone_is_shown_as_it_is_read_with_a_warning(
    depth: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, (image,) = document(capsys, depth)
    assert code == WARNED
    assert "no camera file is named" in image["warnings"][-1]
    assert image["figures"]["depth_m"]["median"] == pytest.approx(float(np.median(scene_frame().depth)))


def test_the_unit_is_the_one_that_is_said(
    tmp_path: Path, camera: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cv2.imwrite(str(tmp_path / "d.png"), stored_as("u2", 4000))
    code, (image, _) = document(capsys, tmp_path / "d.png", camera)
    assert image["figures"]["table"]["distance_m"] == pytest.approx(2.8, abs=0.01)
    assert code == WARNED
    assert any("depth_format.scale" in warning for warning in image["warnings"])
    code, (image, _) = document(capsys, tmp_path / "d.png", camera, "--depth-format.scale", "0.00025")
    assert image["figures"]["table"]["distance_m"] == pytest.approx(0.7, abs=0.002)
    assert code == UNDERSTOOD
    assert "units of 0.25 mm" in image["lines"]["stored"]


def test_a_depth_scale_of_the_camera_file_is_used_and_named(
    tmp_path: Path, camera: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    camera.write_text(json.dumps(json.loads(camera.read_text()) | {"depth_scale": 0.1, "colour": "red"}))
    assert cv2.imwrite(str(tmp_path / "d.png"), stored_as("u2", 10_000))
    code, (image, file) = document(capsys, tmp_path / "d.png", camera)
    assert image["figures"]["table"]["distance_m"] == pytest.approx(0.7, abs=0.002)
    assert "0.1 mm, as the camera file says" in image["lines"]["stored"]
    assert file["figures"]["depth_scale_m"] == pytest.approx(1e-4)
    assert code == WARNED
    assert any("'colour'" in warning for warning in file["warnings"])


def test_pixels_without_return_are_counted_by_reason(
    tmp_path: Path, camera: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = stored_as("u2", 1000)
    stored[:2], stored[2] = 0, 65535
    np.save(tmp_path / "d.npy", stored)
    _, (image, _) = document(capsys, tmp_path / "d.npy", camera)
    assert sorted(image["figures"]["no_return"].values()) == [CAMERA.width, 2 * CAMERA.width]
    assert "65535" in image["lines"]["no return"]


def test_an_image_of_another_size_than_its_camera_is_not_understood(
    depth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_intrinsics(tmp_path / "other.json", replace(CAMERA, width=320, height=240))
    code, (image, _) = document(capsys, depth, tmp_path / "other.json")
    assert code == NOT_UNDERSTOOD
    assert "160 x 120" in image["error"]
    assert "320 x 240" in image["error"]


def test_an_image_that_the_planner_refuses_is_shown_with_the_reason(
    tmp_path: Path, camera: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, columns = np.indices((CAMERA.height, CAMERA.width))
    rays = CAMERA.rays(np.stack([columns, rows], -1).astype(np.float64))
    np.save(tmp_path / "rays.npy", scene_frame().depth * np.linalg.norm(rays, axis=-1).astype(np.float32))
    code, (image, _) = document(capsys, tmp_path / "rays.npy", camera, "--save", str(tmp_path / "seen.png"))
    assert (code, image["exit_code"]) == (NOT_UNDERSTOOD, NOT_UNDERSTOOD)
    assert "lengths of the viewing rays" in image["error"]
    assert image["figures"]["depth_m"]["median"] == pytest.approx(0.72, abs=0.05)
    size_of(tmp_path / "seen.png")


def test_negative_depth_is_shown_with_the_reason(
    tmp_path: Path, camera: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "negative.npy", -scene_frame().depth)
    code, (image, _) = document(capsys, tmp_path / "negative.npy", camera, "--save", str(tmp_path / "seen"))
    assert (code, image["figures"]["depth_m"]) == (NOT_UNDERSTOOD, None)
    assert "negative" in image["error"]
    assert "-0." in image["lines"]["values"]
    assert (tmp_path / "seen" / "negative.npy.png").is_file()


def test_a_table_without_objects_is_a_warning(
    tmp_path: Path, camera: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "flat.npy", np.full((120, 160), 0.7, np.float32))
    code, (image, _) = document(capsys, tmp_path / "flat.npy", camera)
    assert (code, image["figures"]["objects"]) == (WARNED, [])
    assert "nothing on the table" in image["warnings"][-1]


def test_a_damaged_image_is_damaged_and_the_others_are_still_shown(
    depth: Path, camera: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    depth.write_bytes(depth.read_bytes()[:500])
    code, (image, file) = document(capsys, depth, camera)
    assert (code, image["exit_code"], file["exit_code"]) == (DAMAGED, DAMAGED, UNDERSTOOD)
    assert image["error"]


@pytest.mark.parametrize("name", ["nothing.npy", "notes.md", "folder"])
def test_what_is_of_no_kind_is_named(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.md").write_text("# Notes\n")
    (tmp_path / "folder").mkdir()
    code, (found,) = document(capsys, tmp_path / name)
    assert code == NOT_UNDERSTOOD
    assert name in found["error"]


def test_a_yaml_of_another_kind_is_told_by_its_keys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "some.yaml").write_text("services: {}\nvolumes: {}\n")
    code, (found,) = document(capsys, tmp_path / "some.yaml")
    assert code == NOT_UNDERSTOOD
    assert "services, volumes" in found["error"]


@pytest.mark.parametrize("name", config_names("grippers"))
def test_shipped_grippers_are_understood_without_a_warning(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, (found,) = document(capsys, gripper(name))
    assert (code, found["kind"], found["figures"]["name"]) == (UNDERSTOOD, "gripper", name)
    assert "opening" in found["lines"]


def test_a_gripper_whose_fingers_hang_beside_its_palm_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = gripper("panda").read_text()
    (tmp_path / "g.yaml").write_text(text.replace("size_y: 0.205", "size_y: 0.0205"))
    code, (found,) = document(capsys, tmp_path / "g.yaml")
    assert code == WARNED
    assert "palm.size_y" in found["warnings"][0]


def test_a_gripper_in_millimetres_is_not_understood(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = gripper("panda").read_text()
    (tmp_path / "g.yaml").write_text(text.replace("max_opening: 0.08", "max_opening: 80"))
    code, (found,) = document(capsys, tmp_path / "g.yaml")
    assert (code, found["kind"]) == (NOT_UNDERSTOOD, "gripper")
    assert "max_opening" in found["error"]


def test_a_gripper_beside_an_image_says_what_fits(
    depth: Path, camera: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, (image, *_) = document(capsys, depth, camera, gripper("panda"))
    assert "1 of 1 objects" in image["lines"]["gripper"]


def test_a_mask_is_compared_with_the_image(
    depth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mask = np.zeros((100, 160), np.uint8)
    mask[10:20, 10:20] = 255
    assert cv2.imwrite(str(tmp_path / "mask.png"), mask)
    _, (_, found) = document(capsys, depth, tmp_path / "mask.png")
    assert (found["kind"], found["figures"]["parts"]) == ("mask", 1)
    assert "160 x 120" in found["warnings"][0]


def test_an_array_of_truth_values_is_a_mask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "m.npy", scene_frame().depth < 0.68)
    code, (found,) = document(capsys, tmp_path / "m.npy")
    assert (code, found["kind"]) == (UNDERSTOOD, "mask")


def test_the_next_command_repeats_how_depth_is_stored(
    tmp_path: Path, camera: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "d.npy", stored_as("u2", 4000))
    options = ["--depth-format.scale", "0.00025", "--depth-format.rectified", "no"]
    _, (image, _) = document(capsys, tmp_path / "d.npy", camera, *options)
    assert " ".join(options) in image["lines"]["next"]


def test_a_camera_that_the_planner_refuses_is_not_understood_but_shown(
    camera: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = json.loads(camera.read_text(encoding="utf-8"))
    values.pop("distortion_model", None)
    camera.write_text(json.dumps({**values, "distortion": [0.1, 0.01, 0.0, 0.001]}), encoding="utf-8")
    assert main([str(camera)]) == NOT_UNDERSTOOD
    told = capsys.readouterr()
    assert "add distortion_model" in told.err and "raw (K)" in told.out


@pytest.mark.parametrize(
    "text", ["nan inf 0 0 0 0 0 0 1", '{"width": 64, "height": 48, "K": [0, 0, 1, 0, 0, 1, 0, 0, 1]}']
)
def test_impossible_intrinsics_are_not_understood(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "k.txt").write_text(text)
    code, (found,) = document(capsys, tmp_path / "k.txt")
    assert (code, found["kind"]) == (NOT_UNDERSTOOD, "camera")
    assert "k.txt" in found["error"]


def test_raw_or_rectified_is_asked_for_where_a_camera_file_has_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    k, p = [150.0, 0, 80, 0, 150, 60, 0, 0, 1], [130.0, 0, 82, 0, 0, 130, 58, 0, 0, 0, 1, 0]
    camera = {"width": 160, "height": 120, "distortion_model": "plumb_bob", "d": [-0.3, 0.1, 0, 0, 0]}
    (tmp_path / "c.json").write_text(json.dumps(camera | {"k": k, "p": p}))
    code, (found,) = document(capsys, tmp_path / "c.json")
    assert code == WARNED
    assert "rectified to yes or no" in found["warnings"][-1]
    code, (found,) = document(capsys, tmp_path / "c.json", "--depth-format.rectified", "yes")
    assert (code, found["lines"]["image is"]) == (UNDERSTOOD, "rectified: the image is said to be rectified")


@pytest.mark.parametrize("shape", [(), (5,), (0, 3), (4, 4, 4)])
def test_an_array_that_is_no_image_is_not_understood(
    shape: tuple[int, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "a.npy", np.ones(shape, np.float32))
    code, (found,) = document(capsys, tmp_path / "a.npy", "--save", str(tmp_path / "a.png"))
    assert (code, found["kind"]) == (NOT_UNDERSTOOD, "depth image")
    assert "a.npy" in found["error"]


def test_two_cameras_leave_the_choice_to_the_user(
    depth: Path, camera: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_intrinsics(tmp_path / "second.json", CAMERA)
    _, (image, *_) = document(capsys, depth, camera, tmp_path / "second.json")
    assert "2 camera files are named" in image["warnings"][-1]


ODD = {
    "empty": b"", "zeros": bytes(2000), "nested": b"[" * 3000, "a date": b"a: 2020-99-99\n", "brace": b"{",
    "gripper": b"finger: 3\nname: [1]\n", "type": b"type: [a]\nname: 3\n",
    "camera": b'{"fx": "a", "fy": null}', "robot": b"arm_joints: 3\nbase_frame: {}\n",
    "bag": b"rosbag2_bagfile_information: 3\n",
    "mcap": b"\x89MCAP0\r\n" + b"\1" * 300, "sqlite3": b"SQLite format 3\0" + b"\1" * 300,
    "png": b"\x89PNG\r\n\x1a\n" + bytes(40), "npy": b"\x93NUMPY\x01\0", "zip": b"PK\3\4" + bytes(50),
    "keys": b"{1: 2, null: 3, [1, 2]: 4}\n", "alias": b"a: &a {b: *a}\n", "UTF-16": "fx: 1".encode("utf-16"),
}  # fmt: skip


@pytest.mark.parametrize("ending", ["npy", "png", "yaml", "json", "stl", "mcap", "xml", ""])
def test_whatever_a_file_holds_it_is_named_in_one_sentence(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [tmp_path / f"{name}.{ending}" for name in ODD]
    for path, content in zip(paths, ODD.values(), strict=True):
        path.write_bytes(content)
    code, found = document(capsys, *paths, "--save", str(tmp_path / "pictures"))
    assert code in (NOT_UNDERSTOOD, DAMAGED)
    for one in found:
        assert one["exit_code"] in (NOT_UNDERSTOOD, DAMAGED)
        assert Path(one["path"]).name in one["error"]
        assert "Traceback" not in one["error"]


# Pictures.


def size_of(path: Path) -> tuple[int, int]:
    picture = cv2.imread(str(path))
    assert picture is not None
    assert picture.std() > 10  # something is drawn
    return picture.shape[0], picture.shape[1]


def test_one_picture_is_written_where_it_is_asked_for(
    depth: Path, camera: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(depth), str(camera), "--save", str(tmp_path / "seen.png")]) == UNDERSTOOD
    height, width = size_of(tmp_path / "seen.png")
    assert width > height
    assert "picture: " in capsys.readouterr().err


def test_several_pictures_go_into_a_folder(
    depth: Path, camera: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(path) for path in (depth, camera, gripper("panda"), gripper("yumi"))]
    main([*files, "--save", str(tmp_path / "seen")])
    assert {path.name for path in (tmp_path / "seen").iterdir()} == {
        "depth.npy.png",
        "panda.yaml.png",
        "yumi.yaml.png",
    }
    for path in (tmp_path / "seen").iterdir():
        size_of(path)


def test_one_name_for_several_pictures_is_refused(
    depth: Path, camera: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from pinch_core.errors import ConfigError

    with pytest.raises(ConfigError, match="name a folder"):
        main([str(depth), str(camera), str(gripper("panda")), "--save", str(tmp_path / "seen.png")])


# The protocol.


@dataclass(frozen=True)
class AnyLog:
    kind: str = "log"
    suffixes: tuple[str, ...] = (".log",)

    def recognises(self, seen: SeenFile) -> bool:
        return seen.head.startswith(b"LOG")

    def check(self, path: Path, beside: Beside) -> Checked:
        return Checked(self.kind, (("size", str(path.stat().st_size)),))


def test_a_kind_is_told_by_content_first_and_by_name_where_content_is_damaged(tmp_path: Path) -> None:
    log = AnyLog()
    (tmp_path / "a.yaml").write_text("LOG of something")
    (tmp_path / "b.log").write_text("damaged")
    assert recognise(SeenFile(tmp_path / "a.yaml"), [*OWN, log]) is log
    assert recognise(SeenFile(tmp_path / "b.log"), [*OWN, log]) is log
    assert recognise(SeenFile(tmp_path / "c.txt"), [log]) is None
