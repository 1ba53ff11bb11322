# SPDX-License-Identifier: Apache-2.0
"""``--help`` of every command answers without loading what only its work needs."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import EntryPoint, entry_points

import pytest

from pinch_core.cli.__main__ import BENCHMARKS, COMMANDS

# Packages whose command lines know nothing of ROS.
ROS_FREE = ("pinch_core", "pinch_datagen", "pinch_training", "pinch_benchmark")
HEAVY = {
    "coal", "cv2", "embreex", "manifold3d", "matplotlib", "mujoco", "onnx", "onnxruntime", "pinocchio",
    "pyrender", "ray", "rosbags", "safetensors", "scipy", "sklearn", "tensorboard", "torch", "trimesh",
}  # fmt: skip

# Prints the packages that are loaded after --help of a command and of every action that its help names.
HELP_IN_A_FRESH_PROCESS = """
import contextlib, io, json, re, sys
from importlib.metadata import EntryPoint

def help_of(*words):
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        command([*words, "--help"])
    return out.getvalue()

name, value = sys.argv[1:]
command = EntryPoint(name, value, "").load()
text = help_of()
actions = re.findall(rf"pinch {name} ([a-z]+)\\b", text)
for action in actions:
    text += help_of(action)
packages = {module.partition(".")[0] for module in sys.modules}
print(json.dumps({"help": text, "actions": actions, "packages": sorted(packages)}))
"""


def offered() -> list[EntryPoint]:
    """Every command and benchmark of the installed packages that know nothing of ROS."""
    found = [*entry_points(group=COMMANDS), *entry_points(group=BENCHMARKS)]
    return [entry for entry in found if entry.module.partition(".")[0] in ROS_FREE]


def by_module(entry: EntryPoint) -> str:
    return entry.module


@pytest.mark.parametrize("entry", offered(), ids=by_module)
def test_help_loads_nothing_heavy(entry: EntryPoint) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELP_IN_A_FRESH_PROCESS, entry.name, entry.value],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert "--help" in document["help"] or entry.name == "benchmark"
    assert HEAVY.isdisjoint(document["packages"]), HEAVY & set(document["packages"])


def test_commands_are_found() -> None:
    assert {"plan", "benchmark"} <= {entry.name for entry in offered()}
