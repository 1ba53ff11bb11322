# SPDX-License-Identifier: Apache-2.0
"""The checks of a link: inertia and collision shapes."""

from __future__ import annotations

from xml.etree import ElementTree

from pinch_core.robot_description.numbers import check_vector, number
from pinch_core.robot_description.xml_source import XmlSource

_MOMENTS = ("ixx", "iyy", "izz", "ixy", "ixz", "iyz")
# The sizes of each shape that a URDF knows.
_SHAPES = {
    "box": (),
    "cylinder": ("radius", "length"),
    "capsule": ("radius", "length"),
    "sphere": ("radius",),
}


def check_link(source: XmlSource, link: ElementTree.Element, name: str) -> None:
    """What physics and collision checks take from a ``<link>``; meshes are checked by themselves.

    Raises:
        RobotDescriptionError: a part is missing or is no number.
    """
    _check_inertial(source, link, name)
    for collision in link.findall("collision"):
        what = f"a collision shape of link '{name}'"
        check_vector(source, collision.find("origin"), ("xyz", "rpy"), f"the origin of {what}", name)
        _check_shape(source, collision, what, name)


def _check_inertial(source: XmlSource, link: ElementTree.Element, name: str) -> None:
    inertial = link.find("inertial")
    if inertial is None:
        return
    check_vector(source, inertial.find("origin"), ("xyz", "rpy"), f"the inertia of link '{name}'", name)
    mass, inertia = inertial.find("mass"), inertial.find("inertia")
    if mass is None or inertia is None:
        missing = "mass" if mass is None else "inertia"
        raise source.error(
            f"the <inertial> of link '{name}' has no <{missing}>; add it, or remove the <inertial>.",
            inertial,
            name,
        )
    if number(source, mass, "value", f"the mass of link '{name}'", name) < 0.0:
        raise source.error(f"the mass of link '{name}' is negative; correct it.", mass, name)
    for key in _MOMENTS:
        number(source, inertia, key, f"the inertia of link '{name}'", name)


def _check_shape(source: XmlSource, collision: ElementTree.Element, what: str, name: str) -> None:
    geometry = collision.find("geometry")
    shape = None if geometry is None else next(iter(geometry), None)
    if shape is None:
        raise source.error(f"{what} has no geometry; add one, or remove the <collision>.", collision, name)
    if shape.tag == "mesh":
        return
    if shape.tag not in _SHAPES:
        raise source.error(
            f"{what} is a <{shape.tag}>, and a URDF knows {', '.join(_SHAPES)} and mesh; make it one of "
            "these.",
            shape,
            name,
        )
    if shape.tag == "box":
        if shape.get("size") is None:
            raise source.error(f"{what} is a box without size; add it.", shape, name)
        check_vector(source, shape, ("size",), what, name)
        sizes = dict(zip("xyz", map(float, shape.get("size", "").split()), strict=True))
    else:
        sizes = {key: number(source, shape, key, what, name) for key in _SHAPES[shape.tag]}
    for key, size in sizes.items():
        if size <= 0.0:
            raise source.error(
                f"{what}, a {shape.tag}, has {key} = {size:g}; give a size above 0.", shape, name
            )
