# SPDX-License-Identifier: Apache-2.0
"""What the simulated gripper is made of and how it moves."""

from __future__ import annotations

from pinch_core.config import configclass, setting


@configclass
class GripperPhysicsConfig:
    """The drives of gripper and fingers, and what the pads are made of."""

    timestep: float = setting(default=0.002, unit="s", help="physics period", lower=2e-4, upper=4e-3)
    stiffness: float = setting(
        default=5000.0,
        unit="N/m",
        help="of the servo that holds the gripper's place, that of an arm",
        lower=100.0,
        upper=1e5,
    )
    angular_stiffness: float = setting(
        default=200.0, unit="N m/rad", help="of the servo that holds its orientation", lower=1.0, upper=1e5
    )
    mass: float = setting(
        default=2.0, unit="kg", help="of the gripper, with what of the arm moves", lower=0.1, upper=50
    )
    grip_force: float = setting(
        default=40.0, unit="N", help="of a finger, where the gripper has as much", lower=0.1, upper=1000.0
    )
    closing_speed: float = setting(default=0.05, unit="m/s", help="of a finger", lower=0.005, upper=1.0)
    patch_radius: float = setting(
        default=0.005,
        unit="m",
        help="of a contact on the rubber pads: it holds a torque of 2/3 friction x force x radius",
        lower=0.0,
        upper=0.05,
    )


@configclass
class MotionConfig:
    """How a grasp is executed, and when the approach has failed."""

    approach_length: float = setting(
        default=0.10, unit="m", help="straight way down to the grasp", lower=0.02, upper=0.5
    )
    approach_time: float = setting(default=0.5, unit="s", help="for that way", lower=0.1, upper=10.0)
    max_contact_force: float = setting(
        default=15.0,
        unit="N",
        help="more on gripper or fingers during the approach is a collision",
        lower=0.1,
        upper=1e3,
    )
    max_push: float = setting(
        default=0.005,
        unit="m",
        help="an object pushed farther during the approach is a collision",
        lower=1e-4,
        upper=1,
    )
    squeeze_time: float = setting(
        default=0.3, unit="s", help="from closed fingers to the lift", lower=0.0, upper=10.0
    )
    lift: float = setting(default=0.15, unit="m", help="height lifted", lower=0.01, upper=1.0)
    lift_time: float = setting(default=0.7, unit="s", help="for the lift", lower=0.1, upper=10.0)
    transport: float = setting(default=0.25, unit="m", help="way sideways", lower=0.0, upper=2.0)
    transport_time: float = setting(default=0.8, unit="s", help="for that way", lower=0.1, upper=10.0)
    shake_time: float = setting(
        default=1.2, unit="s", help="shaking, half of it across, half up and down", lower=0.0, upper=20
    )
    shake_frequency: float = setting(default=2.5, unit="Hz", help="of shaking", lower=0.1, upper=10.0)
    shake_amplitude: float = setting(default=0.015, unit="m", help="of shaking", lower=0.0, upper=0.1)
    shake_angle: float = setting(
        default=0.15,
        unit="rad",
        help="by which the gripper swings about its closing axis meanwhile",
        lower=0.0,
        upper=1.0,
    )
