# SPDX-License-Identifier: Apache-2.0
"""The set-up's steps: what makes a build necessary, and what happens after a kill at a bad moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from setup_modules import SCRIPTS, manifest, small_workspace, write

from pinch_setup.failure import SetupFailure
from pinch_setup.layout import Layout
from pinch_setup.logged_command import run_logged
from pinch_setup.ros_source import WHEELS
from pinch_setup.ros_wheels import repair_cmake_paths
from pinch_setup.stamps import read_stamp, write_stamp
from pinch_setup.virtual_environment import (
    clear_half_installed,
    missing_pins,
    needed_pins,
    virtual_environment_fits,
)
from pinch_setup.workspace import build_workspace, wanted_fingerprints, workspace_is_current

DEADLINE = 30.0  # [s]


def wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + DEADLINE
    pause = 0.001
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen within {DEADLINE} s"
        time.sleep(pause)


def changed_by(layout: Layout, change: Callable[[], object]) -> set[str]:
    """Names of the packages that are to be built again after `change`."""
    before = wanted_fingerprints(layout, [])
    change()
    after = wanted_fingerprints(layout, [])
    return {name for name in after if after[name] != before.get(name)}


def test_an_interface_that_changed_builds_its_package_and_the_interfaces_on_it(tmp_path: Path) -> None:
    layout = small_workspace(tmp_path)
    message = tmp_path / "underlay/base_msgs/msg/Base.msg"
    assert changed_by(layout, lambda: message.write_text("float32 a\n")) == {"base_msgs", "top_msgs"}


def test_editing_a_module_builds_nothing(tmp_path: Path) -> None:
    layout = small_workspace(tmp_path)
    module = tmp_path / "src/modules/modules/node.py"
    assert changed_by(layout, lambda: module.write_text("X = 2\n")) == set()
    assert changed_by(layout, lambda: write(module.parent / "new.py")) == set()


def test_touching_files_without_changing_them_builds_nothing(tmp_path: Path) -> None:
    layout = small_workspace(tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert changed_by(layout, lambda: [os.utime(path, (0, 0)) for path in files]) == set()


def test_setup_py_that_changed_builds_its_package(tmp_path: Path) -> None:
    layout = small_workspace(tmp_path)
    setup = tmp_path / "src/modules/setup.py"
    assert changed_by(layout, lambda: setup.write_text("import setuptools\n")) == {"modules"}


def test_a_new_config_file_builds_only_bringup(tmp_path: Path) -> None:
    layout = small_workspace(tmp_path)
    write(tmp_path / "src/pinch_bringup/package.xml", manifest("pinch_bringup"))
    assert changed_by(layout, lambda: write(tmp_path / "config/grippers/new.yaml")) == {"pinch_bringup"}


def test_interfaces_that_depend_on_each_other_still_have_a_fingerprint(tmp_path: Path) -> None:
    layout = small_workspace(tmp_path)
    write(tmp_path / "underlay/base_msgs/package.xml", manifest("base_msgs", "top_msgs"))
    assert set(wanted_fingerprints(layout, [])) == {"base_msgs", "top_msgs", "modules"}


@pytest.mark.parametrize("damage", ["", "{", "[1, 2]", "\x00\x01"])
def test_a_damaged_stamp_counts_as_none(tmp_path: Path, damage: str) -> None:
    path = write(tmp_path / "stamp.json", damage)
    assert read_stamp(str(path)) == {}


def test_a_stamp_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = str(tmp_path / "stamp.json")
    write_stamp(path, {"key": "old"})
    with pytest.raises(TypeError):
        write_stamp(path, {"key": object()})
    assert read_stamp(path) == {"key": "old"}


EXPORTED = """set_target_properties(x PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES "{python};{numpy};/opt/python-docs/include"
)
"""


def test_path_repair_points_at_this_machine_once_and_leaves_the_rest_alone(tmp_path: Path) -> None:
    build_machine = "/opt/python/cp313-cp313"
    broken = EXPORTED.format(
        python=f"{build_machine}/include/python3.13",
        numpy=f"{build_machine}/lib/python3.13/site-packages/numpy/_core/include",
    )
    export = write(tmp_path / "share/a_msgs/cmake/export.cmake", broken)
    text = write(tmp_path / "share/a_msgs/notes.txt", broken)
    python, numpy = "/usr/include/python3.13", r"/home/\1/numpy/_core/include"

    assert repair_cmake_paths(str(tmp_path / "share"), python, numpy) == 1
    assert export.read_text() == EXPORTED.format(python=python, numpy=numpy)
    stamp = export.stat().st_mtime_ns
    assert repair_cmake_paths(str(tmp_path / "share"), python, numpy) == 0
    assert export.stat().st_mtime_ns == stamp
    assert text.read_text() == broken


def test_what_a_killed_pip_left_is_installed_again(tmp_path: Path) -> None:
    write(tmp_path / "whole_one-1.0.dist-info/METADATA")
    write(tmp_path / "whole_one-1.0.dist-info/RECORD")
    write(tmp_path / "half.one-2.0.dist-info/METADATA")
    write(tmp_path / "~umpy/core.py")
    pins = {"whole-one": "1.0", "half-one": "2.0"}
    assert missing_pins(pins, str(tmp_path)) == []
    assert clear_half_installed(str(tmp_path)) == ["half.one-2.0.dist-info", "~umpy"]
    assert missing_pins(pins, str(tmp_path)) == ["half-one==2.0"]


def test_another_version_than_the_pinned_one_counts_as_missing(tmp_path: Path) -> None:
    write(tmp_path / "numpy-1.26.4.dist-info/RECORD")
    assert missing_pins({"numpy": "2.2.6"}, str(tmp_path)) == ["numpy==2.2.6"]


def test_a_mark_of_the_build_is_no_other_version(tmp_path: Path) -> None:
    write(tmp_path / "torch-2.13.0+cpu.dist-info/RECORD")
    assert missing_pins({"torch": "2.13.0"}, str(tmp_path)) == []


@pytest.mark.parametrize(
    ("cuda", "is_needed"), [("cuda: Optional[str] = None", False), ("cuda: Optional[str] = '13.0'", True)]
)
def test_cuda_libraries_are_for_cuda_builds_of_torch(tmp_path: Path, cuda: str, is_needed: bool) -> None:
    pins = {
        "torch": "2.13.0",
        "nvidia-cublas": "13.1",
        "cuda-toolkit": "13.0",
        "triton": "3.7",
        "numpy": "2.4",
    }
    assert set(needed_pins(pins, str(tmp_path))) == {"torch", "numpy"}
    write(tmp_path / "torch/version.py", f"from typing import Optional\n__version__ = '2.13.0'\n{cuda}\n")
    assert ("nvidia-cublas" in needed_pins(pins, str(tmp_path))) is is_needed


def test_a_virtual_environment_is_kept_only_if_complete_and_made_here(tmp_path: Path) -> None:
    layout = small_workspace(tmp_path)
    assert not virtual_environment_fits(layout, WHEELS)
    write(Path(layout.venv_python), "")
    write(tmp_path / ".venv/pyvenv.cfg", "include-system-site-packages = false\n")
    activate = write(tmp_path / ".venv/bin/activate", f'VIRTUAL_ENV="{layout.venv}"\n')
    assert virtual_environment_fits(layout, WHEELS)
    marker = write(Path(layout.venv_unfinished))
    assert not virtual_environment_fits(layout, WHEELS)
    marker.unlink()
    activate.write_text('VIRTUAL_ENV="/where/the/repository/was/before/.venv"\n')
    assert not virtual_environment_fits(layout, WHEELS)


BUILD = """
import sys
sys.path.insert(0, {scripts!r})
from pinch_setup.layout import Layout
from pinch_setup.ros_source import WHEELS
from pinch_setup.workspace import build_workspace
build_workspace(Layout({root!r}), WHEELS, "key", ())
"""


def colcon(layout: Layout, script: str) -> None:
    write(
        Path(layout.venv) / "bin/colcon", f'#!/bin/bash\necho "$@" >> "{layout.root}/calls"\n{script}\n', True
    )


def selected(layout: Layout) -> list[set[str]]:
    """What each start of colcon was asked to build."""
    calls = Path(layout.root, "calls").read_text().splitlines()
    return [set(call.split("--packages-select ")[1].split(" --symlink")[0].split()) for call in calls]


def test_after_a_kill_in_colcon_only_the_unfinished_packages_are_built_and_interfaces_from_scratch(
    tmp_path: Path,
) -> None:
    layout = small_workspace(tmp_path)
    half_built = write(Path(layout.build) / "top_msgs/half.o")
    finished = write(Path(layout.build) / "base_msgs/whole.o")
    # Still at work when the set-up is killed; nobody reads its answer, and it ends by itself.
    colcon(layout, 'echo "Finished <<< base_msgs [1.0s]"; exec sleep 60')
    code = BUILD.format(scripts=str(SCRIPTS), root=layout.root)
    killed = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    try:
        wait_for(
            lambda: "base_msgs" in read_stamp(layout.workspace_stamp).get("packages", {}),
            "the stamp of the first package",
        )
    finally:
        killed.send_signal(signal.SIGKILL)
        killed.wait(DEADLINE)
    assert not workspace_is_current(layout, WHEELS, "key")

    colcon(layout, 'for name in top_msgs modules; do echo "Finished <<< $name [1.0s]"; done')
    build_workspace(layout, WHEELS, "key", ())
    assert selected(layout) == [{"base_msgs", "top_msgs", "modules"}, {"top_msgs", "modules"}]
    assert finished.exists()
    assert not half_built.exists()
    write(Path(layout.environment_file))
    assert workspace_is_current(layout, WHEELS, "key")


def test_new_dependencies_build_everything_again(tmp_path: Path) -> None:
    layout = small_workspace(tmp_path)
    colcon(layout, 'for name in base_msgs top_msgs modules; do echo "Finished <<< $name [1.0s]"; done')
    build_workspace(layout, WHEELS, "old lock", ())
    build_workspace(layout, WHEELS, "new lock", ())
    assert selected(layout) == [{"base_msgs", "top_msgs", "modules"}] * 2


def test_a_package_that_is_gone_leaves_nothing_behind(tmp_path: Path) -> None:
    layout = small_workspace(tmp_path)
    colcon(layout, 'for name in base_msgs top_msgs modules; do echo "Finished <<< $name [1.0s]"; done')
    build_workspace(layout, WHEELS, "key", ())
    left = write(Path(layout.install) / "modules/share/modules/package.sh")
    (tmp_path / "src/modules/package.xml").unlink()
    assert not workspace_is_current(layout, WHEELS, "key")
    build_workspace(layout, WHEELS, "key", ())
    assert not left.exists()


def test_a_failing_command_shows_its_last_lines_and_names_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log/setup-x.log"
    command = ["bash", "-c", "for i in {1..99}; do echo line-$i.; done; exit 3"]
    with pytest.raises(SetupFailure, match="ended with status 3") as caught:
        run_logged(command, str(log), os.environ, str(tmp_path))
    assert "line-99." in str(caught.value)
    assert "line-1." not in str(caught.value)
    assert str(log) in str(caught.value)
    assert "line-1." in log.read_text()


LOCK = """
import sys
sys.path.insert(0, {scripts!r})
from pinch_setup.lock_file import SetupLock
from pinch_setup.logged_command import run_logged
with SetupLock({path!r}) as lock:
    print("in", flush=True)
    run_logged(["cat", {fifo!r}], {log!r}, {{"PATH": "/usr/bin:/bin"}}, "/", inherited=(lock.descriptor,))
"""


def test_a_second_start_waits_until_the_pip_of_a_killed_one_has_ended(tmp_path: Path) -> None:
    def start(fifo: str) -> subprocess.Popen[str]:
        os.mkfifo(tmp_path / fifo)
        code = LOCK.format(
            scripts=str(SCRIPTS),
            path=str(tmp_path / "log/lock"),
            fifo=str(tmp_path / fifo),
            log=str(tmp_path / "log/x"),
        )
        return subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    first = start("first")
    assert first.stdout is not None
    assert first.stdout.readline() == "in\n"
    writer = os.open(tmp_path / "first", os.O_WRONLY)  # returns once the child has the fifo open
    first.kill()
    first.communicate()
    second = start("second")
    try:
        assert second.stdout is not None
        assert second.stderr is not None
        assert f"process {first.pid}" in second.stderr.readline()
        os.close(writer)
        assert second.stdout.readline() == "in\n"
    finally:
        os.close(os.open(tmp_path / "second", os.O_RDWR))
        second.kill()
        second.communicate()
