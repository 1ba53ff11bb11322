# SPDX-License-Identifier: Apache-2.0
"""Grasps that were executed while a bag was recorded, and whether each held."""

from __future__ import annotations

from dataclasses import dataclass

from pinch_core.errors import DamagedFileError
from pinch_ros.bags import Bag, Topic
from pinch_ros.conversions import stamp_to_ns

GRASP, OUTCOME = "pinch_interfaces/msg/Grasp", "std_msgs/msg/Bool"


@dataclass(frozen=True)
class ExecutedGrasp:
    """A grasp in the image of its stamp (see Grasp.msg), and whether it held."""

    stamp_ns: int
    column: float
    row: float
    angle: float
    depth: float
    held: bool


@dataclass(frozen=True)
class AttemptTopics:
    """Names of the topics of grasps as they are tried, and of whether they held."""

    grasp: str
    outcome: str


def attempt_topics(bag: Bag, grasp: str = "", outcome: str = "") -> AttemptTopics | None:
    """The topics as named, or the only ones of their types; None where there are none."""
    topics = list(bag.topics.values())
    grasp = grasp or _only(topics, GRASP)
    outcome = outcome or _only(topics, OUTCOME)
    return AttemptTopics(grasp, outcome) if grasp and outcome else None


def read_attempts(bag: Bag, topics: AttemptTopics) -> dict[int, list[ExecutedGrasp]]:
    """Attempts by the stamp of their image. An outcome is that of the last grasp before it; grasps without
    one, and what comes after a fault of the recording, are left out.
    """
    found: dict[int, list[ExecutedGrasp]] = {}
    grasp = None
    try:
        for raw in bag.messages((topics.grasp, topics.outcome)):
            message = raw.decode()
            if raw.topic == topics.grasp:
                grasp = message
            elif grasp is not None:
                stamp_ns = stamp_to_ns(grasp.header.stamp)
                column, row = (float(value) for value in grasp.center_px)
                executed = ExecutedGrasp(
                    stamp_ns, column, row, float(grasp.angle), float(grasp.depth), bool(message.data)
                )
                found.setdefault(stamp_ns, []).append(executed)
                grasp = None
    except DamagedFileError:
        return found  # whoever reads the images meets the fault too, and names it
    return found


def _only(topics: list[Topic], kind: str) -> str:
    names = [topic.name for topic in topics if topic.type == kind]
    return names[0] if len(names) == 1 else ""
