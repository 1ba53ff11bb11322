# SPDX-License-Identifier: Apache-2.0
"""Options of the recordings that the tests share."""

from __future__ import annotations

from pinch_bags.synth.bag_config import SimulatedBagConfig

SIMULATED = SimulatedBagConfig(scenes=3, frames=3, attempts=2, pool=12)
