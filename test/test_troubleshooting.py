# SPDX-License-Identifier: Apache-2.0
"""docs/troubleshooting.md has each error code once, with its value."""

from __future__ import annotations

import re

from source_tree import ROOT


def test_every_error_code_has_its_entry() -> None:
    message = (ROOT / "src/pinch_interfaces/msg/ErrorCode.msg").read_text(encoding="utf-8")
    codes = [(v, n) for n, v in re.findall(r"^int32 (\w+) = (-?\d+)$", message, re.MULTILINE) if v != "0"]
    page = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| (-?\d+) \| `(\w+)` \|", page, re.MULTILINE)) == sorted(codes)
