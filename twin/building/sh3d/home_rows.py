"""Rows of a .sh3d file as written: centimetres, radians, y down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from twin.building.archive import Archive
from twin.building.limits import refuse, warn
from twin.building.sh3d import materials
from twin.model.ids import clean_name
from twin.model.problem import Problem, ProblemError

type Sh3dRow = dict[str, Any]
"""One thing of the file. Colours are `AARRGGBB`, textures and models entries of the archive; what `figures` lists is a
number, everything else text, a truth, or a list of rows (`points`, `sashes`, `sources`, `skirts`, `materials`,
`patterns`)."""

DEEPEST = 40
"""Furniture groups inside furniture groups."""


@dataclass(slots=True)
class Sh3dHome:
    """Rows by what they are; the readers of `home_xml` and `home_java` fill it, `figures` checks its numbers."""

    archive: Archive
    version: str = ""
    title: str = ""
    wall_height: float = 250.0
    levels: list[Sh3dRow] = field(default_factory=list[Sh3dRow])
    rooms: list[Sh3dRow] = field(default_factory=list[Sh3dRow])
    walls: list[Sh3dRow] = field(default_factory=list[Sh3dRow])
    pieces: list[Sh3dRow] = field(default_factory=list[Sh3dRow])
    labels: list[Sh3dRow] = field(default_factory=list[Sh3dRow])
    compass: Sh3dRow = field(default_factory=dict[str, Any])
    problems: list[Problem] = field(default_factory=list[Problem])
    _pictures: dict[str, materials.Rgba | None] = field(default_factory=dict[str, "materials.Rgba | None"])

    def picture(self, name: object) -> materials.Rgba | None:
        """The mean colour of a texture; each picture is looked at once."""
        key = str(name or "")
        if key not in self._pictures:
            self._pictures[key] = materials.picture(self.archive, key)
        return self._pictures[key]

    def number(self, row: Sh3dRow, name: str, default: float = 0.0) -> float:
        """A number that was checked; the default where the row has none."""
        return float(row.get(name, default))

    def warn(self, code: str, what: str, thing: str, remedy: str) -> None:
        """Keeps a problem with one thing of the home."""
        where = f"{self.archive.path}, {thing}" if thing else str(self.archive.path)
        self.problems.append(warn(code, what, where, remedy))

    def too_deep(self) -> None:
        """Says once that furniture is nested beyond reason."""
        if not any(problem.code == "sh3d.deep" for problem in self.problems):
            self.warn(
                "sh3d.deep",
                "Furniture groups are nested too deep; the innermost were left out",
                "",
                "Ungroup furniture in Sweet Home 3D",
            )


def label(kind: str, row: Sh3dRow, number: int) -> str:
    """What a person calls a thing of the home: its name, else its number."""
    name = clean_name(str(row.get("name") or ""))
    return f"{kind} “{name}”" if name else f"{kind} {number + 1}"


def no_home(archive: Archive) -> ProblemError:
    """The exception for an archive that is none of ours."""
    return refuse(
        "sh3d.no_home",
        "The archive holds no Sweet Home 3D home",
        str(archive.path),
        "Save the home again in Sweet Home 3D",
    )
