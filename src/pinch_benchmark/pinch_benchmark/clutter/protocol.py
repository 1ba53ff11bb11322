# SPDX-License-Identifier: Apache-2.0
"""The protocols: decluttering as VGN and GIGA published it (packed, pile), and a bin of 25 (Dex-Net 4.0)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from pinch_benchmark.clutter.peers_noise import PeersNoise
from pinch_benchmark.errors import BenchmarkError
from pinch_benchmark.physics.physics_config import GripperPhysicsConfig, MotionConfig
from pinch_core.config import load_yaml
from pinch_core.config_kinds import HEAP
from pinch_core.depth_noise.chain import DepthNoise
from pinch_core.depth_noise.structured_light import StructuredLightNoise
from pinch_core.resources import find_config
from pinch_datagen.heaps.heap_config import HeapConfig
from pinch_datagen.parallel_jaw.robust_quality import QualityConfig
from pinch_datagen.physics.convex_parts import DecompositionConfig
from pinch_datagen.scene.view_sampler import CameraConfig

# Of the decluttering benchmark [m]; objects beyond its sides have fallen out.
WORKSPACE_SIDE = 0.30

VIEWS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"top": (0.0, 0.0), "side": (math.radians(60), math.radians(60))}
)
NOISES: Mapping[str, DepthNoise] = MappingProxyType({"sensor": StructuredLightNoise(), "peers": PeersNoise()})


@dataclass(frozen=True)
class ClutterProtocol:
    """How a round goes.

    ``heap``: name in config/heaps. ``gripper``: the published one. ``camera``: the ranges it is drawn from,
    once a round. ``stop_on_contact``: whether too much force ends an approach, as an arm's guard does, else
    the gripper pushes on as in the decluttering benchmark. ``one_at_a_time``: whether a success is exactly
    one object that stays through a shake; else anything between the fingers. ``refusal_ends``: whether a
    round ends when no grasp is planned; else that counts as a failure. ``most_failures``: so many in a row
    end it; ``most_attempts``: and so many in all. ``pushes``: so many in a row are executed where a method
    expects more of them than of a grasp.
    """

    name: str
    heap: str
    gripper: str
    camera: CameraConfig
    stop_on_contact: bool
    one_at_a_time: bool
    refusal_ends: bool
    most_failures: int
    most_attempts: int
    pushes: int
    motion: MotionConfig
    physics: GripperPhysicsConfig = field(default_factory=GripperPhysicsConfig)
    decomposition: DecompositionConfig = field(default_factory=DecompositionConfig)
    quality: QualityConfig = field(default_factory=QualityConfig)

    @property
    def heap_config(self) -> HeapConfig:
        """How its heaps are made.

        Raises:
            PinchError: the preset is not there or damaged.
        """
        return load_yaml(HeapConfig, find_config("heaps", self.heap), HEAP)


# Fast over the last 5 cm, as the decluttering benchmark's pre-grasp has it; pushes of 10 mm are failures.
_DECLUTTER = MotionConfig(
    approach_length=0.05, approach_time=0.25, max_push=0.010, lift=0.10, lift_time=0.5, shake_time=1.0
)
_DECLUTTER_CAMERA = CameraConfig(
    radius=(0.6, 0.6), polar=VIEWS["top"], focal=(540.0, 540.0), width=640, height=480
)
_PACKED = ClutterProtocol(
    "packed",
    "packed",
    "panda",
    _DECLUTTER_CAMERA,
    stop_on_contact=False,
    one_at_a_time=False,
    refusal_ends=True,
    most_failures=2,
    most_attempts=50,
    pushes=0,
    motion=_DECLUTTER,
)
PROTOCOLS: Mapping[str, ClutterProtocol] = MappingProxyType(
    {
        "packed": _PACKED,
        "pile": replace(_PACKED, name="pile", heap="pile"),
        "bin25": ClutterProtocol(
            "bin25",
            "bin25",
            "yumi",
            CameraConfig(radius=(0.7, 0.8), polar=(0.0, 0.1), width=640, height=480),
            stop_on_contact=True,
            one_at_a_time=True,
            refusal_ends=False,
            most_failures=10,
            most_attempts=75,
            pushes=3,
            # High enough to carry what hangs down over the rim.
            motion=replace(_DECLUTTER, lift=0.20, lift_time=0.8),
        ),
    }
)


def find_protocol(name: str, view: str) -> ClutterProtocol:
    """The protocol of that name, seen from ``top`` or ``side``.

    Raises:
        BenchmarkError: there is no such protocol or view.
    """
    if name not in PROTOCOLS:
        raise BenchmarkError(f"scene '{name}' is not known; there are {', '.join(PROTOCOLS)}.")
    if view not in VIEWS:
        raise BenchmarkError(f"view '{view}' is not known; there are {', '.join(VIEWS)}.")
    found = PROTOCOLS[name]
    return found if view == "top" else replace(found, camera=replace(found.camera, polar=VIEWS[view]))


def find_noise(name: str) -> DepthNoise:
    """The noise of that name.

    Raises:
        BenchmarkError: there is none.
    """
    if name not in NOISES:
        raise BenchmarkError(f"noise '{name}' is not known; there are {', '.join(NOISES)}.")
    return NOISES[name]
