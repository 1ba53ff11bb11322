# SPDX-License-Identifier: Apache-2.0
"""How many threads PyTorch may use."""

from __future__ import annotations

import os


def use_threads(count: int | None) -> None:
    """So many, by default one for each core, shared with the processes that torchrun started beside."""
    import torch

    beside = int(os.environ.get("LOCAL_WORLD_SIZE", 1))
    torch.set_num_threads(count or max(1, len(os.sched_getaffinity(0)) // beside))
