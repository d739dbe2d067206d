"""Factory functions for the problems that the engine raises, each with its remedy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from twin.model.device import Device, Point
from twin.model.import_review import CHANGED
from twin.model.plural import counted
from twin.model.problem import Problem, Severity

SHOWN = 8
"""How many ids a remedy lists."""


def unknown(what: str, name: str, remedy: str = "`oikos info` lists what there is") -> Problem:
    """Something was named that the project does not have."""
    return Problem(code=f"unknown.{what}", what=f"There is no {what} called {name[:80]}", remedy=remedy)


def ambiguous(what: str, name: str, ids: Sequence[str]) -> Problem:
    """Something was named by a name that many have."""
    shown = ", ".join(ids[:SHOWN]) + (f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else "")
    return Problem(
        code=f"several.{what}", what=f"Several things are called {name[:80]}", remedy=f"Use the id, one of {shown}"
    )


def point_was_split(device: Device, was: Point, now: Sequence[Point]) -> Problem:
    """What an earlier version took for one value of a device were several."""
    names = ", ".join(point.title for point in now)
    return Problem(
        code="points.split",
        what=f"What was recorded as one value, {was.title}, came from {len(now)}: {names}",
        where=device.name,
        remedy=f"Its history stays with {now[0].title}; each has a history of its own from now on",
        severity=Severity.WARNING,
    )


def no_adapter(target: str) -> Problem:
    """No protocol takes this address or candidate."""
    return Problem(
        code="add.unknown",
        what="No protocol of Oikos knows this address",
        where=target[:120],
        remedy="Use a key that `oikos discover` lists, or a URL such as mqtt://broker:1883",
    )


def login_needed(where: str, reason: str) -> Problem:
    """The peer wants a user and password, or other ones."""
    return Problem(
        code="link.login",
        what=f"A login is needed: {reason}" if reason else "A login is needed",
        where=where,
        remedy="Give user and password in the dialog, or with --secret-from FILE",
        retry=True,
    )


def unreachable(where: str, reason: str) -> Problem:
    """The peer did not answer."""
    return Problem(
        code="link.unreachable",
        what=f"It could not be reached: {reason}" if reason else "It could not be reached",
        where=where,
        remedy="Check that it is switched on and in this network, and that address, port and encryption are right",
        retry=True,
    )


def not_running(where: str, protocol: str) -> Problem:
    """A link of the project cannot be started."""
    return Problem(
        code="link.protocol",
        what=f"The protocol {protocol} is not installed",
        where=where,
        remedy="Its devices stay offline; install the program with this protocol, or remove the link",
    )


def nothing_pairs() -> Problem:
    """No adapter commissions."""
    return Problem(
        code="pair.none",
        what="No protocol here takes devices in by a code",
        remedy='Install Oikos with its Matter part: `pip install "oikos-twin[matter]"`',
    )


def cancelled(where: str) -> Problem:
    """The user stopped it."""
    return Problem(
        code="import.cancelled", what="The import was cancelled", where=where, remedy="Nothing was changed", retry=True
    )


def building_changed(path: str) -> Problem:
    """The file that the building was read from is another one now."""
    return Problem(
        code=CHANGED,
        what=f"The building file has changed: {Path(path).name}",
        where=path,
        remedy="Import it again: you see what changes before anything does",
        severity=Severity.NOTE,
    )


def orphans_ahead(where: str, rooms: Sequence[str], devices: int) -> Problem:
    """A re-import would take rooms away that have devices in them."""
    shown = ", ".join(rooms[:SHOWN]) + (f" and {len(rooms) - SHOWN} more" if len(rooms) > SHOWN else "")
    count = counted(devices, "%n [device|devices]")
    return Problem(
        code="import.orphans",
        what=f"The new file no longer has rooms with devices in them: {shown} ({count})",
        where=where,
        remedy="Say where they go with --move ROOM=ROOM, or --yes to keep them as orphans; nothing was changed",
    )


def which_file(where: str, files: Sequence[str]) -> Problem:
    """The project has several building files and this is none of them by name or content."""
    return Problem(
        code="import.which",
        what="The project has several building files, and this one resembles none of them",
        where=where,
        remedy=f"Say --add, or --replace with one of {', '.join(files[:SHOWN])}",
    )


def twice_in(where: str) -> Problem:
    """The same file is to be added again."""
    return Problem(
        code="import.twice",
        what="The project has this building file already",
        where=where,
        remedy="Import it without --add to read it again",
    )


def not_yet(what: str, remedy: str) -> Problem:
    """Something that this version does not do."""
    return Problem(code="not_supported", what=f"{what} is not supported yet", remedy=remedy)


def nothing_open() -> Problem:
    """The desk was asked for something that needs a project."""
    return Problem(code="project.none", what="No project is open", remedy="Open a project, or make a new one")
