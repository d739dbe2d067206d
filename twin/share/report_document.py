"""A report as data, in one language: key figures, tables, charts and texts; drawn as PDF and written as a workbook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit; None and NaN are unknown."""

    value: float | None
    digits: int = 0
    unit: str = ""

    @property
    def known(self) -> bool:
        """Whether there is a number."""
        return self.value is not None and isfinite(self.value)


type Cell = str | Amount


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One figure that stands above the tables: what, how much, and a note in small type."""

    label: str
    value: Cell
    note: str = ""


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """Key figures side by side."""

    figures: tuple[KeyFigure, ...]


@dataclass(frozen=True, slots=True)
class ReportGrid:
    """Rows under a head, each with as many cells; `total`: the last row is the sum."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: bool = False
    empty: str = ""
    """What stands in place of no rows."""


@dataclass(frozen=True, slots=True)
class BarChart:
    """A bar per label; None and NaN are drawn as unknown."""

    title: str
    labels: tuple[str, ...]
    values: tuple[float | None, ...]
    unit: str
    digits: int = 1


@dataclass(frozen=True, slots=True)
class ReportLines:
    """Texts below each other; `small`: sources, assumptions and notes."""

    texts: tuple[str, ...]
    small: bool = False


@dataclass(frozen=True, slots=True)
class ReportPhoto:
    """A picture, JPEG or PNG."""

    data: bytes
    caption: str = ""


@dataclass(frozen=True, slots=True)
class ReportPlan:
    """Outlines of a storey's rooms (rings in metres, x east, y north), one of them marked, and a spot in it."""

    rooms: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]
    """(name, outer ring)."""
    marked: int | None = None
    spot: tuple[float, float] | None = None
    caption: str = ""


type Block = KeyFigures | ReportGrid | BarChart | ReportLines | ReportPhoto | ReportPlan


@dataclass(frozen=True, slots=True)
class ReportSection:
    """Blocks under a heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class ReportLabels:
    """Texts that the writers add to the content, in the report's language."""

    unknown: str
    page: str
    """Foot of a page; its number and their count take the places of `{page}` and `{pages}`."""
    program: str
    contents: str
    """Name of the first sheet of a workbook."""


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """The whole content of a report. `facts`: (what, value) below the title: place, period, time zone, when it was made."""

    title: str
    building: str
    period: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[ReportSection, ...]
    labels: ReportLabels
    language: str = "en"
    number: Callable[[float, int], str] = field(default="{0:,.{1}f}".format, compare=False)
    """A number with so many decimals, as the language writes it."""

    def text(self, cell: Cell) -> str:
        """A cell as people read it."""
        if isinstance(cell, str):
            return cell
        if cell.value is None or not isfinite(cell.value):
            return self.labels.unknown
        number = self.number(cell.value, cell.digits)
        return f"{number} {cell.unit}" if cell.unit else number
