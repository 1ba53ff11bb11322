# SPDX-License-Identifier: Apache-2.0
"""A Ray cluster on this machine, reachable from nowhere else, for tests."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch


@contextmanager
def local_ray_cluster(nodes: int, python_path: Path) -> Iterator[str]:
    """The address of a cluster with one core a node while the ``with`` block lasts; its workers import from
    ``python_path`` too.
    """
    environment: Mapping[str, str] = {
        "RAY_USAGE_STATS_ENABLED": "0",
        # What Ray does on other systems by default: 127.0.0.1 is not replaced by the address of the network.
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        "PYTHONPATH": os.pathsep.join([str(python_path), os.environ.get("PYTHONPATH", "")]),
    }
    # Short: the paths of the sockets below it are limited to 107 bytes. Ray keeps its own folder in it.
    temporary = tempfile.mkdtemp(prefix="ray", dir="/tmp")
    Path(temporary, "ray").mkdir()
    with patch.dict(os.environ, {**environment, "RAY_TMPDIR": temporary}):
        from ray.cluster_utils import Cluster

        node: dict[str, Any] = {
            "num_cpus": 1,
            "object_store_memory": 80 << 20,
            "node_ip_address": "127.0.0.1",
        }
        cluster: Any = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
        try:
            for _ in range(nodes - 1):
                cluster.add_node(**node)
            yield str(cluster.address)
        finally:
            cluster.shutdown()
            shutil.rmtree(temporary, ignore_errors=True)
