# SPDX-License-Identifier: Apache-2.0
"""The dependency rule: arrows point one way, between packages and between files; core and data generation
know nothing of ROS. Files stay short enough to be read in one go.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from source_tree import (
    ROOT,
    circles,
    declared_dependencies,
    import_graph,
    imports_of,
    manifests,
    python_packages,
    read_modules,
)

MOST_LINES = 400

# What each package may import of this repository. Nodes never import each other.
ALLOWED = {
    "pinch_core": set(),
    "pinch_datagen": {"pinch_core"},
    "pinch_training": {"pinch_core", "pinch_datagen"},
    "pinch_benchmark": {"pinch_core", "pinch_datagen", "pinch_training"},
    "pinch_ros": {"pinch_core", "pinch_interfaces"},
    "pinch_camera": {"pinch_core", "pinch_interfaces", "pinch_ros"},
    "pinch_gqcnn": {"pinch_core", "pinch_interfaces", "pinch_ros"},
    "pinch_executor": {"pinch_core", "pinch_interfaces", "pinch_ros"},
    "pinch_sim": {"pinch_core", "pinch_interfaces", "pinch_ros"},
    # Its evaluation judges grasps by datagen's true shapes and networks by training's metrics.
    "pinch_bags": {"pinch_core", "pinch_datagen", "pinch_interfaces", "pinch_ros", "pinch_training"},
    "pinch_bringup": {"pinch_core", "pinch_ros"},
    # It starts the nodes as processes; its picks plan on true shapes of objects, and it does with an arm what
    # pinch_benchmark does without one.
    "pinch_system": {
        "pinch_benchmark",
        "pinch_core",
        "pinch_datagen",
        "pinch_interfaces",
        "pinch_ros",
        "pinch_sim",
    },
}
ROS_FREE = {"pinch_core", "pinch_datagen", "pinch_training", "pinch_benchmark"}
ROS_MODULES = {
    "rclpy",
    "cv_bridge",
    "sensor_msgs_py",
    "tf2_ros",
    "ament_index_python",
    "launch",
    "launch_ros",
}

# Packages whose executables, launch files or plugins are used by name.
STARTED_NOT_IMPORTED = {
    "pinch_bringup": {"pinch_sim", "pinch_camera", "pinch_gqcnn", "pinch_executor", "launch", "launch_ros"},
    "pinch_system": {"pinch_bringup", "pinch_camera", "pinch_gqcnn", "pinch_executor"},
}

# Import name -> rosdep key (or ROS package) where they differ.
KEYS = {
    "numpy": "python3-numpy",
    "scipy": "python3-scipy",
    "cv2": "python3-opencv",
    "yaml": "python3-yaml",
    "rich": "python3-rich",
    "typing_extensions": "python3-typing-extensions",
    "jinja2": "python3-jinja2",
    "matplotlib": "python3-matplotlib",
    "trimesh": "python3-trimesh-pip",
    "sklearn": "python3-sklearn",
    "torch": "python3-pytorch-pip",
    "moveit": "moveit_py",
    "mujoco": "python3-mujoco-pip",
    "rosbags": "python3-rosbags-pip",
    "toppra": "python3-toppra-pip",
    "tf2_ros": "tf2_ros_py",
    "pytest": "python3-pytest",
}
# No rosdep key exists for these; the set-up installs them from the lock, on a ROS machine too.
WITHOUT_KEY = {
    "tyro",
    "setuptools",
    "embreex",
    "manifold3d",
    "pyrender",
    "ray",
    "safetensors",
    "onnx",
    "onnxruntime",
    "threadpoolctl",
    "coacd",
    "backports",
    "lz4",
}


def packages() -> list[Path]:
    return python_packages()


def by_name(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("package", packages(), ids=by_name)
def test_imports_of_other_packages_follow_the_dependency_rule(package: Path) -> None:
    breaches = [
        f"{found.place} imports {found.module}"
        for found in imports_of(package)
        if found.module.startswith("pinch_") and found.module not in ALLOWED[package.name]
    ]
    assert not breaches, "\n".join(breaches)


@pytest.mark.parametrize("package", [p for p in packages() if p.name in ROS_FREE], ids=by_name)
def test_ros_free_packages_import_no_ros(package: Path) -> None:
    breaches = [
        f"{found.place} imports {found.module}"
        for found in imports_of(package)
        if found.module in ROS_MODULES or found.module.endswith(("_msgs", "_srvs", "_interfaces"))
    ]
    assert not breaches, "\n".join(breaches)


@pytest.mark.parametrize("package", packages(), ids=by_name)
def test_the_manifest_declares_exactly_what_is_imported(package: Path) -> None:
    imported = {KEYS.get(found.module, found.module) for found in imports_of(package)} - WITHOUT_KEY
    declared = declared_dependencies(package)
    assert imported - declared == set(), f"{package.name}/package.xml lacks these"
    surplus = declared - imported - STARTED_NOT_IMPORTED.get(package.name, set())
    assert surplus == set(), f"{package.name}/package.xml names what nothing imports"


def test_every_package_is_named_in_the_rule() -> None:
    assert {path.name for path in python_packages()} == set(ALLOWED)


def test_the_walk_sees_a_breach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import source_tree

    package = tmp_path / "pinch_core"
    (package / "pinch_core").mkdir(parents=True)
    (package / "pinch_core" / "hidden.py").write_text(
        "def f():\n    if True:\n        from rclpy.node import Node\n"
    )
    monkeypatch.setattr(source_tree, "ROOT", tmp_path)
    assert [found.module for found in source_tree.imports_of(package)] == ["rclpy"]


def test_no_files_import_each_other_in_a_circle() -> None:
    found = circles(import_graph(read_modules(ROOT)))
    assert not found, "\n".join(" <-> ".join(group) for group in found)


@pytest.mark.parametrize(
    "back",
    [
        "from pinch_core.a import f",
        "import pinch_core.a",
        "def g():\n    from pinch_core import a",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pinch_core.a import f",
        "from pinch_core import b",
    ],
)
def test_the_walk_sees_a_circle_wherever_the_import_stands(tmp_path: Path, back: str) -> None:
    folder = tmp_path / "src/pinch_core/pinch_core"
    folder.mkdir(parents=True)
    (folder.parent / "setup.py").touch()
    (folder / "__init__.py").touch()
    (folder / "a.py").write_text("from pinch_core import b\ndef f(): ...\n")
    (folder / "b.py").write_text("from pinch_core.c import f\n")
    (folder / "c.py").write_text(back + "\n")
    (group,) = circles(import_graph(read_modules(tmp_path)))
    assert {"pinch_core.b", "pinch_core.c"} <= set(group)
    (folder / "c.py").write_text("import json\n")
    assert not circles(import_graph(read_modules(tmp_path)))


def test_no_python_file_is_longer_than_can_be_read_in_one_go() -> None:
    files = [path for folder in ("src", "scripts", "test") for path in (ROOT / folder).rglob("*.py")]
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    long = [f"{path.relative_to(ROOT)}: {count}" for path, count in lines.items() if count > MOST_LINES]
    assert files and not long, "\n".join(long)


@pytest.mark.parametrize("manifest", manifests(), ids=lambda path: path.parent.name)
def test_every_package_has_manifest_readme_and_licence(manifest: Path) -> None:
    text = manifest.read_text(encoding="utf-8")
    assert f"<name>{manifest.parent.name}</name>" in text
    assert "<license>Apache-2.0</license>" in text
    readme = manifest.parent / "README.md"
    assert readme.is_file() and len(readme.read_text(encoding="utf-8")) > 300, (
        f"{readme.relative_to(ROOT)} is missing or thin"
    )
