"""What the door refuses, and what a client says when there is no answer. Standard library only."""

from __future__ import annotations

from twin.model.problem import Problem


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


def not_understood(detail: str) -> Problem:
    """A request that is none."""
    return Problem(code="door.request", detail=detail[:200])


def too_large(most: int) -> Problem:
    """A message beyond the limit."""
    return Problem(code="door.size", args={"most": most >> 20})


def engine_gone(where: str = "") -> Problem:
    """The engine ended, or does not answer, while something was asked of it."""
    return Problem(code="engine.gone", where=where, retry=True)


def no_place(where: str) -> Problem:
    """No folder for a socket."""
    return Problem(code="door.place", where=where)
