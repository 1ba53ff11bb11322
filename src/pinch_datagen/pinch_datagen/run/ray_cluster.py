# SPDX-License-Identifier: Apache-2.0
"""Workers on the machines of a Ray cluster."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Generator, Sequence
from itertools import islice
from typing import Any

from pinch_core.errors import PinchError
from pinch_datagen.errors import DatagenError
from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.run.native_threads import THREAD_ENVIRONMENT, limit_native_threads
from pinch_datagen.run.work import Outcome, Work

CONNECT_TIMEOUT_S = 10.0


class RayCluster:
    """An :class:`Executor` on a running cluster whose machines all have pinch and the folders in question.

    ``address``: HOST:PORT of its head node, or ``auto`` for the one that this machine belongs to. ``limit``:
    objects in flight at most; None for as many as keep all its cores busy.
    """

    def __init__(self, address: str, limit: int | None = None) -> None:
        self._address, self._limit = address, limit

    def map_unordered(self, work: Work, refs: Sequence[ObjectRef]) -> Generator[Outcome, None, None]:
        self._connect()
        import ray

        flying: dict[Any, ObjectRef] = {}
        try:
            task = ray.remote(num_cpus=1, max_retries=0)(_attempt)
            shared = ray.put(work)
            # Two a core: the next object is there when one is done.
            limit = self._limit or 2 * int(ray.cluster_resources().get("CPU", 1))  # type: ignore[no-untyped-call]
            waiting = iter(refs)
            for ref in islice(waiting, limit):
                flying[task.remote(shared, ref)] = ref
            while flying:
                (done,), _ = ray.wait(list(flying))
                outcome = _result(done, flying)
                del flying[done]
                if (following := next(waiting, None)) is not None:
                    flying[task.remote(shared, following)] = following
                yield outcome
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
            if self._address != "auto":
                # Ray itself waits for a minute and logs meanwhile.
                host, _, port = self._address.rpartition(":")
                socket.create_connection((host, int(port)), CONNECT_TIMEOUT_S).close()
            ray.init(
                self._address,
                runtime_env={"env_vars": THREAD_ENVIRONMENT},
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise DatagenError(
                f"no Ray cluster answers at '{self._address}' ({' '.join(str(error).split())}); give "
                "HOST:PORT of its head node."
            ) from error


def _attempt(work: Work, ref: ObjectRef) -> Outcome | PinchError:
    limit_native_threads()
    return work.attempt(ref)


def _result(done: Any, flying: dict[Any, ObjectRef]) -> Outcome:
    import ray
    from ray.exceptions import RayError

    try:
        answer: Outcome | PinchError = ray.get(done)
    except RayError as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise DatagenError(
            f"the cluster lost object '{flying[done].name}' ({reason.rstrip('.')}); the objects done so far "
            "are kept: --resume finishes the rest."
        ) from error
    if isinstance(answer, PinchError):
        raise answer
    return answer
