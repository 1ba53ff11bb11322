# SPDX-License-Identifier: Apache-2.0
"""``--help`` of every command answers without loading what only its work needs."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

import pytest

from pinch_core.benchmark_scene import benchmark_scene
from pinch_core.cli.__main__ import BENCHMARKS, COMMANDS
from pinch_core.depth_files import write_depth_npy, write_intrinsics

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


# Prints which of these packages are loaded once every module that defines settings is imported.
ALL_SETTINGS_IN_A_FRESH_PROCESS = """
import importlib, pkgutil, re, sys
from pathlib import Path

for package in map(importlib.import_module, sys.argv[1].split(",")):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        source = Path(module.module_finder.find_spec(module.name).origin).read_text(encoding="utf-8")
        if re.search("^@configclass", source, re.MULTILINE):
            importlib.import_module(module.name)
            print(module.name)
print(sorted({"torch", "sklearn"} & set(sys.modules)))
"""


def test_no_settings_load_torch_or_sklearn() -> None:
    packages = ",".join(package for package in ROS_FREE if find_spec(package))
    done = subprocess.run(
        [sys.executable, "-c", ALL_SETTINGS_IN_A_FRESH_PROCESS, packages],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *modules, loaded = done.stdout.splitlines()
    assert "pinch_core.planner_config" in modules
    assert loaded == "[]"


# Prints which engines are loaded after pinch plan with these options.
PLAN_IN_A_FRESH_PROCESS = """
import sys

from pinch_core.cli.plan import main

assert main([*sys.argv[1:], "--json"]) == 0
print(sorted({"torch", "torch._dynamo", "sklearn", "onnxruntime"} & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("policy", "never"),
    [
        ("igq", {"torch", "torch._dynamo", "sklearn", "onnxruntime"}),
        ("rank", {"torch._dynamo", "sklearn"}),
        ("cem", {"torch._dynamo"}),
    ],
)
def test_a_plan_loads_only_what_its_policy_needs(policy: str, never: set[str], tmp_path: Path) -> None:
    frame = benchmark_scene(0)
    write_depth_npy(tmp_path / "depth.npy", frame)
    write_intrinsics(tmp_path / "camera.json", frame.intrinsics)
    files = ["--depth", str(tmp_path / "depth.npy"), "--camera", str(tmp_path / "camera.json")]
    done = subprocess.run(
        [sys.executable, "-c", PLAN_IN_A_FRESH_PROCESS, *files, "--policy", policy],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert never.isdisjoint(ast.literal_eval(done.stderr.splitlines()[-1]))
