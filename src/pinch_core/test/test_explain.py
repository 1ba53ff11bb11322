# SPDX-License-Identifier: Apache-2.0
"""Why there is no grasp here: the filter and the numbers named are those that are to blame."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from pinch_core.cli.__main__ import main
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import RegionError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.explain import (
    PROBE_ANGLES,
    PROBE_DEPTHS,
    PROBE_PIXELS,
    Explanation,
    explain_pixel,
)
from pinch_core.synthetic_scene import BoxSolid, Solid, camera_above, render_depth

CONFIG = PlannerConfig()
T_WORLD_CAM = camera_above(0.7, 0.1)
BOX = BoxSolid.standing(0.0, 0.0, 0.0, (0.10, 0.04, 0.04))


def explain(
    camera: CameraIntrinsics, gripper: ParallelJawGripper, at: tuple[float, float, float], *solids: Solid
) -> Explanation:
    """Of the pixel that shows a point of the world."""
    frame = render_depth(solids or (BOX,), T_WORLD_CAM, camera)
    column, row = np.rint(camera.project(T_WORLD_CAM.inverse() @ np.array(at))).astype(int)
    grasp_type = bind_grasp_type(gripper, CONFIG)
    return explain_pixel(frame, grasp_type, CONFIG, np.random.default_rng(0), int(column), int(row))


def reasons(explanation: Explanation) -> dict[str, str]:
    return {each.filter: "; ".join(each.findings) for each in explanation.rejections}


def test_a_free_box_can_be_grasped_at_its_middle(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    found = explain(camera, gripper, (0.0, 0.0, 0.04))
    assert found.label == 1 and found.passed > 50 and found.samples_near > 0
    assert found.height == pytest.approx(0.04, abs=0.002)


def test_a_box_wider_than_the_jaws_is_told_with_what_they_allow(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    wide = BoxSolid.standing(0.0, 0.0, 0.0, (0.12, 0.085, 0.05))
    found = explain(camera, gripper, (0.0, 0.0, 0.05), wide)
    assert found.passed == 0
    assert "width of the object between the pads: " in reasons(found)["jaw_width"]
    assert "allowed 0 to 76 mm" in reasons(found)["jaw_width"]


def test_walls_on_both_sides_are_told_with_how_far_they_stand_above_the_fingertips(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    walls = [BoxSolid.standing(0.0, side * 0.035, 0.0, (0.2, 0.02, 0.06)) for side in (-1, 1)]
    ends = [BoxSolid.standing(side * 0.07, 0.0, 0.0, (0.03, 0.2, 0.06)) for side in (-1, 1)]
    found = explain(camera, gripper, (0.0, 0.0, 0.04), BOX, *walls, *ends)
    assert found.passed == 0
    assert "above its fingertip" in reasons(found)["finger_collision"]


def test_the_table_is_told_to_be_no_object(camera: CameraIntrinsics, gripper: ParallelJawGripper) -> None:
    found = explain(camera, gripper, (0.15, 0.1, 0.0))
    assert found.label == 0 and found.passed == 0 and found.samples_near == found.probes == 0
    assert found.on_table and found.nearest is not None and not found.rejections
    # From (150, 100) mm to the middle of the box's sides, whose corner is at (50, 20).
    assert found.nearest.distance == pytest.approx(math.hypot(0.1, 0.08), abs=0.04)
    first, second = found.text().splitlines()
    assert first.endswith("0 mm above the table: on the table, not on an object.")
    at = f"({found.nearest.column}, {found.nearest.row})"
    assert f"the nearest is object 1, {found.nearest.distance * 1e3:.0f} mm, " in second and at in second
    assert found.document()["nearest"]["label"] == 1
    inside = explain(camera, gripper, (0.0, 0.0, 0.04))
    assert inside.nearest is None and not inside.on_table


def test_beside_an_object_only_what_lies_on_it_is_probed(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    found = explain(camera, gripper, (0.0, 0.025, 0.0))
    assert found.label == 0 and 0 < found.probes < PROBE_PIXELS**2 * PROBE_ANGLES * PROBE_DEPTHS
    assert "No grasp is planned where no object is" in found.text() and "probes were added" in found.text()


def test_a_pixel_without_return_is_told(camera: CameraIntrinsics, gripper: ParallelJawGripper) -> None:
    depth = render_depth((BOX,), T_WORLD_CAM, camera).depth.copy()
    depth[90:110, 90:110] = np.nan
    frame = DepthFrame.from_array(depth, camera)
    grasp_type = bind_grasp_type(gripper, CONFIG)
    found = explain_pixel(frame, grasp_type, CONFIG, np.random.default_rng(0), 100, 100)
    assert math.isnan(found.depth) and "no depth was measured here" in found.text()
    assert found.document()["depth"] is None
    json.dumps(found.document(), allow_nan=False)


@pytest.mark.parametrize("at", [(-1, 5), (640, 5), (5, 480)])
def test_a_pixel_outside_the_image_is_refused_with_its_size(
    at: tuple[int, int], camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    frame = render_depth((BOX,), T_WORLD_CAM, camera)
    with pytest.raises(RegionError, match="outside the image of 640 x 480"):
        explain_pixel(frame, bind_grasp_type(gripper, CONFIG), CONFIG, np.random.default_rng(0), *at)


def test_the_command_tells_the_same_in_words_and_in_json(
    tmp_path: Path, camera: CameraIntrinsics, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "depth.npy", render_depth((BOX,), T_WORLD_CAM, camera).depth)
    fields = {name: getattr(camera, name) for name in ("width", "height", "fx", "fy", "cx", "cy")}
    (tmp_path / "camera.json").write_text(json.dumps(fields))
    command = ["plan", "--depth", str(tmp_path / "depth.npy"), "--camera", str(tmp_path / "camera.json")]
    command += ["--policy", "igq", "--explain", "320", "240"]
    assert main([*command, "--save", str(tmp_path / "plan.png")]) == 0
    words = capsys.readouterr().out
    assert main([*command, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)["explain"]
    assert f"passed all        {document['passed']:6d}" in words
    for rejection in document["rejections"]:
        assert f"{rejection['filter']:<18}{rejection['count']:6d} rejected" in words
    assert (tmp_path / "plan.png").stat().st_size > 1000
    assert main([*command[:-2], "900", "240"]) == 2
    assert "pixel (900, 240) lies outside the image" in capsys.readouterr().err
