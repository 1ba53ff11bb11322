# SPDX-License-Identifier: Apache-2.0
"""The kinds of settings files that people mix up, told by their keys: pinch's own and those that lie beside
them. Whoever was given one in place of another says what it is and where it belongs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinch_core.camera_keys import Key, meaning
from pinch_core.file_kinds import HEAD_BYTES, JSON, TEXT, kind_of
from pinch_core.plain_text import parse_json, parse_yaml

Values = Mapping[Any, Any]
_MATRIX_OR_FOCAL_LENGTH = (Key.FX, Key.K, Key.K_BY_COLUMN)
# Namespaces above ``ros__parameters``, and mappings above a camera's matrix.
_DEEPEST = 4
_DESCRIPTION = b"<robot"
NOT_DESCRIPTION = (
    "is a URDF or SRDF, which names no arm, TCP or gripper; name the robot file (YAML) whose 'description' "
    "it is, such as config/robots/panda.yaml"
)


@dataclass(frozen=True, eq=False)
class ConfigKind:
    """``name``: with its article. ``use``: where such a file is given, as the end of a sentence; it may hold
    ``{path}``. ``recognises``: whether a mapping is of the kind.
    """

    name: str
    use: str
    recognises: Callable[[Values], bool]


def _has(count: int, *names: str) -> Callable[[Values], bool]:
    """At least ``count`` of these keys."""
    return lambda values: len(set(names).intersection(map(str, values))) >= count


def _is_gripper(values: Values) -> bool:
    # Those of pinch 1 too; a magnet or a suction cup has a type, which no robot has.
    return _has(1, "finger", "max_opening", "max_width")(values) or _has(2, "type", "name")(values)


def _has_below(values: Values, is_it: Callable[[Values], bool], depth: int = _DEEPEST) -> bool:
    below = (value for value in values.values() if isinstance(value, Mapping))
    return is_it(values) or (depth > 1 and any(_has_below(value, is_it, depth - 1) for value in below))


def _is_camera(values: Values) -> bool:
    return any(
        meaning(key) in _MATRIX_OR_FOCAL_LENGTH and not isinstance(value, str)
        for key, value in values.items()
    )


def _is_benchmarks(values: Values) -> bool:
    return bool(values) and all(
        isinstance(run, Mapping) and run and {"options", "figures"}.issuperset(run) for run in values.values()
    )


ROBOT = ConfigKind(
    "a robot file",
    "give it where a robot is asked for (--robot, or a node's parameter robot)",
    _has(2, "arm_joints", "tcp_frame", "tool_frame", "base_frame"),
)
GRIPPER = ConfigKind(
    "a gripper file",
    "give it where a gripper is asked for (--gripper, or the planner's parameter gripper)",
    _is_gripper,
)
CAMERA = ConfigKind(
    "a camera file",
    "give it where a camera is asked for (--camera, or the camera node's parameter relay.camera_file)",
    lambda values: _has_below(values, _is_camera),
)
PARAMETERS = ConfigKind(
    "a parameter file of ROS nodes",
    "give it to its node with --ros-args --params-file {path}",
    lambda values: _has_below(values, _has(1, "ros__parameters")),
)
BIN = ConfigKind(
    "a bin file",
    "give it where a bin is asked for (--bin, or the planner's parameter bin)",
    _has(3, "length", "width", "height", "wall"),
)
HEAP = ConfigKind(
    "a recipe for heaps",
    "put it into config/heaps and name it there, or below heaps.kinds of a recipe for data generation",
    lambda values: _has(1, "pile", "packed", "bin")(values) and _has(1, "objects", "redrops")(values),
)
DATAGEN = ConfigKind(
    "a recipe for data generation",
    "give it to ./pinch datagen with --config",
    _has(
        2, "procedural_count", "object_scale", "stable_poses", "grasps", "quality", "collision", "views",
        "storage",
    ),
)  # fmt: skip
TRAINING = ConfigKind(
    "a recipe for training",
    "give it to ./pinch train or ./pinch finetune with --config",
    _has(
        2, "network", "epochs", "batch", "balance", "optimizer", "augmentation", "precision", "patience",
        "max_examples",
    ),
)  # fmt: skip
BENCHMARK_LIST = ConfigKind(
    "a list of benchmarks", "give it to ./pinch benchmark all with --settings", _is_benchmarks
)
MOVEIT = ConfigKind(
    "a settings file of MoveIt",
    "leave it to MoveIt, which reads it from config/moveit",
    _has(
        1, "planning_plugins", "planning_pipelines", "planning_scene_monitor_options", "kinematics_solver",
        "cartesian_limits", "joint_limits", "controller_names", "request_adapters",
    ),
)  # fmt: skip
CAMERA_POSE = ConfigKind(
    "the pose of a camera",
    "give it where a camera's pose is asked for (--camera-pose, or the camera node's parameter calibration)",
    lambda values: _has(2, "parent", "child")(values) or _has(2, "parameters", "transform")(values),
)
RECORDING = ConfigKind(
    "the metadata.yaml of a bag",
    "name its folder as a bag, as in ./pinch bag info FOLDER",
    _has(1, "rosbag2_bagfile_information"),
)

# The first that recognises a file; those with the more telling keys stand first.
CONFIG_KINDS = (
    PARAMETERS,
    RECORDING,
    CAMERA_POSE,
    ROBOT,
    MOVEIT,
    DATAGEN,
    HEAP,
    TRAINING,
    BENCHMARK_LIST,
    BIN,
    CAMERA,
    GRIPPER,
)
# By the name of their folder in config/.
OF_FOLDER: Mapping[str, ConfigKind] = {
    "robots": ROBOT,
    "grippers": GRIPPER,
    "bins": BIN,
    "heaps": HEAP,
    "datagen": DATAGEN,
    "training": TRAINING,
    "benchmarks": BENCHMARK_LIST,
}


def config_kind_of(values: Any) -> ConfigKind | None:
    """The kind of what a YAML or JSON file holds; None for another one."""
    if not isinstance(values, Mapping):
        return None
    return next((kind for kind in CONFIG_KINDS if kind.recognises(values)), None)


def is_description(head: bytes) -> bool:
    """Whether a file that begins so is a URDF, an SRDF or their xacro."""
    return _DESCRIPTION in head


def mixed_up(path: Path, wanted: ConfigKind) -> str:
    """What a file is and where it belongs, where it is of another kind than the one that was ``wanted``;
    empty where it is of that kind, or of one that is not known.
    """
    try:
        content = path.read_bytes()
    except (OSError, ValueError):
        return ""
    if is_description(content[: 8 * HEAD_BYTES]):
        return (
            f"{path} {NOT_DESCRIPTION}."
            if wanted is ROBOT
            else f"{path} is a URDF or SRDF, not {wanted.name}."
        )
    values = _mapping(content)
    kind = config_kind_of(values)
    if kind is not None:
        return (
            ""
            if kind is wanted
            else f"{path} is {kind.name}, not {wanted.name}; {_remedy(kind, values, wanted, path)}."
        )
    foreign = None if values else kind_of(content)
    if foreign is None or foreign in (TEXT, JSON):  # which is to be read, and cannot be
        return ""
    return f"{path} is {foreign.name}, not {wanted.name}; give {wanted.name} in YAML."


def _remedy(kind: ConfigKind, values: Values, wanted: ConfigKind, path: Path) -> str:
    gripper = values.get("gripper")
    if kind is ROBOT and wanted is GRIPPER and isinstance(gripper, str):
        where = kind.use.removeprefix("give it ")
        return f"the gripper that it names is '{gripper}': give that, and the file {where}"
    return kind.use.replace("{path}", str(path))


def _mapping(content: bytes) -> Values:
    """The mapping of a YAML or JSON file, the first one of a stream; empty for other files."""
    try:
        text = content.decode("utf-8-sig")
        values = parse_json(text) if text.lstrip()[:1] == "{" else parse_yaml(text.split("\n---")[0])
    except ValueError:
        return {}
    return values if isinstance(values, Mapping) else {}
