# SPDX-License-Identifier: Apache-2.0
"""Spinning that one exception does not end."""

from __future__ import annotations

import threading
import traceback

from rclpy.executors import Executor, ExternalShutdownException
from rclpy.impl.rcutils_logger import RcutilsLogger


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
