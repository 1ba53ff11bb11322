# SPDX-License-Identifier: Apache-2.0
"""Pages, plots and colours of reports."""

from __future__ import annotations

import re
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import jinja2
import numpy as np
import pytest

from pinch_core.report import palette
from pinch_core.report.page import Chart, Picture, render_page
from pinch_core.report.palette import bgr, line_styles
from pinch_core.report.plots import ReliabilityCurve, one_plot, png, reliability_plot, svg

PAGE = """{% extends "report/page.html.jinja" %}
{% from "report/parts.html.jinja" import chart, picture, sheet %}
{% block title %}Report of {{ name }}{% endblock %}
{% block content %}{{ chart(one) }}{{ picture(shot) }}{{ sheet(shot) }}{% endblock %}"""
PNG = b"\x89PNG and more"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package with a template of its own, as those that make reports have."""
    folder = tmp_path / "reporting"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "page.html.jinja").write_text(PAGE)
    loader = SourceFileLoader("reporting", str(folder / "__init__.py"))
    spec = spec_from_loader("reporting", loader, is_package=True)
    assert isinstance(spec, ModuleSpec)
    monkeypatch.setitem(sys.modules, "reporting", module_from_spec(spec))
    return "reporting"


def page_of(package: str, name: str = "a & <b>") -> str:
    figure, axis = one_plot("x", "y")
    axis.plot([0, 1], [0, 1])
    return render_page(
        package, "page.html.jinja", name=name, one=Chart("curve <i>", svg(figure)), shot=Picture("s", PNG)
    )


def test_what_is_filled_in_is_escaped_and_plots_stand_in_the_page_as_they_are(package: str) -> None:
    page = page_of(package)
    assert "<h1>Report of a &amp; &lt;b&gt;</h1>" in page and "<h3>curve &lt;i&gt;</h3>" in page
    assert page.count("<svg") == 1 and page.count('src="data:image/png;base64,') == 2


def test_a_page_loads_nothing_from_elsewhere(package: str) -> None:
    assert not re.search(r"https?:|<script|<link|@import|url\((?!#)", page_of(package))


def test_the_style_uses_no_colour_that_the_palette_lacks(package: str) -> None:
    ours = {value.lower() for value in vars(palette).values() if isinstance(value, str) and value[:1] == "#"}
    style = page_of(package).partition("</style>")[0]
    used = set(re.findall(r"#[0-9a-fA-F]{6}\b", style))
    assert used and {color.lower() for color in used} <= ours


def test_a_name_that_the_template_lacks_is_an_error(package: str) -> None:
    with pytest.raises(jinja2.UndefinedError, match="name"):
        render_page(package, "page.html.jinja")


def test_equal_plots_are_equal_bytes() -> None:
    curve = ReliabilityCurve(np.array([0.1, 0.9]), np.array([0.2, 0.7]), np.array([10.0, 3.0]))
    one, other = (svg(reliability_plot({"a": curve}, "q", "success")) for _ in range(2))
    assert one == other
    assert png(reliability_plot({"a": curve}, "q", "success")).startswith(b"\x89PNG")


def test_series_of_equal_colour_differ_in_dashes() -> None:
    styles = line_styles([str(k) for k in range(20)])
    assert len({tuple(style.values()) for style in styles.values()}) == 20


def test_opencv_gets_blue_first() -> None:
    assert bgr("#102030") == (0x30, 0x20, 0x10)
