# SPDX-License-Identifier: Apache-2.0
"""Spinning that one exception does not end."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from rclpy.executors import Executor, ExternalShutdownException
from rclpy.impl.rcutils_logger import RcutilsLogger

# A callback at work has this long to end.
_END_S = 5.0


def spin_until(executor: Executor, stop: threading.Event, logger: RcutilsLogger) -> None:
    """Spin until told to stop. An exception that a callback let through, or that rclpy meets when another
    thread destroys what it waits for, is logged, and the other entities are served on.
    """
    while not stop.is_set():
        try:
            executor.spin()
        except ExternalShutdownException:
            stop.set()
        except Exception:
            if not stop.is_set():
                logger.error(f"a callback failed:\n{traceback.format_exc()}")


@contextmanager
def spinning(executor: Executor, stop: threading.Event, logger: RcutilsLogger) -> Iterator[None]:
    """:func:`spin_until` on a thread of its own while the ``with`` block lasts; after it the nodes are still
    there, and nothing calls them any more. Sets ``stop`` at its end, or before where ROS is shut down.
    """
    thread = threading.Thread(target=spin_until, args=(executor, stop, logger), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        executor.shutdown(timeout_sec=_END_S)
        thread.join(timeout=_END_S)
