# SPDX-License-Identifier: Apache-2.0
"""A function of many items on the machines of a Ray cluster."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

from pinch_core.errors import PinchError
from pinch_datagen.errors import DatagenError
from pinch_datagen.run.native_threads import THREAD_ENVIRONMENT, limit_native_threads

CONNECT_TIMEOUT_S = 10.0

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class RayMap(Generic[Item, Result]):
    """``attempt`` must be picklable and return a :class:`PinchError` instead of raising it: so it crosses
    processes and machines unchanged.

    ``address``: HOST:PORT of the head node, or ``auto`` for the cluster that this machine belongs to.
    ``limit``: items in flight at most; None for as many as keep all its cores busy. ``name_of`` and
    ``remedy`` are for the message when a worker dies.
    """

    address: str
    limit: int | None
    attempt: Callable[[Item], Result | PinchError]
    name_of: Callable[[Item], str]
    remedy: str

    def map_unordered(self, items: Sequence[Item]) -> Generator[Result, None, None]:
        """The result of each item, as they come; when the generator is closed, or raises, workers are dead.

        Raises:
            DatagenError: no cluster answers, or it lost an item.
            PinchError: ``attempt`` returned it.
        """
        self._connect()
        import ray

        flying: dict[Any, Item] = {}
        try:
            task = ray.remote(num_cpus=1, max_retries=0)(_attempt)
            shared = ray.put(self.attempt)
            # Two a core: the next item is there when one is done.
            limit = self.limit or 2 * int(ray.cluster_resources().get("CPU", 1))  # type: ignore[no-untyped-call]
            waiting = iter(items)
            for item in islice(waiting, limit):
                flying[task.remote(shared, item)] = item
            while flying:
                (done,), _ = ray.wait(list(flying))
                # Before its answer is looked at: to cancel a task that is done can bring Ray down.
                item = flying.pop(done)
                result = self._result(done, item)
                if (following := next(waiting, None)) is not None:
                    flying[task.remote(shared, following)] = following
                yield result
        finally:
            for unfinished in flying:
                ray.cancel(unfinished, force=True)
            ray.shutdown()

    def _connect(self) -> None:
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # read on import
        try:
            import ray
        except ImportError as error:
            raise DatagenError("--cluster needs ray, which is not installed; run make setup.") from error
        try:
            if self.address != "auto":
                # Ray itself waits for a minute and logs meanwhile.
                host, _, port = self.address.rpartition(":")
                socket.create_connection((host, int(port)), CONNECT_TIMEOUT_S).close()
            ray.init(
                self.address,
                runtime_env={"env_vars": THREAD_ENVIRONMENT},
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise DatagenError(
                f"no Ray cluster answers at '{self.address}' ({' '.join(str(error).split())}); give "
                "HOST:PORT of its head node."
            ) from error

    def _result(self, done: Any, item: Item) -> Result:
        import ray
        from ray.exceptions import RayError

        try:
            answer: Result | PinchError = ray.get(done)
        except RayError as error:
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise DatagenError(
                f"the cluster lost {self.name_of(item)} ({reason.rstrip('.')}); {self.remedy}"
            ) from error
        if isinstance(answer, PinchError):
            raise answer
        return answer


def _attempt(attempt: Callable[[Any], Any], item: Any) -> Any:
    limit_native_threads()
    return attempt(item)
