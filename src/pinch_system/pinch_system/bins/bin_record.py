# SPDX-License-Identifier: Apache-2.0
"""What is written down of a bin that was cleared."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class BinAttempt:
    """One attempt to grasp, or one push. Times in simulated seconds since the goal was sent.

    ``objects``: what the simulator saw in the gripper. ``error_msg``: how it ended, empty for a success.
    """

    attempt: int
    began_s: float
    ended_s: float = 0.0
    objects: list[str] = field(default_factory=list)
    placed: bool = False
    error_code: int = 0
    error_msg: str = ""
    quality: float = 0.0
    width_mm: float = 0.0


@dataclass
class BinRecord:
    """A bin from filled to cleared.

    What the executor says: ``picked``, ``attempts``, ``pushes``, ``failures`` by reason, ``picks_per_hour``
    of simulated time, ``empty``, the error. What the simulator saw: ``placed`` (objects that lie in the place
    area), ``fell_out`` and ``left`` (names), ``double_picks``, ``wall_contacts`` and the greatest
    ``wall_force_n`` [N].
    """

    seed: int
    objects: list[str] = field(default_factory=list)
    picked: int = 0
    attempts: int = 0
    pushes: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    picks_per_hour: float = 0.0
    empty: bool = False
    error_code: int = 0
    error_msg: str = ""
    placed: int = 0
    fell_out: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    lifts: int = 0
    double_picks: int = 0
    wall_contacts: int = 0
    wall_force_n: float = 0.0
    total_s: float = 0.0
    wall_s: float = 0.0
    each: list[BinAttempt] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)

    @property
    def cleared(self) -> bool:
        """Whether the simulator sees every object in the place area, and the executor an empty bin."""
        return self.error_code == 0 and self.empty and self.placed == len(self.objects)

    @property
    def sentence(self) -> str:
        """The result in one line."""
        parts = [
            f"{self.placed} of {len(self.objects)} objects placed in {self.attempts} attempts",
            f"{self.picks_per_hour:.0f} picks per hour (simulated time)",
            _count(self.double_picks, "double pick"),
            _count(self.wall_contacts, "wall contact"),
            f"{len(self.fell_out)} fell out",
        ]
        if self.pushes:
            parts.insert(1, _count(self.pushes, "push", "pushes"))
        return ", ".join(parts)


def _count(number: int, one: str, more: str = "") -> str:
    return f"{number} {one if number == 1 else more or one + 's'}"
