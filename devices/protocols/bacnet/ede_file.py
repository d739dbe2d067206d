"""Engineering Data Exchange: the CSV files in which engineers hand over the objects of BACnet devices, with the texts of their
states and units (BACnet Interest Group Europe, "EDE files", layouts 2.0 to 2.3).

A site's file has the objects of many devices. Titles stand in a comment; without them the columns are in the standard's order.
"""

from __future__ import annotations

import contextlib
import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devices.exported_text import decoded, delimiter_of
from devices.protocols.bacnet.bacnet_objects import BINARY, MULTISTATE, NONE, TYPES
from devices.protocols.bacnet.bacnet_values import object_type_name, unit_name
from twin.files.opening import regular
from twin.model.ids import clean_name
from twin.model.problem import Problem, ProblemError
from twin.model.skipped import Skipped
from twin.model.text import Text, why

MAX_BYTES = 8 << 20
MAX_INSTANCE = 4_194_302
COLUMNS = (
    "keyname", "deviceobjinstance", "objectname", "objecttype", "objectinstance", "description", "presentvaluedefault",
    "minpresentvalue", "maxpresentvalue", "settable", "supportscov", "hilimit", "lowlimit", "statetextreference", "unitcode",
)  # fmt: skip
"""Columns in the standard's order, by the letters of their titles."""
SPELLINGS = {
    "commandable": "settable",
    "deviceobjectinstance": "deviceobjinstance",
    "deviceinstance": "deviceobjinstance",
}
HEADINGS = frozenset({
    "projectname", "versionofreferencefile", "timestampoflastchange", "authoroflastchange", "versionoflayout",
    "limitedresources",
})  # fmt: skip
"""Keywords of the lines above the table."""
NUMBERS = {
    0: "analog-input", 1: "analog-output", 2: "analog-value", 3: "binary-input", 4: "binary-output", 5: "binary-value",
    13: "multi-state-input", 14: "multi-state-output", 19: "multi-state-value", 23: "accumulator", 24: "pulse-converter",
    45: "integer-value", 46: "large-analog-value", 48: "positive-integer-value",
}  # fmt: skip
"""Object types that are read, by number (ASHRAE 135-2020, clause 21, BACnetObjectType)."""
_NAMES = {re.sub(r"\W", "", name): name for name in TYPES}


@dataclass(frozen=True, slots=True, kw_only=True)
class EdeObject:
    """One row: an object of a device, and what the engineer calls it."""

    line: int
    device: int
    object: str
    """Object identifier, such as `analog-input,3`."""
    name: str
    description: str = ""
    minimum: float | None = None
    maximum: float | None = None
    settable: bool | None = None
    cov: bool | None = None
    """Whether it notifies changes of value; None where the file leaves that open."""
    states: int | None = None
    unit: int | None = None


@dataclass(slots=True)
class EdeFile:
    """The objects of all devices of a file; `faults` are the lines that could not be read."""

    path: str
    objects: dict[tuple[int, str], EdeObject] = field(default_factory=dict[tuple[int, str], EdeObject])
    other: Counter[tuple[int, str]] = field(default_factory=Counter[tuple[int, str]])
    """Number of objects of the types that are not read, by device and type."""
    faults: list[Skipped] = field(default_factory=list[Skipped])
    state_texts: Mapping[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    unit_texts: Mapping[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])

    def of_device(self, device: str) -> dict[str, EdeObject]:
        """The objects of a device (`device,7`). Raises ProblemError where there are none."""
        instance = int(device.partition(",")[2])
        found = {object: row for (of, object), row in self.objects.items() if of == instance}
        if not found:
            raise ede_problem(self.path, Text("bacnet.ede_other_device", device=instance))
        return found

    def unread(self, device: str) -> Counter[str]:
        """How many objects of a device have a type that is not read, by type."""
        instance = int(device.partition(",")[2])
        return Counter({type: count for (of, type), count in self.other.items() if of == instance})

    def with_row(self, properties: Mapping[str, Any], row: EdeObject) -> dict[str, Any]:
        """An object's properties with those of its row: names, texts of states and what may be set are the engineer's; units and
        limits are the device's, where it has them, for its values are in them."""
        named = clean_name(row.description)
        label = f"{named} ({row.name})" if named and named != row.name else row.name
        given: dict[str, Any] = {"object-name": label, "settable": row.settable}
        if row.states is not None and (texts := self.state_texts.get(row.states)):
            family = TYPES[row.object.partition(",")[0]]
            if family == BINARY and len(texts) > 1:
                given |= {"inactive-text": texts[0], "active-text": texts[1]}
            elif family == MULTISTATE:
                given |= {"state-text": list(texts)}
        if row.unit is not None and _is_open(properties.get("units", NONE)):
            given["units"] = self._unit(row.unit)
        limits = {"min-pres-value": row.minimum, "max-pres-value": row.maximum}
        return {key: limit for key, limit in limits.items() if limit is not None} | dict(properties) | given

    def _unit(self, code: int) -> str:
        named, texts = unit_name(code), self.unit_texts.get(code)
        return texts[0] if texts and _is_open(named) else named


def _is_open(unit: object) -> bool:
    """Whether a unit is none, or a maker's number."""
    return unit == NONE or str(unit).isdecimal()


def read_ede(path: str, state_texts: str = "", unit_texts: str = "") -> EdeFile:
    """The objects of an EDE file, with the texts of two others; without their paths they are looked for beside it, as
    `site_StateTexts.csv` and `site_Units.csv` beside `site_EDE.csv`. Blocks; raises ProblemError."""
    ede = from_csv(path, _text(path))
    states = state_texts or _beside(path, "statetexts")
    units = unit_texts or _beside(path, "units")
    ede.state_texts = dict(_numbered(_text(states))) if states else {}
    ede.unit_texts = dict(_numbered(_text(units))) if units else {}
    if not states and any(row.states is not None for row in ede.objects.values()):
        ede.faults.append(Skipped(Path(path).name, Text("bacnet.ede_no_states")))
    elif states:
        ede.faults += [
            Skipped(_place(path, row.line), Text("bacnet.ede_states", number=row.states))
            for row in ede.objects.values()
            if row.states is not None and row.states not in ede.state_texts
        ]
    return ede


def from_csv(path: str, text: str) -> EdeFile:
    """The objects in a file's text; a line that cannot be read is a fault, and the others are read. Raises ProblemError where
    there are none."""
    ede, columns = EdeFile(path), {name: n for n, name in enumerate(COLUMNS)}
    for line, row in _rows(text):
        letters = [re.sub(r"\W|_", "", cell).lower() for cell in row]
        if "objecttype" in letters and "objectinstance" in letters:
            columns = {SPELLINGS.get(name, name): n for n, name in enumerate(letters) if name}
        elif not row[0].lstrip().startswith("#") and letters[0] not in HEADINGS:
            _take(ede, line, {name: row[n].strip() for name, n in columns.items() if n < len(row)})
    if not ede.objects:
        raise ede_problem(path, Text("bacnet.ede_empty"))
    return ede


def _take(ede: EdeFile, line: int, cells: Mapping[str, str]) -> None:
    device, instance = _number(cells, "deviceobjinstance"), _number(cells, "objectinstance")
    type, known = _type(cells.get("objecttype", ""))
    if device is None or instance is None or not known:
        ede.faults.append(Skipped(_place(ede.path, line), Text("bacnet.ede_row")))
    elif not type:
        ede.other[device, object_type_name(int(cells["objecttype"]))] += 1
    elif (key := (device, f"{type},{instance}")) in ede.objects:
        ede.faults.append(
            Skipped(_place(ede.path, line), Text("bacnet.ede_twice", object=key[1], line=ede.objects[key].line))
        )
    else:
        ede.objects[key] = EdeObject(
            line=line, device=device, object=key[1],
            name=clean_name(cells.get("objectname") or cells.get("keyname", "")) or f"{type} {instance}",
            description=cells.get("description", ""),
            minimum=_decimal(cells, "minpresentvalue"), maximum=_decimal(cells, "maxpresentvalue"),
            settable=_truth(cells, "settable"), cov=_truth(cells, "supportscov"),
            states=_number(cells, "statetextreference"), unit=_number(cells, "unitcode"),
        )  # fmt: skip


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, with their line numbers; a line is a row, so that a stray quote spoils no other."""
    delimiter = delimiter_of(text)
    for line, words in enumerate(text.replace("\0", "").splitlines(), 1):
        row: list[str] = []
        with contextlib.suppress(csv.Error):  # a cell beyond all limits
            row = next(csv.reader([words], delimiter=delimiter), row)
        if any(cell.strip() for cell in row):
            yield line, row


def _numbered(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The texts of a second file: a number, and what it stands for."""
    for _, (first, *texts) in _rows(text):
        while texts and not texts[-1].strip():
            texts.pop()
        if first.strip().isdecimal() and len(first.strip()) < 8 and texts:
            yield int(first), tuple(clean_name(one) for one in texts)


def _type(cell: str) -> tuple[str, bool]:
    """The object type of a number or a name, empty for one that is not read; and whether it is one."""
    if cell.isdecimal() and len(cell) < 5:
        return NUMBERS.get(int(cell), ""), int(cell) < 1024  # 10 bits (clause 20.2.14)
    name = _NAMES.get(re.sub(r"\W|_", "", cell).lower(), "")
    return name, bool(name)


def _number(cells: Mapping[str, str], name: str) -> int | None:
    cell = cells.get(name, "")
    number = int(cell) if cell.isdecimal() and len(cell) < 9 else None
    return number if number is not None and number <= MAX_INSTANCE else None


def _decimal(cells: Mapping[str, str], name: str) -> float | None:
    try:
        return float(cells.get(name, "").replace(",", "."))
    except ValueError:
        return None


def _truth(cells: Mapping[str, str], name: str) -> bool | None:
    first = cells.get(name, "")[:1].lower()
    return True if first in ("y", "j", "1", "t") else False if first in ("n", "0", "f") else None


def _text(path: str) -> str:
    try:
        file = regular(Path(path).expanduser())
        if file.stat().st_size > MAX_BYTES:
            raise ede_problem(path, Text("bacnet.ede_large"))
        return decoded(file.read_bytes())
    except (OSError, ValueError, RuntimeError) as error:  # a RuntimeError: `~name` of nobody
        raise ede_problem(path, why(error)) from None


def _beside(path: str, what: str) -> str:
    """The file with texts that belongs to an EDE file by its name; empty where there is none."""
    ede = Path(path).expanduser()
    site = re.sub(r"\W|_", "", ede.stem).lower().removesuffix("ede")
    return next((str(one) for one in _siblings(ede) if re.sub(r"\W|_", "", one.stem).lower() == site + what), "")


def _siblings(file: Path) -> Iterable[Path]:
    with contextlib.suppress(OSError):
        return sorted(file.parent.glob(f"*{file.suffix}"))
    return ()


def _place(path: str, line: int) -> str:
    return f"{Path(path).name}:{line}"


def ede_problem(path: str, reason: Text) -> ProblemError:
    """Why an EDE file gives no objects."""
    return ProblemError(Problem(code="bacnet.ede", args={"why": reason}, where=path))
