# SPDX-License-Identifier: Apache-2.0
"""HTML pages of one file: templates and style are ours, figures lie inside, nothing is loaded."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined

from pinch_core.report import palette


@dataclass(frozen=True)
class Chart:
    """A plot, as :func:`pinch_core.report.plots.svg` gives it; ``wide``: it takes the width of the page."""

    title: str
    svg: str
    wide: bool = False


@dataclass(frozen=True)
class Picture:
    """An image file's bytes; ``wide``: it takes the width of the page."""

    title: str
    content: bytes
    wide: bool = False

    @property
    def uri(self) -> str:
        """The file as an address that holds it. PNG, or else JPEG."""
        kind = "png" if self.content.startswith(b"\x89PNG") else "jpeg"
        return f"data:image/{kind};base64,{b64encode(self.content).decode('ascii')}"


def render_page(package: str, template: str, **content: object) -> str:
    """A template that lies in a package, filled in; whatever is filled in is escaped.

    Templates extend ``report/page.html.jinja`` and import macros from ``report/parts.html.jinja``.

    Args:
        package: whose folder holds the template.
        template: name of the file.
        content: what the template names; a name that is missing raises jinja2.UndefinedError.
    """
    loader = PrefixLoader(
        {"report": PackageLoader("pinch_core.report", ""), "own": PackageLoader(package, "")}
    )
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["palette"] = palette
    return environment.get_template(f"own/{template}").render(**content)
