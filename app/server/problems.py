"""Problems that the door refuses calls with, and those of clients without an answer. Standard library only."""

from __future__ import annotations

from twin.model.problem import Problem, Severity


def unknown_method(name: str) -> Problem:
    """Problem: the method does not exist, or clients may not call it."""
    return Problem(code="door.method", args={"name": name[:40]})


def forbidden(name: str, role: str, need: str) -> Problem:
    """Problem: the caller's role does not allow the method."""
    return Problem(code="door.role", args={"role": role, "name": name, "need": need})


def bad_arguments(name: str, detail: str) -> Problem:
    """Problem: the arguments have the wrong type for the method."""
    return Problem(code="door.arguments", args={"name": name[:40]}, detail=detail[:200])


def from_web_page() -> Problem:
    """Problem: the request has an Origin header, so a web page sent it."""
    return Problem(code="door.origin")


def wrong_token() -> Problem:
    """Problem: the token is missing or wrong."""
    return Problem(code="door.token", retry=True)


def too_many(most: int) -> Problem:
    """Problem: the door already has `most` connections."""
    return Problem(code="door.full", args={"most": most}, retry=True)


def another_version(theirs: str, ours: str) -> Problem:
    """Problem: the versions of engine and client are incompatible."""
    return Problem(code="door.version", args={"theirs": theirs, "ours": ours})


def another_window(where: str) -> Problem:
    """Problem: a window attached to an engine cannot open another project."""
    return Problem(code="door.window", where=where)


def opened_elsewhere(where: str) -> Problem:
    """Note: the project was opened in a window of its own."""
    return Problem(code="door.other_window", where=where, severity=Severity.NOTE)


def not_understood(detail: str) -> Problem:
    """Problem: the request or answer is malformed."""
    return Problem(code="door.request", detail=detail[:200])


def too_large(most: int) -> Problem:
    """Problem: the message exceeds the limit of `most` bytes."""
    return Problem(code="door.size", args={"most": most >> 20})


def engine_gone(detail: str = "") -> Problem:
    """Problem: the engine ended, or does not answer."""
    return Problem(code="engine.gone", retry=True, detail=detail)


def no_place(where: str) -> Problem:
    """Problem: there is no private folder with a path short enough for a socket."""
    return Problem(code="door.place", where=where)


def engine_ended(where: str = "") -> Problem:
    """Problem: a started engine ended before it opened its door, without a reason."""
    return Problem(code="engine.ended", where=where)


def engine_slow(where: str) -> Problem:
    """Problem: a started engine has not opened its door yet."""
    return Problem(code="engine.slow", where=where, retry=True)


def engine_busy(where: str, pid: int) -> Problem:
    """Problem: an engine that was asked to end has not ended yet."""
    return Problem(code="engine.busy", args={"pid": str(pid)}, where=where, retry=True)


def in_a_window(where: str) -> Problem:
    """Problem: the engine belongs to a window and ends with it."""
    return Problem(code="engine.window", where=where)


def service_unsupported(system: str) -> Problem:
    """Problem: the system has no supported service manager."""
    return Problem(code="service.unsupported", args={"system": system})


def service_failed(what: str, unit: str, detail: str) -> Problem:
    """Problem: the service manager refused, or cannot be reached."""
    return Problem(code="service.failed", args={"what": what, "unit": unit}, retry=True, detail=detail[:400])


def service_missing(where: str) -> Problem:
    """Problem: no service is installed for the project."""
    return Problem(code="service.missing", where=where)
