# SPDX-License-Identifier: Apache-2.0
"""The SRDF: planning groups, and the link pairs whose collisions do not count."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from pinch_core.errors import together
from pinch_core.robot_description.errors import RobotDescriptionError, nearest
from pinch_core.robot_description.kinematic_tree import KinematicTree
from pinch_core.robot_description.xml_source import XmlSource

# Attributes that name a link, a joint or a group, by the element that has them.
_LINKS = {
    "disable_collisions": ("link1", "link2"),
    "enable_collisions": ("link1", "link2"),
    "disable_default_collisions": ("link",),
    "chain": ("base_link", "tip_link"),
    "virtual_joint": ("child_link",),
    "end_effector": ("parent_link",),
    "link": ("name",),
    "link_sphere_approximation": ("link",),
}
_JOINTS = {"joint": ("name",), "passive_joint": ("name",), "joint_property": ("joint_name",)}
_GROUPS = {"group_state": ("group",), "end_effector": ("group", "parent_group")}


@dataclass(frozen=True, eq=False)
class Semantics:
    """What an SRDF says.

    ``disabled_pairs``: link pairs that may touch. ``groups``: the joints of each planning group, those of its
    chains, links and subgroups included.
    """

    source: XmlSource
    disabled_pairs: frozenset[frozenset[str]]
    groups: Mapping[str, frozenset[str]]

    @property
    def text(self) -> str:
        """The SRDF's XML, xacro expanded."""
        return ElementTree.tostring(self.source.root, encoding="unicode")


def read_semantics(source: XmlSource, tree: KinematicTree, urdf: XmlSource) -> Semantics:
    """The SRDF of the robot whose URDF is ``urdf``, read as ``tree``.

    Raises:
        RobotDescriptionError: it is no SRDF, is of another robot, or names a link, joint or group that does
            not exist.
    """
    root = source.root
    if root.tag != "robot":
        raise source.error(f"its root is <{root.tag}>, and that of an SRDF is <robot>; name the SRDF.", root)
    if root.find("link") is not None and root.find("joint") is not None:
        raise source.error("it is a URDF; name the SRDF, which lists link pairs that may touch.", root)
    _check_robot(source, urdf)
    groups = {group.get("name", ""): group for group in root.findall("group")}
    virtual = {joint.get("name", "") for joint in root.findall("virtual_joint")}
    where_links_are = str(urdf.path)
    faults: list[RobotDescriptionError] = []
    for element in root.iter():
        tag = str(element.tag)
        for attributes, kind, known, where in (
            (_LINKS, "link", tree.links.keys(), where_links_are),
            (_JOINTS, "joint", tree.joints.keys() | virtual, where_links_are),
            (_GROUPS, "group", groups.keys(), "this SRDF"),
        ):
            for key in attributes.get(tag, ()):
                faults += _unknown_name(source, element, key, kind, known, where)
    for group in groups.values():
        for subgroup in group.findall("group"):
            faults += _unknown_name(source, subgroup, "name", "group", groups.keys(), "this SRDF")
    if faults:
        raise together(faults)
    disabled = frozenset(
        frozenset((pair.get("link1", ""), pair.get("link2", "")))
        for pair in root.findall("disable_collisions")
    )
    return Semantics(source, disabled, {name: _joints_of(name, groups, tree, ()) for name in groups})


def _check_robot(source: XmlSource, urdf: XmlSource) -> None:
    """That the SRDF is of this robot: that of another, or of a variant with other shapes, lets links touch
    that must not, though its links may all exist here.
    """
    own, other = urdf.root.get("name"), source.root.get("name")
    if own == other:
        return
    said = f"it is of robot '{other}'" if other else "its <robot> has no name"
    raise source.error(
        f"{said}, and the URDF {urdf.path} is of robot '{own}', so its link pairs may be those of other "
        f"shapes; name the SRDF of '{own}' in semantics of the robot's YAML, or, if it is of this URDF, "
        f"write <robot name='{own}'> in it or in a copy beside the YAML.",
        source.root,
        other or "",
    )


def _unknown_name(
    source: XmlSource, element: ElementTree.Element, key: str, kind: str, known: Collection[str], where: str
) -> list[RobotDescriptionError]:
    """What is wrong with the name in the attribute ``key``: nothing or one fault."""
    name = element.get(key)
    if name is None and element.tag == "disable_collisions":
        return [source.error(f"<{element.tag}> gives no {key}; add it, or remove the element.", element)]
    if name is None or name in known:
        return []
    fault = source.error(
        f"<{element.tag}> names the {kind} '{name}', which {where} does not have ({nearest(name, known)}); "
        "correct or remove it.",
        element,
        name,
    )
    return [fault]


def _joints_of(
    name: str, groups: Mapping[str, ElementTree.Element], tree: KinematicTree, seen: tuple[str, ...]
) -> frozenset[str]:
    if name in seen:  # groups that hold each other
        return frozenset()
    group = groups[name]
    found = {joint.get("name", "") for joint in group.findall("joint")}
    links = {link.get("name", "") for link in group.findall("link")}
    found |= {joint.name for joint in tree.joints.values() if joint.child in links}
    for chain in group.findall("chain"):
        between = tree.joints_between(chain.get("base_link", ""), chain.get("tip_link", ""))
        found |= {joint.name for joint in between}
    for subgroup in group.findall("group"):
        found |= _joints_of(subgroup.get("name", ""), groups, tree, (*seen, name))
    return frozenset(found)
