"""Makes a project whose building was drawn, for the picture of the plan editor: `python packaging/demo/drawn_home.py OUT.oikos`.

It is our demo home: its walls, doors, windows and names, as a person would have drawn them.
"""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from pathlib import Path

from demo_home import linden_house
from demo_plan import Level

from twin.building.plan.drawing_builder import DrawingBuilder
from twin.model import drawing_edits
from twin.model.drawing import Drawing, DrawingWithPictures, DrawnStorey, OpeningKind
from twin.model.problem import ProblemError
from twin.store.project import Project


def main() -> None:
    """Draws and keeps it."""
    out = Path(sys.argv[1])
    drawing = drawn_home()
    with Project.create(out, name=drawing.name) as project:
        project.set_drawing(DrawingWithPictures(drawing), DrawingBuilder().build(drawing))


def drawn_home() -> Drawing:
    """The demo home as a drawing."""
    plan = linden_house()
    storeys = tuple(_storey(id, level) for id, level in enumerate(plan.levels, 1))
    return Drawing(name=plan.name, site="drawn home", storeys=storeys)


def _storey(id: int, level: Level) -> DrawnStorey:
    made = DrawnStorey(id=id, name=level.name, elevation_m=level.elevation_m, height_m=level.height_m)
    for wall in level.walls:
        made = drawing_edits.add_wall(made, wall.start, wall.end, thickness_m=wall.thickness_m, height_m=wall.height_m)
    for piece in level.pieces:
        if piece.kind not in ("door", "window"):
            continue
        try:
            one = drawing_edits.new_opening(made, OpeningKind(piece.kind), piece.at, reach_m=0.3)
            width, _, height = piece.size
            made = drawing_edits.put_opening(
                made,
                replace(
                    one, width_m=width, height_m=height, sill_m=piece.lift_m, offset_m=_offset(made, one.wall, piece.at)
                ),
            )
        except ProblemError as error:
            sys.stderr.write(f"{piece.name} at {piece.at}: {error}\n")
    for room in level.rooms:
        xs, ys = zip(*room.outline, strict=True)
        if room.name == "Kitchen":
            continue  # shares its space with the dining room
        middle = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
        made = drawing_edits.name_room(made, middle, room.name.replace("Dining room", "Kitchen and dining"))
    return made


def _offset(storey: DrawnStorey, wall: int, at: tuple[float, float]) -> float:
    found = storey.wall(wall)
    return found.offset(at) if found else math.nan


if __name__ == "__main__":
    main()
