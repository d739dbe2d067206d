"""Factory functions for the problems that the engine raises, each with its remedy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from twin.model.device import Device, Point
from twin.model.import_review import CHANGED
from twin.model.problem import Problem, Severity
from twin.model.text import Text

SHOWN = 8
"""How many ids a remedy lists."""
LOGIN = "link.login"
"""Code of the problem that a link needs a login, or another one."""


def first_of(names: Sequence[str]) -> list[object]:
    """The first few names, as an argument of a text, and how many more there are."""
    more = len(names) - SHOWN
    return [*names[:SHOWN], *((Text("text.more", n=more),) if more > 0 else ())]


def unknown(what: str, name: str, remedy: Text | None = None) -> Problem:
    """Something was named that the project does not have: a room, device, point, link, candidate, building_file."""
    return Problem(code=f"unknown.{what}", args={"name": name[:80]}, remedy=remedy)


def ambiguous(what: str, name: str, ids: Sequence[str]) -> Problem:
    """Something was named by a name that many have."""
    return Problem(code=f"several.{what}", args={"name": name[:80], "ids": first_of(ids)})


def point_was_split(device: Device, was: Point, now: Sequence[Point]) -> Problem:
    """What an earlier version took for one value of a device were several."""
    return Problem(
        code="points.split",
        args={"was": was.title, "n": len(now), "names": [point.title for point in now], "first": now[0].title},
        where=device.name,
        severity=Severity.WARNING,
    )


def no_adapter(target: str) -> Problem:
    """No protocol takes this address or candidate."""
    return Problem(code="add.unknown", where=target[:120])


def login_needed(where: str, reason: Text | None) -> Problem:
    """The peer wants a user and password, or other ones."""
    return Problem(code=LOGIN, args={"reason": reason or Text("reason.login_refused")}, where=where, retry=True)


def unreachable(where: str, reason: Text | None) -> Problem:
    """Problem: the peer of a link did not answer."""
    return Problem(
        code="link.unreachable", args={"reason": reason or Text("reason.no_answer")}, where=where, retry=True
    )


def still_described(where: str, devices: int) -> Problem:
    """The peer has not named all its devices yet; `devices` are here."""
    return Problem(code="link.incomplete", args={"n": devices}, where=where, retry=True)


def not_running(where: str, protocol: str) -> Problem:
    """A link of the project cannot be started."""
    return Problem(code="link.protocol", args={"protocol": protocol}, where=where)


def nothing_pairs() -> Problem:
    """Problem: no adapter can commission devices."""
    return Problem(code="pair.none")


def cancelled(where: str) -> Problem:
    """Problem: the user stopped the import."""
    return Problem(code="import.cancelled", where=where, retry=True)


def building_changed(path: str) -> Problem:
    """The file that the building was read from is another one now."""
    return Problem(code=CHANGED, args={"file": Path(path).name}, where=path, severity=Severity.NOTE)


def orphans_ahead(where: str, rooms: Sequence[str], devices: int) -> Problem:
    """A re-import would take rooms away that have devices in them."""
    return Problem(code="import.orphans", args={"rooms": first_of(rooms), "n": devices}, where=where)


def which_file(where: str, files: Sequence[str]) -> Problem:
    """The project has several building files and this is none of them by name or content."""
    return Problem(code="import.which", args={"files": list(files[:SHOWN])}, where=where)


def twice_in(where: str) -> Problem:
    """The same file is to be added again."""
    return Problem(code="import.twice", where=where)


def nothing_open() -> Problem:
    """The desk was asked for something that needs a project."""
    return Problem(code="project.none")
