# SPDX-License-Identifier: Apache-2.0
"""A joint as the URDF describes it, and its checks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from xml.etree import ElementTree

from pinch_core.robot_description.errors import nearest
from pinch_core.robot_description.numbers import check_vector, number
from pinch_core.robot_description.xml_source import XmlSource

# Beyond these, numbers are in other units than a URDF's: a joint that turns more often than four times each
# way is continuous, and no link of an arm is as long as a house. Software writes larger limits for "none".
_MOST_TURN_RAD, _LEAST_NONE_RAD = 25.5, 1000.0
_LONGEST_LINK_M = 20.0
# The longest rails of arms are shorter, and travel in millimetres is larger: no arm's axis slides 20 mm.
LONGEST_RAIL_M, _LEAST_NONE_M = 20.0, 1e5


class JointKind(Enum):
    """The kinds of joints that pinch can model, by their names in a URDF."""

    REVOLUTE = "revolute"
    CONTINUOUS = "continuous"
    PRISMATIC = "prismatic"
    FIXED = "fixed"


@dataclass(frozen=True)
class Mimic:
    """The position of a joint that follows another: ``multiplier * position of joint + offset``."""

    joint: str
    multiplier: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class Joint:
    """A joint between the links ``parent`` and ``child``.

    ``lower``, ``upper`` [rad or m]: -inf and inf for a continuous joint, 0 for a fixed one. ``velocity``
    [rad/s or m/s] and ``effort`` [N m or N] are NaN where the URDF need not give them and does not.
    """

    name: str
    kind: JointKind
    parent: str
    child: str
    lower: float
    upper: float
    velocity: float
    effort: float
    mimic: Mimic | None
    element: ElementTree.Element

    @property
    def is_movable(self) -> bool:
        """Whether it has a position."""
        return self.kind is not JointKind.FIXED

    @property
    def unit(self) -> str:
        """Unit of its position."""
        return "m" if self.kind is JointKind.PRISMATIC else "rad"


def read_joint(source: XmlSource, element: ElementTree.Element) -> Joint:
    """One ``<joint>``.

    Raises:
        RobotDescriptionError: a part is missing, is no number or contradicts the kind of joint.
    """
    name = element.get("name", "")
    if not name:
        raise source.error("a joint has no name; give it one.", element)
    kind = _kind(source, element, name)
    check_vector(source, element.find("origin"), ("xyz", "rpy"), f"the origin of joint '{name}'", name)
    _check_length(source, element, name)
    axis = element.find("axis")
    if axis is not None and kind is not JointKind.FIXED:
        check_vector(source, axis, ("xyz",), f"the axis of joint '{name}'", name)
        if not any(map(float, axis.get("xyz", "1 0 0").split())):
            raise source.error(f"the axis of joint '{name}' is zero; give its direction.", axis, name)
    lower, upper, velocity, effort = _limits(source, element, name, kind)
    return Joint(
        name,
        kind,
        _link_of(source, element, name, "parent"),
        _link_of(source, element, name, "child"),
        lower,
        upper,
        velocity,
        effort,
        _mimic(source, element, name),
        element,
    )


def _kind(source: XmlSource, element: ElementTree.Element, name: str) -> JointKind:
    kinds = {kind.value: kind for kind in JointKind}
    text = element.get("type", "")
    if text not in kinds:
        what = f"is of type '{text}'" if text else "has no type"
        raise source.error(
            f"joint '{name}' {what}, and pinch knows {', '.join(kinds)}; make it one of these.", element, name
        )
    return kinds[text]


def _link_of(source: XmlSource, element: ElementTree.Element, name: str, end: str) -> str:
    found = element.find(end)
    link = "" if found is None else found.get("link", "")
    if not link:
        raise source.error(f"joint '{name}' has no <{end} link=\"...\"/>; add it.", element, name)
    return link


def _limits(
    source: XmlSource, element: ElementTree.Element, name: str, kind: JointKind
) -> tuple[float, float, float, float]:
    """Lower, upper, velocity, effort."""
    if kind is JointKind.FIXED:
        return 0.0, 0.0, math.nan, math.nan
    limit = element.find("limit")
    if limit is None:
        if kind is JointKind.CONTINUOUS:
            return -math.inf, math.inf, math.nan, math.nan
        raise source.error(
            f"joint '{name}' is {kind.value} and has no <limit>; add one with lower, upper, velocity and "
            "effort.",
            element,
            name,
        )
    what = f"the limit of joint '{name}'"
    values = {}
    for key in ("velocity", "effort"):
        if limit.get(key) is None:
            raise source.error(f"{what} gives no {key}, which a URDF must; add it.", limit, name)
        values[key] = number(source, limit, key, what, name)
        if values[key] < 0.0:
            raise source.error(
                f"{what} has {key} = {values[key]:g}, which is negative; give its magnitude.", limit, name
            )
    if kind is JointKind.CONTINUOUS:
        return -math.inf, math.inf, values["velocity"], values["effort"]
    lower, upper = (
        number(source, limit, key, what, name) if limit.get(key) is not None else 0.0
        for key in ("lower", "upper")
    )
    if lower >= upper:
        absent = " and ".join(key for key in ("lower", "upper") if limit.get(key) is None)
        why = f" ({absent} not given)" if absent else ""
        raise source.error(
            f"joint '{name}' can move from {lower:g} to {upper:g}{why}, which is no range; correct lower and "
            "upper of its <limit>.",
            limit,
            name,
        )
    largest = max(abs(lower), abs(upper))
    if kind is JointKind.REVOLUTE and _MOST_TURN_RAD < largest < _LEAST_NONE_RAD:
        raise source.error(
            f"joint '{name}' can turn from {lower:g} to {upper:g} rad, {largest / math.tau:.0f} times "
            "around; give its limits in radians, not in degrees, or make it continuous.",
            limit,
            name,
        )
    if kind is JointKind.PRISMATIC:
        check_travel(source, limit, name, (lower, upper), LONGEST_RAIL_M, "rail")
    return lower, upper, values["velocity"], values["effort"]


def check_travel(
    source: XmlSource,
    limit: ElementTree.Element | None,
    name: str,
    ends: tuple[float, float],
    longest: float,
    of: str,
) -> None:
    """That a prismatic joint slides from and to ``ends`` [m], not millimetres.

    Args:
        limit: the element that gives them.
        longest: how far what slides, ``of``, can be from 0 [m].

    Raises:
        RobotDescriptionError: it would slide farther.
    """
    largest = max(map(abs, ends))
    if longest < largest < _LEAST_NONE_M:
        raise source.error(
            f"joint '{name}' can slide from {ends[0]:g} to {ends[1]:g} m, farther than any {of} of "
            f"{longest:g} m; give lower and upper of its <limit> in metres, not in millimetres "
            f"({largest / 1e3:g} for {largest:g}).",
            limit,
            name,
        )


def _check_length(source: XmlSource, element: ElementTree.Element, name: str) -> None:
    origin = element.find("origin")
    place = [] if origin is None else [float(part) for part in origin.get("xyz", "0 0 0").split()]
    if place and math.hypot(*place) > _LONGEST_LINK_M:
        raise source.error(
            f"the origin of joint '{name}' is {math.hypot(*place):g} m from its parent link; give it in "
            "metres, not in millimetres.",
            origin,
            name,
        )


def _mimic(source: XmlSource, element: ElementTree.Element, name: str) -> Mimic | None:
    mimic = element.find("mimic")
    if mimic is None:
        return None
    what = f"the mimic of joint '{name}'"
    leader = mimic.get("joint", "")
    if not leader:
        raise source.error(f"{what} names no joint to follow; add it.", mimic, name)
    multiplier, offset = (
        number(source, mimic, key, what, name) if mimic.get(key) is not None else default
        for key, default in (("multiplier", 1.0), ("offset", 0.0))
    )
    return Mimic(leader, multiplier, offset)


def check_mimics(source: XmlSource, joints: dict[str, Joint]) -> None:
    """That every joint followed exists and moves, and that none follows itself.

    Raises:
        RobotDescriptionError: one does not.
    """
    for joint in joints.values():
        if joint.mimic is None:
            continue
        leader = joint.mimic.joint
        if leader not in joints:
            raise source.error(
                f"joint '{joint.name}' mimics '{leader}', which does not exist ({nearest(leader, joints)}); "
                "correct its <mimic>.",
                joint.element,
                joint.name,
            )
        if not joints[leader].is_movable or not joint.is_movable:
            fixed = joint.name if not joint.is_movable else leader
            raise source.error(
                f"joint '{joint.name}' mimics '{leader}', but '{fixed}' is fixed; correct its <mimic>.",
                joint.element,
                joint.name,
            )
        followed = [joint.name]
        while (mimic := joints[followed[-1]].mimic) is not None and mimic.joint in joints:
            if mimic.joint in followed:
                raise source.error(
                    f"the joints {' -> '.join((*followed, mimic.joint))} mimic each other in a circle; let "
                    "one of them move by itself.",
                    joint.element,
                    joint.name,
                )
            followed.append(mimic.joint)
