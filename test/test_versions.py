# SPDX-License-Identifier: Apache-2.0
"""One version for all packages: that of the changelog's newest entry."""

from __future__ import annotations

import re

from source_tree import ROOT


def test_every_package_has_the_version_of_the_changelog() -> None:
    newest = re.search(
        r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert newest is not None
    places = {
        "package.xml": r"<version>([^<]+)</version>",
        "setup.py": r'version="([^"]+)"',
    }
    versions = {
        str(path.relative_to(ROOT)): re.findall(pattern, path.read_text(encoding="utf-8"))
        for name, pattern in places.items()
        for folder in ("src", "underlay")
        for path in (ROOT / folder).glob(f"*/{name}")
    }
    assert len(versions) > 20
    assert {path: found for path, found in versions.items() if found != [newest[1]]} == {}
