# SPDX-License-Identifier: Apache-2.0
"""The container files name what exists; checked as text, for no test has a Docker daemon."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import setup_modules  # noqa: F401  (makes scripts/ importable)
import yaml
from source_tree import ROOT, declared_dependencies, manifests, python_packages

from pinch_setup.system_packages import needed_packages

DOCKERFILE = (ROOT / "docker/Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker/compose.yaml").read_text(encoding="utf-8"))
# What the packages of underlay/ stand in for must come from apt here.
# What the image ros:jazzy-ros-base brings of what the manifests name: ros_base's dependencies, and theirs.
ROS_BASE = {
    *("action_msgs", "ament_cmake", "ament_index_python", "builtin_interfaces", "diagnostic_msgs"),
    *("domain_coordinator", "geometry_msgs", "launch", "launch_ros", "lifecycle_msgs"),
    *(
        "rcl_interfaces",
        "rclpy",
        "rosgraph_msgs",
        "rosidl_default_generators",
        "rosidl_default_runtime",
        "sensor_msgs",
    ),
    *("shape_msgs", "std_msgs", "std_srvs", "trajectory_msgs", "visualization_msgs"),
}
# Keys of the manifests for which apt has nothing, or another version: wheels, by their names in the lock.
WHEELS = {
    **{name: name for name in ("coal", "ompl")},
    **{f"python3-{name}": name for name in ("jinja2", "matplotlib", "numpy", "pytest", "rich", "scipy")},
    **{f"python3-{name}-pip": name for name in ("mujoco", "rosbags", "toppra", "trimesh")},
    "pinocchio": "pin",
    "python3-opencv": "opencv-python-headless",
    "python3-pytorch-pip": "torch",
    "python3-sklearn": "scikit-learn",
    "python3-typing-extensions": "typing-extensions",
    "python3-yaml": "pyyaml",
}
# Of the Compose specification, what these services use: anything else is a slip of the pen, or belongs here.
TEXTS = {"type": "array", "items": {"type": "string"}}
DURATION = {"type": "string", "pattern": r"^\d+(ms|s|m|h)$"}
SERVICE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["image", "build", "profiles", "command", "healthcheck"],
    "properties": {
        "image": {"type": "string", "pattern": "^[a-z-]+:latest$"},
        "build": {
            "type": "object",
            "additionalProperties": False,
            "properties": {name: {"type": "string"} for name in ("context", "dockerfile", "target")},
        },
        "init": {"type": "boolean"},
        "profiles": TEXTS,
        "command": TEXTS,
        "environment": {"type": "object", "additionalProperties": {"type": "string"}},
        "volumes": {"type": "array", "items": {"type": "string", "pattern": r"^[./][^:]*:/[^:]+(:ro)?$"}},
        "device_cgroup_rules": {
            "type": "array",
            "items": {"type": "string", "pattern": r"^[abc] \d+:(\d+|\*) [rwm]+$"},
        },
        "network_mode": {"enum": ["host"]},
        "ipc": {"enum": ["host"]},
        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
        "shm_size": {"type": "string", "pattern": r"^\d+[kmg]b$"},
        "deploy": {
            "type": "object",
            "properties": {
                "resources": {
                    "properties": {
                        "reservations": {
                            "properties": {
                                "devices": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "additionalProperties": False,
                                        "required": ["capabilities"],
                                        "properties": {
                                            "driver": {"type": "string"},
                                            "count": {"enum": ["all"]},
                                            "capabilities": TEXTS,
                                        },
                                    },
                                }
                            }
                        }
                    }
                }
            },
        },
        "healthcheck": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "test": {"type": "array", "prefixItems": [{"enum": ["CMD", "CMD-SHELL"]}], "minItems": 2},
                **dict.fromkeys(("interval", "timeout", "start_period"), DURATION),
                "retries": {"type": "integer", "minimum": 1},
                "disable": {"type": "boolean"},
            },
        },
    },
}
UNDERLAY = sorted(path.parent.name for path in ROOT.glob("underlay/*/package.xml"))


def apt_packages() -> set[str]:
    installs = re.findall(r"--no-install-recommends(.*?)&&", DOCKERFILE.replace("\\\n", " "), re.DOTALL)
    return {name for names in installs for name in names.split()}


def stages() -> list[str]:
    return re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE, re.MULTILINE)


def test_every_copied_path_exists() -> None:
    for arguments in re.findall(r"^COPY (?:--\S+ )*(.+)$", DOCKERFILE, re.MULTILINE):
        for source in arguments.split()[:-1]:
            assert (ROOT / source).exists(), f"Dockerfile copies {source}, which does not exist"


def test_apt_brings_what_the_set_up_would_else_install_as_root() -> None:
    versioned = {re.sub(r"^python3\.\d+", "python3", package.apt_name) for package in needed_packages()}
    assert versioned <= apt_packages()


def test_apt_brings_what_underlay_stands_in_for() -> None:
    needed = {name for package in python_packages() for name in declared_dependencies(package)}
    for name in set(UNDERLAY) & needed:
        assert f"ros-jazzy-{name.replace('_', '-')}" in apt_packages()


@pytest.mark.parametrize("manifest", manifests(), ids=lambda path: path.parent.name)
def test_the_image_holds_all_that_a_manifest_names(manifest: Path) -> None:
    workspace = {path.parent.name for path in manifests()}
    apt = {name.removeprefix("ros-jazzy-").replace("-", "_") for name in apt_packages()}
    apt |= {"moveit_msgs"}  # of ros-jazzy-moveit
    lock = (ROOT / "requirements/py312.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    for name in declared_dependencies(manifest.parent) - workspace - ROS_BASE - apt:
        assert WHEELS.get(name) in locked, f"{name} is in no stage"


def test_what_is_run_in_the_image_parses() -> None:
    runs = re.findall(r"^RUN (.+)$", DOCKERFILE.replace("\\\n", " "), re.MULTILINE)
    assert len(runs) >= 4
    for line in runs:
        subprocess.run(["bash", "-n", "-c", line], check=True)
    for service in COMPOSE["services"].values():
        test = service["healthcheck"].get("test", [""])
        if test[0] == "CMD-SHELL":
            subprocess.run(["bash", "-n", "-c", test[1]], check=True)


def test_what_the_docker_files_call_lies_where_they_say() -> None:
    called = re.findall(r"/pinch/([\w./-]+\.sh)", DOCKERFILE + str(COMPOSE))
    assert {"docker/entrypoint.sh", "docker/health.sh"} <= set(called)
    for name in {*called, *re.findall(r"scripts/\w+\.sh", DOCKERFILE)}:
        assert (ROOT / name).stat().st_mode & 0o111, name


def test_the_services_follow_the_schema() -> None:
    assert set(COMPOSE) == {"name", "services", "x-pinch", "x-dds"}
    for name, service in COMPOSE["services"].items():
        jsonschema.validate(service, SERVICE, jsonschema.Draft202012Validator)
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (
                source.startswith("/dev") or source == "../results" or (ROOT / "docker" / source).exists()
            ), name


@pytest.mark.parametrize("script", sorted((ROOT / "docker").glob("*.sh")), ids=lambda path: path.name)
def test_scripts_are_executable_and_parse(script: Path) -> None:
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(script)], check=True)


def test_no_stage_ends_as_root() -> None:
    for body in re.split(r"^FROM .+ AS base$|^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]:
        users = re.findall(r"^USER (\S+)$", body, re.MULTILINE)
        assert not users or users[-1] == "pinch"


def test_every_service_has_a_profile_a_stage_and_a_health_check() -> None:
    profiles = set()
    for name, service in COMPOSE["services"].items():
        profiles |= set(service["profiles"])
        assert service["build"]["target"] in stages(), name
        assert "healthcheck" in service, name
    assert profiles == {"sim", "robot", "train"}


def test_compose_starts_launch_files_with_arguments_that_exist() -> None:
    declared = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("launch/*.launch.py"))
    for service in COMPOSE["services"].values():
        command = service["command"]
        if "pinch_bringup" in command:
            assert (ROOT / "launch" / command[3]).exists()
            for argument in command[4:]:
                assert f'"{argument.partition(":=")[0]}"' in declared


def test_health_checks_ask_nodes_that_are_launched() -> None:
    launched = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("launch/*.launch.py"))
    for service in COMPOSE["services"].values():
        for node in service["healthcheck"].get("test", [])[2:]:
            assert f'name="{node[1:]}"' in launched
