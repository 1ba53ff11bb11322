# SPDX-License-Identifier: Apache-2.0
"""Commands in this process; two runs in a process of their own show that the wiring to the shell holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from pinch_core.cli import __main__ as cli
from pinch_core.cli import benchmark, benchmark_plan, plan
from pinch_core.depth_files import write_depth_npy, write_image, write_intrinsics
from pinch_core.errors import DamagedFileError, UnknownNameError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.planner_config import PlannerConfig
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth

GRIPPER_YAML = """
name: hand
max_opening: 0.08
min_opening: 0.0
max_force: 70.0
finger: {breadth: 0.022, thickness: 0.0155, length: 0.047, tip_beyond_tcp: 0.0095}
palm: {size_x: 0.065, size_y: 0.205, size_z: 0.066}
"""


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Commands as the entry points of a built workspace offer them, and a config folder with one gripper."""
    from importlib.metadata import EntryPoint

    groups = {
        "pinch.commands": {"plan": "pinch_core.cli.plan:main", "benchmark": "pinch_core.cli.benchmark:main"},
        "pinch.benchmarks": {"plan": "pinch_core.cli.benchmark_plan:main"},
    }
    monkeypatch.setattr(
        cli, "entry_points", lambda group: [EntryPoint(n, v, group) for n, v in groups.get(group, {}).items()]
    )
    (tmp_path / "config" / "grippers").mkdir(parents=True)
    (tmp_path / "config" / "grippers" / "hand.yaml").write_text(GRIPPER_YAML, encoding="utf-8")
    monkeypatch.setenv("PINCH_CONFIG_DIR", str(tmp_path / "config"))


@pytest.fixture
def recorded(tmp_path: Path, small_camera: CameraIntrinsics) -> list[str]:
    """Arguments that plan on a recorded box."""
    box = BoxSolid.standing(0.0, 0.0, 0.4, (0.10, 0.04, 0.04))
    frame = render_depth((box,), camera_above(0.75, 0.2), small_camera, np.random.default_rng(0), 0.001)
    write_depth_npy(tmp_path / "depth.npy", frame)
    write_intrinsics(tmp_path / "camera.json", small_camera)
    return [
        "plan", "--depth", str(tmp_path / "depth.npy"), "--camera", str(tmp_path / "camera.json"),
        "--gripper", "hand",
    ]  # fmt: skip


def test_plan_prints_one_json_document_and_saves_the_picture(
    recorded: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "plan.png"
    assert cli.main([*recorded, "--json", "--top", "3", "--seed", "5", "--save", str(picture)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert len(document["grasps"]) == 3
    best = document["grasps"][0]
    assert best["width_m"] == pytest.approx(0.04, abs=0.006)
    assert np.linalg.det(np.array(best["T_cam_tcp"])[:3, :3]) == pytest.approx(1.0)
    assert document["report"]["sampled"] >= document["report"]["scored"] > 0
    assert cv2.imread(str(picture)).shape == (240, 320, 3)


def test_plan_prints_a_table_for_people(recorded: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*recorded, "--top", "2"]) == 0
    output = capsys.readouterr()
    assert len(output.out.splitlines()) == 3
    assert "sampled" in output.err


def test_planner_settings_are_options(recorded: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        cli.main(
            [
                *(*recorded, "--json", "--policy", "rank"),
                *(
                    "--planner.parallel-jaw.sampler.count",
                    "7",
                    "--planner.parallel-jaw.sampler.friction",
                    "0.5",
                ),
            ]
        )
        == 0
    )
    assert json.loads(capsys.readouterr().out)["report"]["sampled"] <= 7 * 6


def test_no_grasp_falls_short_and_says_why(recorded: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*recorded, "--min-quality", "1.0"]) == 1
    assert "no grasp: all " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (("--gripper", "claw"), 2, "'claw' is not one of the grippers"),
        (("--depth", "missing.npy"), 2, "missing.npy cannot be read (No such file"),
        (("--top", "0"), 2, "PlanOptions.top = 0"),
        (("--planner.parallel-jaw.depths.step", "9"), 2, "GraspDepthConfig.step = 9 m is outside"),
    ],
)
def test_bad_input_ends_with_one_sentence_and_code_2(
    recorded: list[str], change: tuple[str, str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*recorded, *change]) == code
    error = capsys.readouterr().err
    assert error.startswith("pinch: ")
    assert message in error
    assert error.count("\n") == 1


def test_masks_and_intrinsics_of_another_size_are_bad_input(
    recorded: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_image(tmp_path / "mask.png", np.ones((48, 64), np.uint8))
    assert cli.main([*recorded, "--segmask", str(tmp_path / "mask.png")]) == 2
    assert "mask.png is 64 x 48 but the depth image is 320 x 240" in capsys.readouterr().err
    write_intrinsics(tmp_path / "camera.json", CameraIntrinsics(640, 480, 525.0, 525.0, 319.5, 239.5))
    assert cli.main(recorded) == 2
    assert "is 320 x 240 but its intrinsics are for 640 x 480" in capsys.readouterr().err


def test_damaged_data_has_a_code_of_its_own(
    recorded: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = (tmp_path / "depth.npy").read_bytes()
    (tmp_path / "depth.npy").write_bytes(content[: len(content) // 2])
    assert cli.main(recorded) == 3
    assert "depth.npy was cut off: it ends at byte" in capsys.readouterr().err


def test_unknown_commands_are_answered_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["paln"]) == 2
    assert capsys.readouterr().err == "pinch: 'paln' is not a command; known: benchmark, plan.\n"


def test_help_lists_every_command_with_its_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    assert "plan       Plan grasps on one recorded depth image." in capsys.readouterr().out
    assert cli.main([]) == 2
    assert cli.main(["--version"]) == 0


def test_a_workspace_that_is_not_built_says_how_to_build_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "entry_points", lambda group: [])
    assert cli.main(["plan"]) == 2
    assert "make setup" in capsys.readouterr().err
    assert cli.main(["--help"]) == 0
    assert "make setup" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt(), 130), (DamagedFileError("x is damaged."), 3)]
)
def test_every_way_to_end_has_its_code(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def end(argv: list[str]) -> int:
        raise error

    class Entry:
        name = "end"

        def load(self) -> Callable[[list[str]], int]:
            return end

    monkeypatch.setattr(cli, "entry_points", lambda group: [Entry()])
    assert cli.main(["end"]) == code
    assert capsys.readouterr().err


def test_plan_help_states_units_and_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        plan.main(["--help"])
    text = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert ended.value.code == 0
    assert f"[m], 0.0005 to 0.05 (default: {PlannerConfig().table.inlier_distance})" in text


def test_misspelt_options_are_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["plan", "--deepth", "x"]) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert "did you mean --depth?" in written.err.replace(" or --depth-format.near", "")


def test_benchmark_names_what_it_can_measure(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UnknownNameError, match="known: plan"):
        benchmark.main(["nothing"])
    assert benchmark.main(["--help"]) == 0
    assert "plan  Planning time of every policy" in capsys.readouterr().out


def test_benchmark_plan_reports_times_per_stage_and_the_ratio(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--json", "--plans", "2", "--paper-plans", "2", "--draws", "20000", "--reference-draws", "500"]
    assert benchmark_plan.main(options) == 0
    document = json.loads(capsys.readouterr().out)
    assert set(document["plan_ms"]) == {"cem", "rank", "dense", "igq", "random", "gqcnn-2.0 cem"}
    for timed in document["plan_ms"].values():
        assert 0 < timed["p50"] <= timed["p95"]
        assert sum(timed["stages_p50"].values()) <= 1.2 * timed["p95"]
    # Dense scoring looks everywhere: many times as many grasps as any sample.
    assert document["plan_ms"]["dense"]["grasps_scored"] > 5 * document["plan_ms"]["rank"]["grasps_scored"]
    sampler = document["sampler"]
    # Both estimate the same share of antipodal pairs, from 500 draws to within a few percent.
    assert sampler["antipodal_share"] == pytest.approx(sampler["antipodal_share_one_at_a_time"], abs=0.05)
    assert sampler["ratio"] > 3
    assert document["machine"]["cpus"] >= 1


def test_the_dispatcher_runs_as_a_module() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pinch_core.cli", "nonsense"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 2
    assert run.stdout == ""
    assert "'nonsense' is not a command" in run.stderr


def test_told_to_stop_a_command_cleans_up_as_after_ctrl_c() -> None:
    program = """
import sys, time
from pinch_core.cli import __main__ as cli
def command(arguments):
    try:
        print("ready", flush=True)
        time.sleep(60)
    finally:
        print("cleaned up", flush=True)
cli._dispatch = command
sys.exit(cli.run())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        assert process.stdout.readline() == "cleaned up\n"
        assert process.wait(timeout=30) == 130


def test_a_reader_that_leaves_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as out:
        done = subprocess.run(
            [sys.executable, "-m", "pinch_core.cli", "--help"],
            stdout=out, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (141, "")
