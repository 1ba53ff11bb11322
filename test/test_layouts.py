# SPDX-License-Identifier: Apache-2.0
"""The RViz and Foxglove layouts show topics that nodes publish, of types that their displays can show."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml
from published_topics import published_topics
from source_tree import ROOT

from pinch_core.resources import load_robot

TOPICS = published_topics()
RVIZ = yaml.safe_load((ROOT / "config/rviz/pinch.rviz").read_text(encoding="utf-8"))
FOXGLOVE = json.loads((ROOT / "config/foxglove/pinch.json").read_text(encoding="utf-8"))
LATCHED = {
    "/robot_description",
    "/grasp_planner/markers",
    "/grasp_planner/best_grasp",
    "/grasp_planner/grasp_poses",
}

RVIZ_SHOWS = {
    "rviz_default_plugins/RobotModel": "std_msgs/String",
    "rviz_default_plugins/PointCloud2": "sensor_msgs/PointCloud2",
    "rviz_default_plugins/MarkerArray": "visualization_msgs/MarkerArray",
    "rviz_default_plugins/Pose": "geometry_msgs/PoseStamped",
    "rviz_default_plugins/PoseArray": "geometry_msgs/PoseArray",
    "rviz_default_plugins/Image": "sensor_msgs/Image",
}
RVIZ_NEEDS_NO_TOPIC = {"rviz_default_plugins/Grid", "rviz_default_plugins/TF"}
FOXGLOVE_3D_SHOWS = {
    "std_msgs/String",
    "sensor_msgs/PointCloud2",
    "visualization_msgs/MarkerArray",
    "geometry_msgs/PoseStamped",
    "geometry_msgs/PoseArray",
}


def foxglove_topics() -> Iterator[tuple[str, str, set[str] | None]]:
    """(panel, topic, types it can show or None for any)."""
    for panel, config in FOXGLOVE["configById"].items():
        kind = panel.partition("!")[0]
        if kind == "3D":
            for topic in config["topics"]:
                yield panel, topic, FOXGLOVE_3D_SHOWS
        elif kind == "Image":
            yield panel, config["imageMode"]["imageTopic"], {"sensor_msgs/Image"}
            if "calibrationTopic" in config["imageMode"]:
                yield panel, config["imageMode"]["calibrationTopic"], {"sensor_msgs/CameraInfo"}
        elif kind == "DiagnosticSummary":
            yield panel, config["topicToRender"], {"diagnostic_msgs/DiagnosticArray"}
        elif kind == "RawMessages":
            yield panel, config["topicPath"], None
        elif kind == "Plot":
            for path in config["paths"]:
                yield panel, re.split(r"[.\[]", path["value"])[0], {"sensor_msgs/JointState"}
        else:
            raise AssertionError(f"no rule for the panel {panel}")


def panels_in(layout: Any) -> set[str]:
    if isinstance(layout, str):
        return {layout}
    return panels_in(layout["first"]) | panels_in(layout["second"])


def test_every_rviz_display_shows_a_published_topic_of_its_type() -> None:
    for display in RVIZ["Visualization Manager"]["Displays"]:
        kind = display["Class"]
        if kind in RVIZ_NEEDS_NO_TOPIC:
            continue
        topic = display.get("Description Topic" if kind.endswith("RobotModel") else "Topic")["Value"]
        assert TOPICS.get(topic) == RVIZ_SHOWS[kind], f"{display['Name']}: {topic}"


def test_rviz_asks_for_the_last_message_where_it_is_kept() -> None:
    for display in RVIZ["Visualization Manager"]["Displays"]:
        for topic in (display.get("Description Topic"), display.get("Topic")):
            if topic:
                latched = topic["Durability Policy"] == "Transient Local"
                assert latched == (topic["Value"] in LATCHED), topic["Value"]


def test_every_foxglove_panel_shows_a_published_topic_of_its_type() -> None:
    for panel, topic, types in foxglove_topics():
        assert topic in TOPICS, f"{panel}: nobody publishes {topic}"
        assert types is None or TOPICS[topic] in types, f"{panel}: {topic} is {TOPICS[topic]}"


def test_every_foxglove_panel_is_in_the_layout_once_configured() -> None:
    assert panels_in(FOXGLOVE["layout"]) == set(FOXGLOVE["configById"])


def test_both_layouts_stand_on_the_base_of_the_robot_that_ships() -> None:
    base = load_robot("panda").base_frame
    assert RVIZ["Visualization Manager"]["Global Options"]["Fixed Frame"] == base
    assert FOXGLOVE["configById"]["3D!cell"]["followTf"] == base


def test_the_readmes_name_every_topic_that_is_shown() -> None:
    readmes = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("src/*/README.md"))
    for _, topic, _ in foxglove_topics():
        own = re.sub(r"^/(depth_camera|grasp_planner|grasp_executor)/", "~/", topic)
        named = (f"`{own}`", f"`{own.removeprefix('/')}`")
        assert any(name in readmes for name in named), f"no README names {own}"
