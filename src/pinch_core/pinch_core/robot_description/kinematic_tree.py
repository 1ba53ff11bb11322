# SPDX-License-Identifier: Apache-2.0
"""Links and joints of a URDF as the tree that they must form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from xml.etree import ElementTree

from pinch_core.robot_description.errors import nearest
from pinch_core.robot_description.joint import Joint, check_mimics, read_joint
from pinch_core.robot_description.link import check_link
from pinch_core.robot_description.xml_source import XmlSource

# Elements below <robot> that have a name.
_OWN = ("link", "joint", "material", "transmission", "sensor")

# Roots of files that are often taken for a URDF.
_FOREIGN = {
    "sdf": "an SDF model of Gazebo; name the robot's URDF",
    "gazebo": "an SDF model of Gazebo; name the robot's URDF",
    "mujoco": "a MuJoCo model; name the robot's URDF",
    "COLLADA": "a COLLADA mesh; name the robot's URDF",
    "launch": "a launch file; name the robot's URDF",
    "package": "a package manifest; name the robot's URDF",
    "html": "a web page; download the file itself",
}


@dataclass(frozen=True, eq=False)
class KinematicTree:
    """``links`` and ``joints`` by name, in the order of the file; ``root`` is the link without a parent."""

    links: Mapping[str, ElementTree.Element]
    joints: Mapping[str, Joint]
    root: str

    def joints_above(self, link: str) -> list[Joint]:
        """The joints from ``link`` up to the root."""
        by_child = {joint.child: joint for joint in self.joints.values()}
        above = []
        while link in by_child:
            above.append(by_child[link])
            link = by_child[link].parent
        return above

    def joints_between(self, first: str, second: str) -> list[Joint]:
        """The joints that move ``second`` against ``first``, from first to second."""
        up, down = self.joints_above(first), self.joints_above(second)
        shared = {joint.name for joint in up} & {joint.name for joint in down}
        return [j for j in up if j.name not in shared] + [j for j in reversed(down) if j.name not in shared]


def read_tree(source: XmlSource) -> KinematicTree:
    """The links and joints of a URDF.

    Raises:
        RobotDescriptionError: the file is no URDF, names repeat, a link is missing, or the links form no
            tree.
    """
    root = source.root
    if root.tag != "robot":
        what = _FOREIGN.get(str(root.tag), "no URDF, whose root is <robot>; name the robot's URDF")
        raise source.error(f"its root is <{root.tag}>, so it is {what}.", root)
    if not root.get("name"):
        raise source.error("the <robot> has no name; give it one.", root)
    _check_tags(source)
    links = _links(source)
    joints: dict[str, Joint] = {}
    for element in root.findall("joint"):
        joint = read_joint(source, element)
        if joint.name in joints:
            raise source.error(
                f"joint '{joint.name}' is defined again, after {_line(source, joints[joint.name].element)}; "
                "rename or remove one.",
                element,
                joint.name,
            )
        joints[joint.name] = joint
    _check_ends(source, links, joints)
    check_mimics(source, joints)
    return KinematicTree(links, joints, _root(source, links, joints))


def _check_tags(source: XmlSource) -> None:
    """That no link or joint is lost to a misspelt tag: those of other tools are passed over."""
    for element in source.root:
        tag = str(element.tag)
        if element.get("name") and tag not in _OWN and get_close_matches(tag.lower(), _OWN, cutoff=0.75):
            nearest_tag = get_close_matches(tag.lower(), _OWN, cutoff=0.75)[0]
            raise source.error(
                f'<{tag} name="{element.get("name")}"> is no element of a URDF; the nearest is '
                f"<{nearest_tag}>.",
                element,
                element.get("name", ""),
            )


def _links(source: XmlSource) -> dict[str, ElementTree.Element]:
    links: dict[str, ElementTree.Element] = {}
    for element in source.root.findall("link"):
        name = element.get("name", "")
        if not name:
            raise source.error("a link has no name; give it one.", element)
        if name in links:
            raise source.error(
                f"link '{name}' is defined again, after {_line(source, links[name])}; rename or remove one.",
                element,
                name,
            )
        links[name] = element
        check_link(source, element, name)
    if not links:
        raise source.error("the URDF has no link; name a whole robot description.", source.root)
    return links


def _check_ends(source: XmlSource, links: Mapping[str, object], joints: Mapping[str, Joint]) -> None:
    parent_of: dict[str, Joint] = {}
    for joint in joints.values():
        for end, link in (("parent", joint.parent), ("child", joint.child)):
            if link not in links:
                raise source.error(
                    f"joint '{joint.name}' names the {end} link '{link}', which does not exist "
                    f"({nearest(link, links)}); correct the name or add the link.",
                    joint.element,
                    joint.name,
                )
        if joint.child in parent_of:
            other = parent_of[joint.child].name
            raise source.error(
                f"link '{joint.child}' is the child of two joints, '{other}' and '{joint.name}'; a link of a "
                "URDF has one parent, so remove one of them.",
                joint.element,
                joint.name,
            )
        parent_of[joint.child] = joint


def _root(source: XmlSource, links: Mapping[str, ElementTree.Element], joints: Mapping[str, Joint]) -> str:
    parents = {joint.child: joint.parent for joint in joints.values()}
    for link in links:
        way = [link]
        while way[-1] in parents:
            way.append(parents[way[-1]])
            if way[-1] in way[:-1]:
                loop = way[way.index(way[-1]) :]
                raise source.error(
                    f"the links {' -> '.join(reversed(loop))} form a loop, which a URDF cannot have; remove "
                    "the joint that closes it.",
                    links[loop[0]],
                    loop[0],
                )
    roots = [link for link in links if link not in parents]
    if len(roots) > 1:
        raise source.error(
            f"the links {' and '.join(repr(link) for link in roots[:4])} have no parent, so the robot is in "
            f"{len(roots)} pieces; join them, with a fixed joint where nothing moves.",
            links[roots[1]],
            roots[1],
        )
    return roots[0]


def _line(source: XmlSource, element: ElementTree.Element) -> str:
    return "the first time" if source.is_expanded else f"line {getattr(element, 'line', 0)}"
