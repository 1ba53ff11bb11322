# SPDX-License-Identifier: Apache-2.0
"""What a training ran on, in words."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import torch

from pinch_core.machine_facts import machine_facts
from pinch_training.training.team import Team


def describe_machine(team: Team) -> str:
    """Such as ``AMD EPYC, 2 cores`` or ``2 processes, each with AMD EPYC, 16 cores, NVIDIA H100``."""
    facts = machine_facts()
    parts = [facts["processor"] or facts["machine"], f"{facts['cpus']} cores"]
    if team.device.type == "cuda":
        parts.append(torch.cuda.get_device_name(team.device))
    return (f"{team.size} processes, each with " if team.size > 1 else "") + ", ".join(parts)


def pinch_version() -> str:
    """Of the package, ``unknown`` where it runs without being installed."""
    try:
        return version("pinch_training")
    except PackageNotFoundError:
        return "unknown"
