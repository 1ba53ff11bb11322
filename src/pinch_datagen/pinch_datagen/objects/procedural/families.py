# SPDX-License-Identifier: Apache-2.0
"""All families of procedural objects by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pinch_datagen.objects.procedural import (
    adversarial,
    composites,
    extruded,
    household,
    lathed,
    rings,
    smooth,
)
from pinch_datagen.objects.procedural.solids import Family

_FAMILIES: tuple[Family, ...] = (
    smooth.superquadric,
    smooth.lump,
    smooth.egg,
    lathed.vase,
    lathed.spindle,
    lathed.bottle,
    lathed.cup,
    lathed.bowl,
    lathed.goblet,
    lathed.can,
    extruded.polygon_prism,
    extruded.star_prism,
    extruded.profile_bar,
    extruded.tube,
    extruded.slab,
    extruded.arrow_plate,
    rings.ring,
    rings.washer,
    rings.mug,
    rings.pan,
    rings.chain_link,
    rings.hook,
    rings.key,
    rings.basket,
    rings.spool,
    composites.union,
    composites.carved,
    composites.common,
    composites.pile,
    household.hammer,
    household.screwdriver,
    household.spray_bottle,
    household.wrench,
    household.dumbbell,
    household.brush,
    household.tap,
    household.light_bulb,
    household.toy_brick,
    household.plug,
    household.remote_control,
    household.toy_animal,
    household.banana,
    household.pliers,
    household.spoon,
    household.pot,
    household.tape_roll,
    household.clothes_peg,
    household.candle_stick,
    household.glasses_case,
    adversarial.pyramid,
    adversarial.cone,
    adversarial.wedge,
    adversarial.lens,
    adversarial.twisted_bar,
    adversarial.comb,
    adversarial.slotted_block,
    adversarial.well,
    adversarial.prongs,
    adversarial.facetted_ball,
    adversarial.dome,
    adversarial.saddle,
)

FAMILIES: Mapping[str, Family] = MappingProxyType({family.__name__: family for family in _FAMILIES})
