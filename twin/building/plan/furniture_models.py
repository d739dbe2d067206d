"""Table of the furniture models by name; every model is a function of its size."""

from __future__ import annotations

from collections.abc import Callable

from twin.building.plan.furniture.bathroom import basin, bathtub, shower, toilet, washer
from twin.building.plan.furniture.bedroom import bed, nightstand, wardrobe
from twin.building.plan.furniture.doors_and_windows import door, front_door, glass_wall, opening, window
from twin.building.plan.furniture.kitchen import counter, fridge, hob_counter, island, sink_counter, wall_unit
from twin.building.plan.furniture.lamps import ceiling_lamp, floor_lamp, panel_light, pendant, table_lamp
from twin.building.plan.furniture.office import desk, meeting_table, office_chair, rack, screen
from twin.building.plan.furniture.outdoor import car, deck, machine
from twin.building.plan.furniture.palette import Size
from twin.building.plan.furniture.seating_and_tables import (
    armchair,
    bookshelf,
    chair,
    coffee_table,
    curtain,
    dining_table,
    plant,
    rug,
    side_table,
    sofa,
    stool,
    tv,
)
from twin.building.plan.furniture.stairs import railing, stairs
from twin.building.plan.solids import Shape

MODELS: dict[str, Callable[[Size], Shape]] = {
    f.__name__: f
    for f in (
        sofa, armchair, coffee_table, side_table, tv, bookshelf, dining_table, chair, stool, counter, sink_counter, hob_counter,
        wall_unit, island, fridge, bed, nightstand, wardrobe, desk, office_chair, bathtub, shower, toilet, basin, washer, plant,
        rug, floor_lamp, table_lamp, pendant, ceiling_lamp, panel_light, door, front_door, opening, window, glass_wall, stairs,
        railing, curtain, meeting_table, screen, rack, machine, deck, car,
    )
}  # fmt: skip
