"""Reads a list of devices to pair: lines of code, name, room, or CSV with a head."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence

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


def read_requests(text: str, twin: Twin) -> tuple[PairingRequest, ...]:
    """The devices of a list. Cells are separated by comma, semicolon or tab; without a head the code is what looks like
    one, a cell that is a room's name is the room, and what remains the name. A name that a planned place of that room has
    fills it. Lines without a code are left out. Raises ProblemError where no line has one.
    """
    cells = _cells(text, twin)
    free = unfilled_places(twin)
    places = {(one.name.casefold(), one.room): one.id for one in twin.placeholders if one.id in free}
    found = tuple(_request(line, row, twin, places) for line, row in cells if row["code"])[:MOST_ROWS]
    if not found:
        raise ProblemError(Problem(code="pair.empty_list"))
    return found


def lines_without_code(text: str, twin: Twin) -> str:
    """The lines of a list whose code is still missing."""
    lines = text.removeprefix("\ufeff").splitlines()
    return "\n".join(lines[line - 1] for line, row in _cells(text, twin) if not row["code"])


def _cells(text: str, twin: Twin) -> list[tuple[int, dict[str, str]]]:
    """Code, name and room of each line, with the line's number."""
    rows = _rows(text)
    head = [_HEADS.get(cell.casefold(), "") for cell in rows[0][1]] if rows else []
    if "code" in head:
        return [(line, _by_head(head, row)) for line, row in rows[1:]]
    return [(line, _by_looks(row, twin)) for line, row in rows]


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """The cells of each line that has any, with the line's number from 1."""
    lines = text.removeprefix("\ufeff").splitlines()
    whole = "\n".join(lines)
    separator = next((one for one in ("\t", ";") if one in whole), ",")
    read = (
        (n, next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])) for n, line in enumerate(lines, 1)
    )
    rows = ((line, [cell.strip()[:LONGEST] for cell in row]) for line, row in read)
    return [(line, row) for line, row in rows if any(row) and not row[0].startswith("#")]


def _by_head(head: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    return {"code": "", "name": "", "room": ""} | {title: cell for title, cell in zip(head, row, strict=False) if title}


def _by_looks(row: Sequence[str], twin: Twin) -> dict[str, str]:
    made = {"code": "", "name": "", "room": ""}
    rest = [cell for cell in row if cell]
    if (code := next((cell for cell in rest if _looks_like_code(cell)), None)) is not None:
        made["code"] = code
        rest.remove(code)
    room = next((cell for cell in reversed(rest) if twin.find_room(cell) is not None), None)
    if room is None and len(rest) > 1:
        room = rest[-1]  # named, though the project does not have it
    if room is not None:
        made["room"] = room
        rest.remove(room)
    made["name"] = rest[0] if rest else ""
    return made


def _looks_like_code(cell: str) -> bool:
    digits = sum(map(str.isdigit, cell))
    return ":" in cell or (digits >= 8 and not any(char.isalpha() for char in cell))


def _request(
    line: int, row: Mapping[str, str], twin: Twin, places: dict[tuple[str, RoomId | None], PlaceholderId]
) -> PairingRequest:
    room = twin.find_room(row["room"]) if row["room"] else None
    wrong = _unknown_room(row["room"], line) if row["room"] and room is None else None
    name = row["name"]
    wanted = (key for key in places if key[0] == name.casefold() and (room is None or key[1] == room.id))
    key = next(wanted, None) if name else None
    place = places.pop(key) if key is not None and wrong is None else None
    return PairingRequest(code=row["code"], name=name, room=room.id if room else None, place=place, wrong=wrong)


def _unknown_room(name: str, line: int) -> Problem:
    return Problem(code="pair.unknown_room", args={"name": name[:80], "row": line})
