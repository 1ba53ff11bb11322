# SPDX-License-Identifier: Apache-2.0
"""Picks for minutes on end while parts of the graph fail: no hang, no unsafe motion, all recovered."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.context import Context
from rclpy.node import Node
from rich.console import Console
from rich.table import Table

from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.machine_facts import machine_facts
from pinch_core.resources import load_robot
from pinch_ros.listener_node import ListenerNode
from pinch_sim.faults import Faults
from pinch_system.client.cell_client import SERVICE_TIMEOUT_S, CellClient, CellError
from pinch_system.graph import CELL, CELL_WITH_BIN, Graph, simulated_graph
from pinch_system.soak.safety_watch import SafetyWatch
from pinch_system.soak.soak_job import BinPicks, JobResult, SinglePick, SoakJob
from pinch_system.soak.soak_pick import NO_FAULT, SoakPick
from pinch_system.soak.soak_picture import draw_soak

CELL_FAULTS = tuple(Faults.__dataclass_fields__)
KILLS = (CAMERA_KILLED, PLANNER_KILLED, EXECUTOR_KILLED) = (
    "camera killed",
    "planner killed",
    "executor killed",
)
# The fault comes when this stage has ended; "": before the goal is sent.
STAGES = ("", "detect", "choose", "pre-grasp", "approach", "close", "lift")
# A fault of the cell ends so long after it came [s].
FAULT_S = 4.0
RECOVERY_TRIES = 5
RECOVERY_PAUSE_S = 2.0
# Picks after a fault, of which one must succeed: an object can also be hard. For so long [s] they go on: a
# node that died without a word looks alive to DDS for 6 s, and the one in its place has its network to
# load.
PROOF_PICKS, PROOF_S = 3, 60.0


@configclass
class SoakOptions:
    """How long, and how often something fails."""

    minutes: float = setting(default=30.0, unit="min", help="of picks", lower=0.1, upper=100_000.0)
    seed: int = setting(default=0, help="of scenes and faults", lower=0)
    fault_share: float = setting(
        default=0.7, help="of the picks in which something fails", lower=0.0, upper=1.0
    )
    real_time_factor: float = setting(
        default=3.0, help="simulated seconds per second", lower=0.01, upper=1000.0
    )
    bin: int = setting(
        default=0,
        help="fill a bin with that many objects and clear it in part, instead of single picks",
        lower=0,
        upper=100,
    )
    out: Path = setting(
        default=Path("results/soak"), help="folder of soak.json, soak.png and the nodes' logs"
    )
    json: bool = setting(default=False, help="print one JSON document instead of a table")


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark soak``; exit code 1 where something hung, moved unasked, or did not recover."""
    options = parse(SoakOptions, argv, "pinch benchmark soak", (__doc__ or "").strip())
    console = Console(stderr=True, highlight=False)
    options.out.mkdir(parents=True, exist_ok=True)
    with simulated_graph(
        options.out / "logs",
        real_time_factor=options.real_time_factor,
        cell=CELL_WITH_BIN if options.bin else CELL.parameters,
    ) as graph:
        soak = Soak(graph, options)
        try:
            soak.run(console)
        finally:
            soak.close()
        document = soak.document
    draw_soak(soak.picks, options.out / "soak.png")
    (options.out / "soak.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        _print_table(document)
    return 0 if document["passed"] else 1


class Soak:
    """The running graph, its client, and what is kept of the picks."""

    def __init__(self, graph: Graph, options: SoakOptions) -> None:
        self._graph, self._options = graph, options
        self._job: SoakJob = BinPicks(options.bin) if options.bin else SinglePick()
        self._rng = np.random.default_rng(options.seed)
        self._picks: list[SoakPick] = []
        self._broke = ""
        self._end_of_fault: threading.Timer | None = None
        self._context = Context()
        self._context.init(args=["--ros-args"])
        self._node = Node("soak", context=self._context)
        self._watch = SafetyWatch(self._node, load_robot("panda"))
        self._asking = ListenerNode(self._node, "faults", ())
        self._faults = self._asking.node.create_client(SetParameters, "/sim_cell/set_parameters")
        self._client = self._new_client()
        self._next_seed = options.seed

    def run(self, console: Console) -> None:
        """Pick until the time is over."""
        until = time.monotonic() + 60.0 * self._options.minutes
        while time.monotonic() < until:
            try:
                pick = self._one()
            except CellError as error:
                self._broke = str(error)
                break
            self._picks.append(pick)
            ended = "picked" if pick.succeeded else pick.hung or pick.error
            mark = "" if pick.recovered else " NOT RECOVERED"
            console.print(f"{pick.fault} after '{pick.stage}': {ended}; {pick.recovery_tries} tries{mark}")

    def close(self) -> None:
        """Stop listening and leave the graph."""
        self._job.leave()
        self._client.__exit__()
        self._watch.close()
        self._asking.close()
        self._node.destroy_node()
        self._context.try_shutdown()

    def _new_client(self) -> CellClient:
        # Of a bin nobody watches a film.
        client = CellClient(watch=not self._options.bin).__enter__()
        client.wait_until_ready(lambda: self._graph.dead)
        return client

    @property
    def picks(self) -> list[SoakPick]:
        """Those that ended."""
        return self._picks

    @property
    def document(self) -> dict[str, Any]:
        """All that is known at the end."""
        seen = {**self._watch.breaches, **self._job.breaches}
        breaches = {what: count for what, count in seen.items() if count}
        hung = [pick.hung for pick in self._picks if pick.hung] + ([self._broke] if self._broke else [])
        lost = [pick for pick in self._picks if not pick.recovered]
        return {
            "benchmark": "soak",
            "minutes": self._options.minutes,
            "seed": self._options.seed,
            "picks": len(self._picks),
            "succeeded": sum(pick.succeeded for pick in self._picks),
            "faults": dict(Counter(pick.fault for pick in self._picks)),
            **self._job.facts,
            "joint_states_heard": self._watch.heard,
            "hung": hung,
            "not_recovered": len(lost),
            "unsafe": breaches,
            "passed": bool(self._picks and self._watch.heard) and not (hung or lost or breaches),
            "each": [asdict(pick) for pick in self._picks],
            "machine": machine_facts(),
        }

    def _one(self) -> SoakPick:
        began = time.monotonic()
        seed = self._scene()
        faulty = self._rng.random() < self._options.fault_share
        fault = str(self._rng.choice([*CELL_FAULTS, *KILLS])) if faulty else NO_FAULT
        stage = str(self._rng.choice(STAGES))
        result, came, hung = self._pick(seed, fault, stage)
        self._end_faults()
        tries, recovered, hung_later = self._recover()
        return SoakPick(
            seed=seed,
            fault=fault if came else NO_FAULT,
            stage=stage,
            succeeded=result.success,
            error_code=result.error_code,
            error=result.error_msg,
            hung=hung or hung_later,
            recovery_tries=tries,
            recovered=recovered,
            wall_s=round(time.monotonic() - began, 1),
        )

    def _scene(self) -> int:
        self._next_seed += 1
        return self._next_seed - 1

    def _pick(self, seed: int, fault: str, stage: str) -> tuple[JobResult, bool, str]:
        """How one goal ended, whether its fault came, and what did not answer in time."""
        self._job.begin(self._client, seed)
        result, came = JobResult(), threading.Event()

        def on_stage_end(ended: str) -> None:
            if ended == stage and not came.is_set():
                came.set()
                self._begin(fault)

        if not stage and fault != NO_FAULT:
            came.set()
            self._begin(fault)
        self._watch.motion_is_wanted(True)
        try:
            if fault == EXECUTOR_KILLED:
                result, hung = self._run_until(came, on_stage_end)
                return result, came.is_set(), hung
            result = self._job.run(self._client, on_stage_end)
        except CellError as error:
            return result, came.is_set(), str(error)
        finally:
            self._watch.motion_is_wanted(False)
        return result, came.is_set(), ""

    def _run_until(
        self, killed: threading.Event, on_stage_end: Callable[[str], None]
    ) -> tuple[JobResult, str]:
        """A goal whose executor dies, or has died: nobody answers its client, so another one goes on. Returns
        how it ended, and what did not answer although the executor lived.
        """
        client, job, ended = self._client, self._job, threading.Event()
        results, hung = list[JobResult](), list[str]()

        def run() -> None:
            try:
                results.append(job.run(client, on_stage_end))
            except CellError as error:
                hung.append(str(error))
            ended.set()

        threading.Thread(target=run, name="abandoned_goal", daemon=True).start()
        while not (killed.is_set() or ended.is_set()):
            killed.wait(0.1)
        if not killed.is_set():
            return (results or [JobResult()])[0], "".join(hung)
        client.__exit__()
        job.leave()
        self._client = self._new_client()
        return JobResult(), ""

    def _begin(self, fault: str) -> None:
        if fault in CELL_FAULTS:
            self._set(fault, True)
            self._end_of_fault = threading.Timer(FAULT_S, self._set, (fault, False))
            self._end_of_fault.daemon = True
            self._end_of_fault.start()
        elif fault in KILLS:
            {CAMERA_KILLED: self._graph.camera, PLANNER_KILLED: self._graph.planner}.get(
                fault, self._graph.executor
            ).restart()

    def _end_faults(self) -> None:
        if self._end_of_fault is not None:
            self._end_of_fault.cancel()
            self._end_of_fault.join()
            self._end_of_fault = None
        for fault in CELL_FAULTS:
            self._set(fault, False)

    def _set(self, fault: str, on: bool) -> None:
        value = ParameterValue(type=ParameterType.PARAMETER_BOOL, bool_value=on)
        request = SetParameters.Request(parameters=[Parameter(name=f"faults.{fault}", value=value)])
        answered = threading.Event()
        self._faults.call_async(request).add_done_callback(lambda _: answered.set())
        if not answered.wait(SERVICE_TIMEOUT_S):
            raise CellError(f"faults.{fault} of the cell could not be set within {SERVICE_TIMEOUT_S:g} s.")

    def _recover(self) -> tuple[int, bool, str]:
        """How many recoveries were asked for, whether a pick without a fault succeeds again, and what did not
        answer in time.
        """
        tries, picks, hung = 0, 0, ""
        until = time.monotonic() + PROOF_S
        self._watch.motion_is_wanted(True)
        while picks < PROOF_PICKS or time.monotonic() < until:
            picks += 1
            refused = "not asked yet"
            while refused and tries < RECOVERY_TRIES * picks:
                tries += 1
                refused = self._client.recover()
                if refused:
                    time.sleep(RECOVERY_PAUSE_S)
            result, _, late = self._pick(self._scene(), NO_FAULT, "")
            hung = hung or late
            if result.success:
                return tries, True, hung
            self._watch.motion_is_wanted(True)
        self._watch.motion_is_wanted(False)
        return tries, False, hung


def _print_table(document: dict[str, Any]) -> None:
    table = Table(
        "fault", "picks", "succeeded", "recovered", "most tries", title=f"{document['minutes']:g} minutes"
    )
    for fault, count in sorted(document["faults"].items()):
        mine = [pick for pick in document["each"] if pick["fault"] == fault]
        succeeded, recovered = (sum(pick[key] for pick in mine) for key in ("succeeded", "recovered"))
        most = max(pick["recovery_tries"] for pick in mine)
        table.add_row(fault, *map(str, (count, succeeded, recovered, most)))
    console = Console()
    console.print(table)
    console.print(f"hung: {document['hung'] or 'nothing'}; unsafe: {document['unsafe'] or 'nothing'}")
