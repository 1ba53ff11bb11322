# SPDX-License-Identifier: Apache-2.0
"""scripts/env.sh: defaults that keep ROS on this machine, and the user's own values before them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from setup_modules import SCRIPTS, write

FLAT = """
export _ROS_WHEELS_BOOTSTRAP_COMPLETE=1
_pinch_prepend PATH "/w/.venv/bin"
_pinch_prepend PYTHONPATH /w/second "/w/first"
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "a work space"
    (root / "scripts").mkdir(parents=True)
    shutil.copy(SCRIPTS / "env.sh", root / "scripts")
    write(root / "install/pinch_env.sh", FLAT)
    return root


def sourced(workspace: Path, times: int = 1, **variables: str) -> dict[str, str]:
    """The variables after sourcing env.sh from another directory, in a shell that stops at every error."""
    source = f'source "{workspace}/scripts/env.sh";' * times
    done = subprocess.run(
        ["bash", "-c", f"set -eu; {source} env -0"],
        env={"PATH": os.environ["PATH"], **variables},
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(item.split("=", 1) for item in done.stdout.split("\0") if "=" in item)


def test_ros_stays_on_this_machine_by_default(workspace: Path) -> None:
    variables = sourced(workspace)
    assert variables["ROS_LOCALHOST_ONLY"] == "1"
    assert 0 < int(variables["ROS_DOMAIN_ID"]) <= 101
    assert variables["MUJOCO_GL"] == "egl"
    assert variables["_ROS_WHEELS_BOOTSTRAP_COMPLETE"] == "1"


def test_nothing_is_written_outside_the_repository(workspace: Path) -> None:
    variables = sourced(workspace)
    for name in ("ROS_LOG_DIR", "ROS_HOME", "COLCON_HOME", "MESA_SHADER_CACHE_DIR", "MPLCONFIGDIR"):
        assert Path(variables[name]).is_relative_to(workspace)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROS_LOCALHOST_ONLY", "0"),
        ("ROS_DOMAIN_ID", "0"),
        ("ROS_LOG_DIR", "/elsewhere"),
        ("ROS_HOME", "/elsewhere"),
        ("MUJOCO_GL", "osmesa"),
    ],
)
def test_what_the_user_exported_is_kept(workspace: Path, name: str, value: str) -> None:
    assert sourced(workspace, **{name: value})[name] == value


def test_the_workspace_comes_first_and_the_users_paths_stay(workspace: Path) -> None:
    variables = sourced(workspace, PYTHONPATH="/mine")
    assert variables["PYTHONPATH"] == "/w/first:/w/second:/mine"
    assert variables["PATH"] == f"/w/.venv/bin:{os.environ['PATH']}"


def test_sourcing_twice_changes_nothing_more(workspace: Path) -> None:
    assert sourced(workspace, times=2) == sourced(workspace)


def test_a_workspace_that_is_not_set_up_is_said(workspace: Path) -> None:
    (workspace / "install/pinch_env.sh").unlink()
    done = subprocess.run(
        ["bash", "-c", f'source "{workspace}/scripts/env.sh"'], capture_output=True, text=True, cwd="/"
    )
    assert done.returncode == 1
    assert "make setup" in done.stderr
