# SPDX-License-Identifier: Apache-2.0
"""Every setting of the grasp executor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError
from pinch_executor.embedded.planner import EmbeddedPlannerConfig
from pinch_executor.moveit.moveit_config import MoveItPlannerConfig
from pinch_executor.parallel_jaw.jaw_config import JawConfig
from pinch_executor.place_area import PlacingConfig
from pinch_executor.stage_config import StagesConfig
from pinch_executor.trajectory_guard import Workspace


@configclass
class MotionConfig:
    """How far and how fast the arm moves."""

    velocity_scaling: float = setting(
        default=0.5, help="share of the joints' velocity limits", lower=0.01, upper=1.0
    )
    acceleration_scaling: float = setting(
        default=0.5, help="share of the joints' acceleration limits", lower=0.01, upper=1.0
    )
    approach_speed: float = setting(
        default=0.10,
        unit="m/s",
        help="greatest TCP speed on the straight lines of approach and lift",
        lower=0.005,
        upper=1.0,
    )
    retreat_distance: float = setting(
        default=0.10,
        unit="m",
        help="length of the straight way up after a release, in a recovery, and before going home from low",
        lower=0.02,
        upper=0.4,
    )
    contact_distance: float = setting(
        default=0.06,
        unit="m",
        help="last stretch of the approach on which fingers may touch the object",
        lower=0.0,
        upper=0.3,
    )
    contact_deviation: float = setting(
        default=0.02,
        unit="rad",
        help="deviation of a joint that means contact where an object is lowered; 0: the controller's own",
        lower=0.0,
        upper=0.5,
    )
    start_tolerance: float = setting(
        default=0.03,
        unit="rad",
        help="farthest a joint may stand from where a trajectory starts",
        lower=1e-4,
        upper=0.2,
    )
    home_tolerance: float = setting(
        default=0.05,
        unit="rad",
        help="farthest a joint may stand from home and count as there",
        lower=1e-3,
        upper=0.5,
    )
    standstill: float = setting(
        default=0.05,
        unit="rad/s",
        help="joint speed below which the arm counts as standing",
        lower=1e-3,
        upper=0.5,
    )


@configclass
class SurroundingsConfig:
    """What the arm must not touch, besides itself."""

    table_height: float = setting(
        default=0.0, unit="m", help="top of the table in the base frame", lower=-2.0, upper=2.0
    )
    table_clearance: float = setting(
        default=0.001,
        unit="m",
        help="distance that fingers and arm keep from the table",
        lower=0.0,
        upper=0.1,
    )
    clearance: float = setting(
        default=0.01, unit="m", help="distance kept from keep-out boxes", lower=0.0, upper=0.2
    )
    object_above_tcp: float = setting(
        default=0.01,
        unit="m",
        help="how far an object is taken to reach up between the fingers",
        lower=0.0,
        upper=0.1,
    )
    from_image: bool = setting(
        default=True, help="whether the arm keeps clear of what the camera sees round the grasps"
    )
    keep_out: tuple[float, ...] = setting(
        default=(),
        unit="m",
        help="boxes never to be touched, six numbers each: least x, y, z, then greatest, in the base frame",
        lower=-10.0,
        upper=10.0,
    )

    def __post_init__(self) -> None:
        if len(self.keep_out) % 6 != 0:
            raise ConfigError(
                f"surroundings.keep_out has {len(self.keep_out)} numbers; give six for each box."
            )


@configclass
class TimeoutConfig:
    """How long each stage may take, in the robot's time (simulated time where use_sim_time is set)."""

    plan_grasps: float = setting(
        default=30.0, unit="s", help="answer of the grasp planner", lower=0.1, upper=600.0
    )
    server: float = setting(
        default=5.0,
        unit="s",
        help="wait for a server to appear, and for it to take or reject a goal",
        lower=0.1,
        upper=60.0,
    )
    motion_factor: float = setting(
        default=2.0, help="a motion may take this many times its planned duration ...", lower=1.0, upper=100.0
    )
    motion_margin: float = setting(
        default=3.0, unit="s", help="... and this much longer", lower=0.0, upper=60.0
    )
    gripper: float = setting(
        default=5.0, unit="s", help="opening or closing the fingers", lower=0.1, upper=60.0
    )
    stop: float = setting(
        default=1.0,
        unit="s",
        help="from asking a controller to stop until it says it has",
        lower=0.05,
        upper=30.0,
    )
    joint_state_age: float = setting(
        default=0.5, unit="s", help="oldest joint state to act on", lower=0.02, upper=10.0
    )
    camera_silence: float = setting(
        default=2.0,
        unit="s",
        help="without a frame of the camera, after which a pick that acts on what it saw is stopped",
        lower=0.1,
        upper=600.0,
    )
    clock_silence: float = setting(
        default=10.0,
        unit="s",
        help="wall time without the clock advancing after which a wait is given up",
        lower=0.5,
        upper=600.0,
    )
    tf: float = setting(
        default=1.0, unit="s", help="wait for the transform at the stamp of a grasp", lower=0.0, upper=60.0
    )


@configclass
class RetryConfig:
    """How often to try."""

    max_grasps: int = setting(
        default=10,
        help="ranked grasps asked of the planner in each attempt, where the goal does not say",
        lower=1,
        upper=200,
    )
    failed_radius: float = setting(
        default=0.015,
        unit="m",
        help="grasps this close to one that failed are not tried again in the same pick",
        lower=0.0,
        upper=0.5,
    )


@configclass
class ClearingConfig:
    """When clearing a bin pushes, and when it gives up."""

    max_attempts: int = setting(
        default=500, help="attempts to grasp, where the goal does not say", lower=1, upper=100000
    )
    push_after: int = setting(
        default=3, help="failed attempts in a row after which a push is tried", lower=1, upper=100
    )
    still_attempts: int = setting(
        default=3,
        help="attempts in a row that found nothing to try, after which a push is tried or the goal ends",
        lower=1,
        upper=100,
    )
    max_pushes: int = setting(default=3, help="pushes between two successful picks", lower=0, upper=100)
    least_gain: float = setting(
        default=0.05,
        help="gain in the quality of the best grasp that a push must promise",
        lower=0.0,
        upper=1.0,
    )
    give_up_after: int = setting(
        default=10, help="failed attempts in a row after which the goal ends", lower=1, upper=1000
    )


@configclass
class RecordingConfig:
    """Attempts on disk, for ``pinch finetune --attempts``."""

    folder: str = setting(
        default="", help="where attempts.csv and its images are appended; empty: nothing is recorded"
    )
    images: int = setting(
        default=45, help="newest depth images kept until the grasps planned on them come", lower=1, upper=1000
    )


# Names that parameters had in version 1, and what is to be set now.
RENAMED: Mapping[str, str] = MappingProxyType(
    {
        "hand.opening_margin": "parallel_jaw.depths.opening_margin of the grasp planner",
        "hand.force": "gripper.force",
        "hand.empty_width": "gripper.empty_opening",
        "hand.least_travel": "gripper.least_travel",
        "hand.drop_width": "gripper.drop_opening",
        "hand.drop_share": "gripper.drop_share",
        "hand.position_tolerance": "gripper.position_tolerance",
        "motion.approach_distance": "motion.approach_distance of the grasp planner",
        "motion.lift_distance": "motion.retreat_distance, and motion.retreat_distance of the grasp planner",
        "surroundings.object_above_tool": "surroundings.object_above_tcp",
        "bin_names": "place_area_names",
        # Those of 1.0's own file: others came with bin_names.
        **{
            f"bins.{name}.{field}": f"place_areas.{name}.{field}, and place_areas.{name}.size"
            for name in ("right", "left")
            for field in ("position", "yaw")
        },
    }
)


@configclass
class ExecutorConfig:
    """The grasp executor; the robot by name, the rest by stage."""

    robot: str = setting(default="panda", help="name of a file in config/robots, or the path of one")
    motion_planner: str = setting(
        default="embedded", help="what plans the arm's motions: embedded, or moveit"
    )
    planner_action: str = setting(
        default="grasp_planner/plan_grasps", help="PlanGrasps action that pick asks for grasps"
    )
    push_action: str = setting(
        default="grasp_planner/plan_push", help="PlanPush action that clear_bin asks for pushes"
    )
    place_area_names: tuple[str, ...] = setting(
        default=("right", "left"), help="place areas; each has its settings under place_areas.<name>"
    )
    motion: MotionConfig = field(default_factory=MotionConfig)
    workspace: Workspace = field(default_factory=Workspace)
    surroundings: SurroundingsConfig = field(default_factory=SurroundingsConfig)
    gripper: JawConfig = field(default_factory=JawConfig)
    timeouts: TimeoutConfig = field(default_factory=TimeoutConfig)
    placing: PlacingConfig = field(default_factory=PlacingConfig)
    retries: RetryConfig = field(default_factory=RetryConfig)
    clearing: ClearingConfig = field(default_factory=ClearingConfig)
    stages: StagesConfig = field(default_factory=StagesConfig)
    recording: RecordingConfig = field(default_factory=RecordingConfig)
    embedded: EmbeddedPlannerConfig = field(default_factory=EmbeddedPlannerConfig)
    moveit: MoveItPlannerConfig = field(default_factory=MoveItPlannerConfig)
