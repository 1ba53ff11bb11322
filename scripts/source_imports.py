# SPDX-License-Identifier: Apache-2.0
"""Which file of the repository imports which, read from the source without running it.

Every import counts: at the top of a file, inside a function, and for type checkers only. Two files that name
each other's types cannot be understood one without the other, whatever is loaded first. The package of a
module (its ``__init__.py``) counts where it is named, not because Python loads it on the way. Modules that
are named in strings (entry points, ``import_module``) are not seen.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import networkx as nx


class When(Enum):
    """When an import takes place."""

    LOADING = "loading"
    CALLING = "calling"
    TYPE_CHECKING = "type checking"


@dataclass(frozen=True)
class Import:
    """``imported`` by ``importer``, both dotted names of modules."""

    importer: str
    imported: str
    line: int
    when: When


@dataclass(frozen=True)
class Module:
    """A Python file. ``lines``: all of them, empty ones too."""

    name: str
    path: Path
    lines: int
    tree: ast.Module

    @property
    def package(self) -> str:
        """The first part of its name."""
        return self.name.partition(".")[0]


def read_modules(root: Path) -> dict[str, Module]:
    """Modules of the packages in src/ and of those in scripts/, by name; tests are none."""
    packages = [path.parent / path.parent.name for path in root.glob("src/*/setup.py")]
    packages += [path.parent for path in root.glob("scripts/*/__init__.py")]
    found: dict[str, Module] = {}
    for package in sorted(packages):
        for path in sorted(package.rglob("*.py")):
            parts = path.relative_to(package.parent).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            text = path.read_text(encoding="utf-8")
            found[name] = Module(name, path, len(text.splitlines()), ast.parse(text, str(path)))
    return found


def imports_between(modules: dict[str, Module]) -> Iterator[Import]:
    """Each import of one of the modules by another."""
    for module in modules.values():
        for node, when in _import_nodes(module.tree, When.LOADING):
            for name in _imported(node, modules):
                if name != module.name:
                    yield Import(module.name, name, node.lineno, when)


def import_graph(modules: dict[str, Module]) -> nx.DiGraph[str]:
    """An arrow from each file to each that it imports; nodes are modules' names."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(modules)
    graph.add_edges_from((one.importer, one.imported) for one in imports_between(modules))
    return graph


def package_graph(graph: nx.DiGraph[str]) -> nx.DiGraph[str]:
    """The arrows between packages; ``imports``: how many arrows between files each stands for."""
    packages: nx.DiGraph[str] = nx.DiGraph()
    for name in graph:
        packages.add_node(name.partition(".")[0])
    for importer, imported in graph.edges:
        ends = importer.partition(".")[0], imported.partition(".")[0]
        if ends[0] != ends[1]:
            count = packages.get_edge_data(*ends, {"imports": 0})["imports"]
            packages.add_edge(*ends, imports=count + 1)
    return packages


def circles(graph: nx.DiGraph[str]) -> list[list[str]]:
    """Groups of nodes each of which reaches every other one of its group, the largest first."""
    groups = [sorted(group) for group in nx.strongly_connected_components(graph) if len(group) > 1]
    return sorted(groups, key=lambda group: (-len(group), group))


def floors(graph: nx.DiGraph[str]) -> dict[str, int]:
    """The floor of each node: above all that it imports, from 1. The nodes of a circle share a floor."""
    condensed = nx.condensation(graph)
    found: dict[str, int] = {}
    for number, groups in enumerate(nx.topological_generations(condensed.reverse()), 1):
        for group in groups:
            found.update(dict.fromkeys(condensed.nodes[group]["members"], number))
    return found


def _import_nodes(node: ast.AST, when: When) -> Iterator[tuple[ast.Import | ast.ImportFrom, When]]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield node, when
        return
    if isinstance(node, ast.If) and _is_type_checking(node.test):
        for child in node.body:
            yield from _import_nodes(child, When.TYPE_CHECKING)
        for child in node.orelse:
            yield from _import_nodes(child, when)
        return
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and when is When.LOADING:
        when = When.CALLING
    for inner in ast.iter_child_nodes(node):
        yield from _import_nodes(inner, when)


def _is_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def _imported(node: ast.Import | ast.ImportFrom, modules: dict[str, Module]) -> set[str]:
    """``from a import b`` names the module a.b where there is one, else a."""
    if isinstance(node, ast.Import):
        names = {alias.name for alias in node.names}
    elif node.module is None or node.level:
        return set()
    else:
        inner = {f"{node.module}.{alias.name}" for alias in node.names}
        names = {name if name in modules else node.module for name in inner}
    return names & set(modules)
