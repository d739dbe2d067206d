"""What the door refuses, and what a client says when there is no answer. Standard library only."""

from __future__ import annotations

from twin.model.problem import Problem, Severity


def unknown_method(name: str) -> Problem:
    """No such method, or none that is carried."""
    return Problem(code="door.method", args={"name": name[:40]})


def forbidden(name: str, role: str, need: str) -> Problem:
    """The caller's role does not suffice."""
    return Problem(code="door.role", args={"role": role, "name": name, "need": need})


def bad_arguments(name: str, detail: str) -> Problem:
    """The arguments are of another type than the method takes."""
    return Problem(code="door.arguments", args={"name": name[:40]}, detail=detail[:200])


def from_web_page() -> Problem:
    """The request has an Origin: a browser sent it."""
    return Problem(code="door.origin")


def wrong_token() -> Problem:
    """No token, or another."""
    return Problem(code="door.token", retry=True)


def too_many(most: int) -> Problem:
    """No room for one more connection."""
    return Problem(code="door.full", args={"most": most}, retry=True)


def another_version(theirs: str, ours: str) -> Problem:
    """Engine and client do not fit together."""
    return Problem(code="door.version", args={"theirs": theirs, "ours": ours})


def another_window(where: str) -> Problem:
    """A window that is attached to an engine was asked for another project."""
    return Problem(code="door.window", where=where)


def opened_elsewhere(where: str) -> Problem:
    """It was opened, in a window of its own."""
    return Problem(code="door.other_window", where=where, severity=Severity.NOTE)


def not_understood(detail: str) -> Problem:
    """A request that is none."""
    return Problem(code="door.request", detail=detail[:200])


def too_large(most: int) -> Problem:
    """A message beyond the limit."""
    return Problem(code="door.size", args={"most": most >> 20})


def engine_gone(detail: str = "") -> Problem:
    """The engine ended, or does not answer, while something was asked of it."""
    return Problem(code="engine.gone", retry=True, detail=detail)


def no_place(where: str) -> Problem:
    """No folder for a socket."""
    return Problem(code="door.place", where=where)


def engine_ended(where: str = "") -> Problem:
    """An engine that was started ended before it let anybody in, and did not say why."""
    return Problem(code="engine.ended", where=where)


def engine_slow(where: str) -> Problem:
    """An engine that was started has not opened its door yet."""
    return Problem(code="engine.slow", where=where, retry=True)


def engine_busy(where: str, pid: int) -> Problem:
    """An engine that was asked to end has not ended yet."""
    return Problem(code="engine.busy", args={"pid": str(pid)}, where=where, retry=True)


def in_a_window(where: str) -> Problem:
    """The engine belongs to a window, which ends it."""
    return Problem(code="engine.window", where=where)


def service_unsupported(system: str) -> Problem:
    """No service manager that this version knows."""
    return Problem(code="service.unsupported", args={"system": system})


def service_failed(what: str, unit: str, detail: str) -> Problem:
    """The service manager refused, or is not there."""
    return Problem(code="service.failed", args={"what": what, "unit": unit}, retry=True, detail=detail[:400])


def service_missing(where: str) -> Problem:
    """No service is installed for the project."""
    return Problem(code="service.missing", where=where)
