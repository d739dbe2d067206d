"""Group addresses with their names and datapoint types, and the CSV files in which ETS exports them. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from devices.exported_text import decoded, delimiter_of
from twin.model.ids import clean_name

MAX_ADDRESSES = 0xFFFF
NO_DPT = (0, 0)
_THREE = re.compile(r"(\d{1,2})/(\d)/(\d{1,3})")
_TWO = re.compile(r"(\d{1,2})/(\d{1,4})")
_DPT = re.compile(r"(?:DPS?T-)?(\d{1,3})(?:[-.](\d{1,5}))?", re.IGNORECASE)
_DPT_CELL = re.compile(r"DPS?T-\d{1,3}(-\d{1,5})?|\d{1,3}\.\d{3,5}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAddress:
    """One group address of the engineering tool (ETS)."""

    number: int
    """The 16 bits of the address."""
    name: str
    dpt: tuple[int, int] = NO_DPT
    """Main and sub number of the datapoint type; (0, 0) where there is none, sub 0 where that is open."""
    function: str = ""
    room: str = ""
    role: str = ""
    """Role within an ETS function, such as `SwitchOnOff`."""

    @property
    def text(self) -> str:
        """The address in three levels, such as `1/2/3`."""
        return address_text(self.number)


def address_text(number: int) -> str:
    """A group address in three levels."""
    return f"{number >> 11}/{number >> 8 & 7}/{number & 0xFF}"


def address_number(text: str) -> int | None:
    """The 16 bits of `1/2/3` or `1/515`; None where it is no address."""
    if found := _THREE.fullmatch(text.strip()):
        main, middle, sub = (int(part) for part in found.groups())
        number = main << 11 | middle << 8 | sub
        return number if main < 32 and middle < 8 and sub < 256 and number else None
    if found := _TWO.fullmatch(text.strip()):
        main, sub = (int(part) for part in found.groups())
        number = main << 11 | sub
        return number if main < 32 and sub < 2048 and number else None
    return None


def dpt_of(text: str) -> tuple[int, int]:
    """The datapoint type in `DPST-9-1`, `DPT-9` or `9.001`; of several the first. (0, 0) where there is none."""
    words = text.replace(",", " ").split()
    found = _DPT.fullmatch(words[0]) if words else None
    return (int(found[1]), int(found[2] or 0)) if found else NO_DPT


def from_csv(data: bytes) -> tuple[GroupAddress, ...]:
    """The group addresses of a CSV file: ETS exports of one, two or three columns of names or addresses, or any table with
    a name, an address and a datapoint type; columns headed Room and Function make devices. Each address once.
    """
    text = decoded(data)
    delimiter = delimiter_of(text.partition("\n")[0])
    found: dict[int, GroupAddress] = {}
    columns: dict[str, int] = {}
    for at, row in enumerate(_rows(text, delimiter)):
        if at == 0:
            columns = {name.strip().lower(): n for n, name in enumerate(row)}
        one = _address(row, columns)
        if one is not None and len(found) < MAX_ADDRESSES:
            found.setdefault(one.number, one)
    return tuple(found.values())


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    rows = csv.reader(io.StringIO(text.replace("\0", "")), delimiter=delimiter)
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error:  # a cell beyond all limits
            continue


def _address(row: list[str], columns: dict[str, int]) -> GroupAddress | None:
    at, number = next(((n, one) for n, cell in enumerate(row) if (one := address_number(cell))), (0, None))
    after = at + 1
    if number is None and len(row) >= 6 and all(cell.strip().isdecimal() for cell in row[3:6]):
        at, after, number = 3, 6, address_number("/".join(cell.strip() for cell in row[3:6]))
    if number is None:
        return None
    dpt = next((cell for cell in row if _DPT_CELL.fullmatch(cell.strip().partition(" ")[0].rstrip(","))), "")
    names = [cell for cell in row[:at] if cell.strip()][::-1] + [cell for cell in row[after:] if cell != dpt]
    return GroupAddress(
        number=number,
        name=clean_name(names[0] if names else "") or address_text(number),
        dpt=dpt_of(dpt),
        function=_cell(row, columns, "function"),
        room=_cell(row, columns, "room"),
    )


def _cell(row: list[str], columns: dict[str, int], name: str) -> str:
    at = columns.get(name, len(row))
    return clean_name(row[at]) if at < len(row) else ""
