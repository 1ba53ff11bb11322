# SPDX-License-Identifier: Apache-2.0
"""What happens in the cell that a person would see: lifts, double picks, walls touched, objects lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import mujoco

from pinch_sim.bin_in_cell import BIN_BODY, CellBin
from pinch_sim.contacts import Contacts
from pinch_sim.place_marks import PlaceMarks
from pinch_sim.scene import Scene
from pinch_sim.settling import speed

IN_BIN, IN_GRIPPER, OUTSIDE = "bin", "gripper", "outside"
# What is carried for so long is lifted, and lifts so far apart are two [s].
LIFT_TIME = 0.2
# Touches so far apart are two [s]; lighter ones are none [N].
TOUCH_GAP, TOUCH_FORCE = 0.5, 0.5
# What is faster is still on its way [m/s].
AT_REST = 0.02


@dataclass(frozen=True)
class CellEvents:
    """Counts since the last reset, and the place of each object: IN_BIN, IN_GRIPPER, a place area's name or
    OUTSIDE.

    ``wall_force``: greatest force between robot and bin [N]. ``last``: one sentence.
    """

    lifts: int = 0
    double_picks: int = 0
    wall_contacts: int = 0
    wall_force: float = 0.0
    places: tuple[tuple[str, str], ...] = ()
    last: str = ""


class EventWatch:
    """Looks at the cell again and again and keeps count.

    Args:
        links: of the robot, those that move.
    """

    def __init__(self, links: Sequence[str], bin: CellBin | None, marks: PlaceMarks) -> None:
        self._links, self._bin, self._marks = links, bin, marks
        self.reset()

    def reset(self) -> None:
        """Forget all: the cell starts anew."""
        self.events = CellEvents()
        self._carried_since: dict[str, float] = {}
        self._lifted: set[str] = set()
        self._was_double = False
        self._touched_at = -TOUCH_GAP

    def look(self, scene: Scene, data: mujoco.MjData, now_s: float) -> CellEvents:
        """Count what has happened since the last look; often enough is every 10 ms."""
        contacts = Contacts(scene, data)
        self._look_at_lifts(contacts.carried_by(self._links), now_s)
        if self._bin is not None:
            self._look_at_walls(contacts.force(self._links, BIN_BODY), now_s)
        self._look_at_places(scene, data)
        return self.events

    def _look_at_lifts(self, carried: set[str], now_s: float) -> None:
        self._carried_since = {name: self._carried_since.get(name, now_s) for name in sorted(carried)}
        lifted = {name for name, since in self._carried_since.items() if now_s - since >= LIFT_TIME}
        if lifted and not self._lifted:
            self._note(f"{' and '.join(sorted(lifted))} lifted", lifts=1)
        if len(lifted) > 1 and not self._was_double:
            self._note(f"{' and '.join(sorted(lifted))} lifted at once", double_picks=1)
        # A lift lasts until the gripper carries nothing: what slips off one of two does not start another.
        self._was_double = bool(lifted) and (self._was_double or len(lifted) > 1)
        self._lifted = lifted

    def _look_at_walls(self, force: float, now_s: float) -> None:
        if force <= TOUCH_FORCE:
            return
        if now_s - self._touched_at > TOUCH_GAP:
            self._note("the robot touched the bin", wall_contacts=1)
        self._touched_at = now_s
        if force > self.events.wall_force:
            self.events = replace(self.events, wall_force=force)

    def _look_at_places(self, scene: Scene, data: mujoco.MjData) -> None:
        before = dict(self.events.places)
        places = {
            placed.name: self._place(scene, data, placed.name, before.get(placed.name))
            for placed in scene.objects
        }
        for name, place in places.items():
            if place == OUTSIDE and before.get(name, OUTSIDE) != OUTSIDE:
                self._note(f"{name} lies outside of bin and place areas")
        if places != before:
            self.events = replace(self.events, places=tuple(places.items()))

    def _place(self, scene: Scene, data: mujoco.MjData, name: str, before: str | None) -> str:
        if name in self._lifted:
            return IN_GRIPPER
        if before is not None and speed(data.qvel[scene.object_dof(name)]) > AT_REST:
            return before
        middle = data.qpos[scene.object_qpos(name)][:3]
        if self._bin is not None and self._bin.holds(middle):
            return IN_BIN
        for area, mark in self._marks.named.items():
            if mark.holds(middle):
                return area
        return OUTSIDE

    def _note(self, what: str, *, lifts: int = 0, double_picks: int = 0, wall_contacts: int = 0) -> None:
        """Tell of something, and count it up."""
        now = self.events
        self.events = replace(
            now,
            lifts=now.lifts + lifts,
            double_picks=now.double_picks + double_picks,
            wall_contacts=now.wall_contacts + wall_contacts,
            last=f"{what}.",
        )
