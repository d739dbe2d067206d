"""Factory functions for the problems that the engine raises, each with its remedy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from twin.model.device import Device, Point, heirs, in_other_units
from twin.model.import_review import CHANGED
from twin.model.problem import Problem, Severity
from twin.model.text import Text
from twin.model.twin import Twin

SHOWN = 8
"""Most names that a remedy lists."""
LOGIN = "link.login"
"""Code of the problem that a link needs a login, or a different one."""


def first_of(names: Sequence[str | Text]) -> list[object]:
    """The first SHOWN names for a text's argument, followed by the number of others."""
    more = len(names) - SHOWN
    return [*names[:SHOWN], *((Text("text.more", n=more),) if more > 0 else ())]


def unknown(what: str, name: str, remedy: Text | None = None) -> Problem:
    """Problem: the project has no room, device, point, link, candidate or building_file (`what`) of this name."""
    return Problem(code=f"unknown.{what}", args={"name": name[:80]}, remedy=remedy)


def ambiguous(what: str, name: str, ids: Sequence[str]) -> Problem:
    """Problem: several things (`ids`) have this name."""
    return Problem(code=f"several.{what}", args={"name": name[:80], "ids": first_of(ids)})


def several_points(name: str, points: Sequence[Point], twin: Twin) -> Problem:
    """Problem: several points of a device have this name; lists names that each have one."""
    names = [f"{twin.device_of[point.device].name}/{point.info.key}" for point in points]
    listed = [
        Text("text.titled", name=typed if twin.find_point(typed) == point else point.id, title=point.title)
        for typed, point in zip(names, points, strict=True)
    ]
    return Problem(code="several.point_of_device", args={"name": name[:80], "points": first_of(listed)})


def changed_points(known: Device, fresh: Device, merged: Device) -> Iterator[tuple[Point, Problem]]:
    """Points of a known device whose history does not simply go on with the fresh description, each with its problem: one value
    became several, or has another unit than its recorded values, by what was `merged` from both."""
    for was, now in heirs(known.points, fresh.points):
        if len(now) > 1:
            names = [point.title for point in now]
            args = {"was": was.title, "n": len(now), "names": names, "first": names[0]}
            yield was, Problem(code="points.split", args=args, where=known.name, severity=Severity.WARNING)
    for was, one in in_other_units(known.points, merged.points):
        args = {"point": was.title, "was": was.capability.unit, "now": one.capability.unit}
        yield was, Problem(code="points.unit", args=args, where=known.name, severity=Severity.WARNING)


def lost_points(titles: Sequence[Text]) -> Problem:
    """Problem: these definitions watch or command points that the project does not have."""
    args = {"n": len(titles), "titles": first_of(titles)}
    return Problem(code="rules.lost_points", args=args, severity=Severity.WARNING)


def no_adapter(target: str) -> Problem:
    """Problem: no protocol takes this address or candidate."""
    return Problem(code="add.unknown", where=target[:120])


def login_needed(where: str, reason: Text | None) -> Problem:
    """Problem: the peer requires a user and password, or different ones."""
    return Problem(code=LOGIN, args={"reason": reason or Text("reason.login_refused")}, where=where, retry=True)


def unreachable(where: str, reason: Text | None) -> Problem:
    """Problem: the peer of a link did not answer."""
    return Problem(
        code="link.unreachable", args={"reason": reason or Text("reason.no_answer")}, where=where, retry=True
    )


def still_described(where: str, devices: int) -> Problem:
    """Problem: the peer has not described all its devices yet; `devices` is the number described."""
    return Problem(code="link.incomplete", args={"n": devices}, where=where, retry=True)


def still_ending(links: Sequence[str], *, stuck: bool) -> Problem:
    """Problem: not everything had ended when the engine stopped: these links (addresses) were left, or its thread hangs."""
    return Problem(code="engine.stuck" if stuck else "engine.late", args={"n": len(links), "links": first_of(links)})


def still_paired(where: str) -> Problem:
    """Problem: a removed link's peer could not be reached, and keeps the keys of a pairing that no longer exists here."""
    return Problem(code="link.still_paired", where=where, severity=Severity.WARNING)


def still_commanded(where: str) -> Problem:
    """Problem: a removed link's devices could not be reached, and keep what they were commanded."""
    return Problem(code="link.still_commanded", where=where, severity=Severity.WARNING)


def not_running(where: str, protocol: str) -> Problem:
    """Problem: a link cannot be started, as its protocol is not installed."""
    return Problem(code="link.protocol", args={"protocol": protocol}, where=where)


def nothing_pairs() -> Problem:
    """Problem: no adapter can commission devices."""
    return Problem(code="pair.none")


def job_of_another(name: str) -> Problem:
    """Problem: a job began for another person, and the caller may end only their own."""
    return Problem(code="job.of_another", args={"name": name[:40]})


def cancelled(where: str) -> Problem:
    """Problem: the user stopped the import."""
    return Problem(code="import.cancelled", where=where, retry=True)


def bad_light(reason: str) -> Problem:
    """Problem: data that a client sent to be stored is not the light of a storey."""
    return Problem(code="light.damaged", args={"reason": reason})


def building_changed(path: str) -> Problem:
    """Note: a building file changed since it was read."""
    return Problem(code=CHANGED, args={"file": Path(path).name}, where=path, severity=Severity.NOTE)


def orphans_ahead(where: str, rooms: Sequence[str], devices: int) -> Problem:
    """Problem: a re-import would remove rooms that have devices in them."""
    return Problem(code="import.orphans", args={"rooms": first_of(rooms), "n": devices}, where=where)


def which_file(where: str, files: Sequence[str]) -> Problem:
    """Problem: the file matches none of the project's several building files by name or content."""
    return Problem(code="import.which", args={"files": list(files[:SHOWN])}, where=where)


def twice_in(where: str) -> Problem:
    """Problem: a file is to be added that the project already has."""
    return Problem(code="import.twice", where=where)


def nothing_open() -> Problem:
    """Problem: no project is open."""
    return Problem(code="project.none")


def too_much(count: int, most: int) -> Problem:
    """Problem: a request asks for more times or points than one answer holds."""
    return Problem(code="history.too_much", args={"count": count, "most": most})
