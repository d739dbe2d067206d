"""Reads a list of devices to pair: lines of code, name, room, or CSV with a head."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from twin.model.checkout_tally import unfilled_places
from twin.model.ids import PlaceholderId, RoomId
from twin.model.pairing_job import PairingRequest
from twin.model.problem import Problem, ProblemError
from twin.model.twin import Twin

MOST_ROWS = 500
LONGEST = 1024
"""Longest cell that is read, characters."""
_HEADS: Mapping[str, str] = {
    "code": "code", "pairing code": "code", "setup code": "code", "qr": "code", "配对码": "code", "代码": "code",
    "name": "name", "device": "name", "名称": "name", "设备": "name",
    "room": "room", "房间": "room",
}  # fmt: skip
"""Titles of columns, in lower case."""
SEPARATORS = ("\t", ";", "；", ",", "，")
_QR = re.compile(r"(?<![A-Za-z])(?:MT(?::|%3A)|X-HM:)", re.IGNORECASE)
"""Beginning of the text of a QR code: Matter, HomeKit."""
_CODE = re.compile(
    _QR.pattern
    + r"|(?<!\d)\d(?:[ .\-\u2010\u2011\u2013\u00a0\u3000]?\d){10}(?:(?:[ .\-\u2010\u2011\u2013\u00a0\u3000]?\d){10})?(?!\d)",
    re.IGNORECASE,
)
"""A pairing code somewhere in a text: that of a QR code, or the 11 or 21 digits of a manual one."""

type FindRoom = Callable[[str], RoomId | None]


def read_requests(text: str, twin: Twin) -> tuple[PairingRequest, ...]:
    """The devices of a list. Cells are separated by comma, semicolon or tab; without a head the code is what looks like
    one, a cell that is a room's name is the room, and what remains the name. A name that a planned place of that room has
    fills it. Lines without a code are left out. Raises ProblemError where no line has one, or more than MOST_ROWS have.
    """
    find_room = _room_finder(twin)
    free = unfilled_places(twin)
    places = {(one.name.casefold(), one.room): one.id for one in twin.placeholders if one.id in free}
    coded = ((line, row) for line, row in _cells(text, find_room) if row["code"])
    found = tuple(_request(line, row, find_room, places) for line, row in islice(coded, MOST_ROWS + 1))
    if not found:
        raise ProblemError(Problem(code="pair.empty_list"))
    if len(found) > MOST_ROWS:
        raise ProblemError(list_too_long())
    return found


def list_too_long() -> Problem:
    """A list has more devices or characters than are read at once."""
    return Problem(code="pair.list_too_long", args={"most": MOST_ROWS})


def lines_without_code(text: str, twin: Twin) -> str:
    """The lines of a list whose code is still missing."""
    lines = text.removeprefix("\ufeff").splitlines()
    return "\n".join(lines[line - 1] for line, row in _cells(text, _room_finder(twin)) if not row["code"])


def _room_finder(twin: Twin) -> FindRoom:
    """`Twin.find_room` for many texts: the rooms are gone through once."""
    named: dict[str, set[RoomId]] = {}
    for room in twin.rooms:
        for name in (room.number, room.name, room.title):
            named.setdefault(name.casefold(), set()).add(room.id)

    def find(text: str) -> RoomId | None:
        if RoomId(text) in twin.room_of:
            return RoomId(text)
        found = named.get(text.strip().casefold(), set()) if text.strip() else set[RoomId]()
        return next(iter(found)) if len(found) == 1 else None

    return find


def _cells(text: str, find_room: FindRoom) -> Iterator[tuple[int, dict[str, str]]]:
    """Code, name and room of each line, with the line's number."""
    lines = [
        (n, line)
        for n, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1)
        if line.strip() and not line.lstrip(' "').startswith("#")
    ]
    for separator in SEPARATORS if lines else ():
        head = [_HEADS.get(cell.casefold(), "") for cell in _split(lines[0][1], separator)]
        if "code" in head:
            rows = ((n, _split(line, separator)) for n, line in lines[1:])
            yield from ((n, _by_head(head, row)) for n, row in rows if any(row))
            return
    for n, line in lines:
        row = _split(line, _separator(line))
        if any(row):
            yield n, _by_looks(row, find_room)


def _split(line: str, separator: str) -> list[str]:
    read = next(csv.reader([line], delimiter=separator, skipinitialspace=True), list[str]())
    return [cell.strip()[:LONGEST] for cell in read]


def _separator(line: str) -> str:
    """What separates the cells of this line: that by which one of them is a code, else the first that it has."""
    there = [one for one in SEPARATORS if one in line]
    by_code = (one for one in there if any(map(_looks_like_code, _split(line, one))))
    return next(by_code, next(iter(there), ","))


def _by_head(head: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    return {"code": "", "name": "", "room": ""} | {title: cell for title, cell in zip(head, row, strict=False) if title}


def _by_looks(row: Sequence[str], find_room: FindRoom) -> dict[str, str]:
    made = {"code": "", "name": "", "room": ""}
    rest = [cell for cell in row if cell]
    codes = [cell for cell in rest if _looks_like_code(cell)]
    if codes:
        made["code"] = next((cell for cell in codes if _CODE.search(cell)), codes[0])
        rest.remove(made["code"])
    room = next((cell for cell in reversed(rest) if find_room(cell) is not None), None)
    if room is None and len(rest) > 1:
        room = rest[-1]  # named, though the project does not have it
    if room is not None:
        made["room"] = room
        rest.remove(room)
    made["name"] = rest[0] if rest else ""
    return made


def _looks_like_code(cell: str) -> bool:
    """The text of a QR code, or digits (a wrong number of them is told as a wrong code)."""
    if _QR.search(cell):
        return not any(char in cell for char in SEPARATORS)
    return sum(map(str.isdigit, cell)) >= 8 and not any(char.isalpha() or char in (*SEPARATORS, ":") for char in cell)


def _request(
    line: int, row: Mapping[str, str], find_room: FindRoom, places: dict[tuple[str, RoomId | None], PlaceholderId]
) -> PairingRequest:
    name, room = row["name"], find_room(row["room"]) if row["room"] else None
    if any(_CODE.search(cell) for cell in (name, row["room"] if room is None else "")):
        # A name is kept in the clear, and so is a problem's: neither may hold a code.
        return PairingRequest(code=row["code"], wrong=Problem(code="pair.code_in_name", args={"row": line}))
    wrong = _unknown_room(row["room"], line) if row["room"] and room is None else None
    wanted = (key for key in places if key[0] == name.casefold() and (room is None or key[1] == room))
    key = next(wanted, None) if name else None
    place = places.pop(key) if key is not None and wrong is None else None
    return PairingRequest(code=row["code"], name=name, room=room, place=place, wrong=wrong)


def _unknown_room(name: str, line: int) -> Problem:
    return Problem(code="pair.unknown_room", args={"name": name[:80], "row": line})
