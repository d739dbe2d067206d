"""Rows of a Sweet Home 3D file as stored: centimetres, radians, y down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from twin.building.archive import Archive
from twin.building.limits import refuse, warn
from twin.building.sh3d import materials
from twin.model.ids import clean_name
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

type Sh3dRow = dict[str, Any]
"""One row of the file.

Colours are `AARRGGBB` text, textures and models names of archive entries; numeric fields are floats after
`number_checks`, others text, bools, or lists of rows (`points`, `sashes`, `sources`, `skirts`, `materials`,
`patterns`).
"""

DEEPEST = 40
"""Deepest nesting of furniture groups."""


@dataclass(slots=True)
class Sh3dHome:
    """The rows of a home by kind; filled by `home_xml` or `home_java`, numbers checked by `number_checks`."""

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
        """The mean colour of a texture; None where it cannot be decoded. Cached."""
        key = str(name or "")
        if key not in self._pictures:
            self._pictures[key] = materials.picture(self.archive, key)
        return self._pictures[key]

    def number(self, row: Sh3dRow, name: str, default: float = 0.0) -> float:
        """A checked number of a row; the default where the row lacks it."""
        return float(row.get(name, default))

    def warn(self, code: str, place: str = "", **args: object) -> None:
        """Adds a warning; `place` is the part of the home concerned."""
        where = f"{self.archive.path}, {place}" if place else str(self.archive.path)
        self.problems.append(warn(code, where, detail="", **args))

    def warn_of(self, code: str, thing: HomeThing, **args: object) -> None:
        """Adds a warning about a thing of the home, which the sentence names as `thing`."""
        self.warn(code, str(thing), thing=thing.text, **args)

    def too_deep(self) -> None:
        """Adds the warning, once, that furniture groups are nested too deeply."""
        if not any(problem.code == "sh3d.deep" for problem in self.problems):
            self.warn("sh3d.deep")


@dataclass(frozen=True, slots=True)
class HomeThing:
    """Name of a thing of the home as shown to users: its kind and name, else its kind and number."""

    kind: str
    name: str = ""
    number: int = 0

    def __str__(self) -> str:
        return f"{self.kind} “{self.name}”" if self.name else f"{self.kind} {self.number}" if self.number else self.kind

    @property
    def text(self) -> Text:
        """The thing's name as a Text for use in a message."""
        if self.name:
            return Text("sh3d.named", kind=self.kind, name=self.name)
        return Text("sh3d.numbered", kind=self.kind, number=self.number) if self.number else Text("sh3d.home")


def thing_of(kind: str, row: Sh3dRow, index: int) -> HomeThing:
    """The thing that a row describes; `index` counts from 0."""
    return HomeThing(kind, clean_name(str(row.get("name") or "")), index + 1)


def no_home(archive: Archive) -> ProblemError:
    """The exception for an archive that contains no home."""
    return refuse("sh3d.no_home", str(archive.path))
