# SPDX-License-Identifier: Apache-2.0
"""Hypothesis for all tests below: a busy machine may be slow, and a run is repeatable."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("underlay", deadline=None, derandomize=True)
settings.load_profile("underlay")
