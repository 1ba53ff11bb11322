# SPDX-License-Identifier: Apache-2.0
"""ROS 2 parameter files, read before rcl does: what is wrong with one is said in a sentence, with its line.

rcl takes less than YAML: node names, below each ``ros__parameters``, below it names, and values that are
scalars or arrays of one type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from pinch_core.config_kinds import PARAMETERS, mixed_up
from pinch_core.errors import ConfigError, together

_KEY = "ros__parameters"
# As rcl's parser reads plain scalars, which is not quite as YAML does.
_BOOLEANS = frozenset(
    spelling for word in ("y", "yes", "on", "true", "n", "no", "off", "false")
    for spelling in (word, word.capitalize(), word.upper())
)  # fmt: skip
_YAML_FLOATS = {".nan": "nan", ".inf": "inf", "+.inf": "inf", "-.inf": "-inf"}
_INTEGER = re.compile(r"[-+]?(0x[0-9a-fA-F]+|0o?[0-7]+|[0-9]+)")


@dataclass(frozen=True)
class ParameterFile:
    """Where a parameter file sets what: names of parameters by the name (with wildcards) of their node."""

    path: str
    parameters: Mapping[str, tuple[str, ...]]

    def names_for(self, node: str) -> dict[str, bool]:
        """Names of the parameters that reach the node of this full name; true: set for a node of its name,
        false: set by a wildcard for whatever node there is.
        """
        found: dict[str, bool] = {}
        for pattern, names in self.parameters.items():
            if _pattern(pattern).fullmatch(node):
                is_named = "*" not in pattern.rpartition("/")[2]
                found.update({name: is_named or found.get(name, False) for name in names})
        return found

    def reaches(self, node: str) -> bool:
        """Whether a section is for the node of this full name."""
        return any(_pattern(pattern).fullmatch(node) for pattern in self.parameters)


def read_parameter_file(path: str) -> ParameterFile:
    """Read and check a file that is given with ``--params-file``.

    Raises:
        ConfigError: it cannot be read, is no YAML, has no node or no ``ros__parameters``, or an array that
            mixes types.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigError(f"parameter file {path} cannot be read: {reason}; give a YAML file.") from error
    root = _compose(text, f"parameter file {path}")
    parameters: dict[str, list[str]] = {}
    faults: list[ConfigError] = []
    if root is not None:
        for node, names in _sections(root, (), path, faults):
            parameters.setdefault(node, []).extend(names)
    if faults:
        sentence = mixed_up(Path(path), PARAMETERS)
        raise ConfigError(sentence) if sentence else together(faults)
    return ParameterFile(path, {node: tuple(names) for node, names in parameters.items()})


def check_override(rule: str) -> str:
    """The name in ``name:=value`` of a ``-p`` argument.

    Raises:
        ConfigError: it has no ``:=``, or its value cannot be a parameter's.
    """
    name, given, value = rule.partition(":=")
    if not given or not name:
        raise ConfigError(f"-p {rule} is no override of a parameter; write -p name:=value.")
    node = _compose(value, f"-p {rule}")
    if node is not None:
        faults: list[ConfigError] = []
        list(_values(node, (name,), f"-p {rule}", faults))
        if faults:
            raise together(faults)
    return name


def _compose(text: str, where: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError as error:
        raise ConfigError(f"{where} is nested too deeply; write it flat, as name.of.parameter.") from error
    except (ValueError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        lines = text.splitlines()
        line = "" if mark is None else f" line {mark.line + 1}"
        if mark is not None and mark.line < len(lines) and "\t" in lines[mark.line]:
            raise ConfigError(f"{where}{line} has a tab; YAML is indented with spaces only.") from error
        problem = getattr(error, "problem", None) or " ".join(str(error).split())
        raise ConfigError(
            f"{where}{line} is no YAML ({problem}); correct the line, or the one before."
        ) from error


def _sections(
    root: yaml.Node, above: tuple[str, ...], path: str, faults: list[ConfigError]
) -> Iterator[tuple[str, list[str]]]:
    """(node name, parameter names) of each ``ros__parameters`` below ``root``. What is wrong is added to
    ``faults``.
    """
    if not isinstance(root, yaml.MappingNode):
        what = f"below '{'/'.join(above)}' " if above else ""
        fault = ConfigError(
            f"parameter file {path} line {_line(root)} {what}holds {_shown(root)} where a node's section "
            f"belongs; write the node's name, below it {_KEY}, and the parameters below that."
        )
        faults.append(fault)
        return
    for key, value in root.value:
        name = _shown(key)
        if name == _KEY and above and isinstance(value, yaml.MappingNode):
            yield _full_name(above), list(_values(value, (), f"parameter file {path}", faults))
        elif name != _KEY and isinstance(value, yaml.MappingNode):
            yield from _sections(value, (*above, name), path, faults)
        else:
            faults.append(ConfigError(_misplaced(key, above, f"parameter file {path} line {_line(key)}")))


def _misplaced(key: yaml.Node, above: tuple[str, ...], place: str) -> str:
    """What is wrong with a key that belongs elsewhere, or holds nothing."""
    name = _shown(key)
    if name == _KEY and not above:
        return f"{place} has {_KEY} outside of any node; put the node's name above it, or /** for every node."
    if name == _KEY:
        return f"{place} has no parameters below {_KEY}; indent them further than it."
    if above:
        return (
            f"{place} sets '{name}' below '{'/'.join(above)}' without {_KEY}; write {_KEY} under the node's "
            "name, and the parameters below it."
        )
    return (
        f"{place} sets '{name}' outside of any node; write the node's name (or /** for every node), below it "
        f"{_KEY}, and the parameters below that."
    )


def _values(node: yaml.Node, name: tuple[str, ...], where: str, faults: list[ConfigError]) -> Iterator[str]:
    """Names of the parameters in a value that may be a mapping of further ones."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _values(value, (*name, _shown(key)), where, faults)
        return
    if isinstance(node, yaml.SequenceNode) and (fault := _array_fault(node, ".".join(name), where)):
        faults.append(ConfigError(fault))
    yield ".".join(name)


def _array_fault(array: yaml.SequenceNode, name: str, where: str) -> str:
    """Why an array cannot be a parameter, empty where it can."""
    place = f"{where} line {_line(array)}" if where.startswith("parameter file") else where
    if not all(isinstance(item, yaml.ScalarNode) for item in array.value):
        return (
            f"{place}: {name} has an array or a mapping inside its array; a ROS parameter is an array of "
            "plain values."
        )
    kinds = {_kind(item) for item in array.value}
    if len(kinds) <= 1:
        return ""
    values = ", ".join(item.value for item in array.value[:8])
    whole = [item.value for item in array.value if _kind(item) == "integer"]
    cure = (
        f"write {whole[0]}.0 for {whole[0]}"
        if kinds == {"integer", "decimal number"}
        else "write them all as one type"
    )
    return (
        f"{place}: {name} = [{values}] mixes {' and '.join(sorted(f'{kind}s' for kind in kinds))}, and an "
        f"array of ROS has one type; {cure}."
    )


def _kind(scalar: yaml.ScalarNode) -> str:
    text = str(scalar.value)
    if scalar.style in ("'", '"', "|", ">"):
        return "text"
    if text in _BOOLEANS:
        return "boolean"
    if _INTEGER.fullmatch(text):
        return "integer"
    try:
        float(_YAML_FLOATS.get(text.lower(), text))
    except ValueError:
        return "text"
    if "_" in text:  # which Python's float takes, and rcl does not
        return "text"
    return "decimal number"


def _pattern(name: str) -> re.Pattern[str]:
    """rcl's wildcards: /** is any number of names, * one."""
    parts = re.split(r"(/\*\*|\*)", name)
    return re.compile("".join({"/**": r"(/\w+)*", "*": r"\w+"}.get(part, re.escape(part)) for part in parts))


def _full_name(parts: tuple[str, ...]) -> str:
    return "/" + "/".join(part.strip("/") for part in parts if part.strip("/"))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _shown(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"
