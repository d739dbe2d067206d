"""What the door refuses, and what a client says when there is no answer. Standard library only."""

from __future__ import annotations

from twin.model.problem import Problem


def unknown_method(name: str) -> Problem:
    """No such method, or none that is carried."""
    return Problem(
        code="door.method",
        what=f"The engine has nothing called {name[:40]!a}",
        remedy="Use the same version of Oikos on both sides",
    )


def forbidden(name: str, role: str, need: str) -> Problem:
    """The caller's role does not suffice."""
    return Problem(
        code="door.role",
        what=f"A {role} may not do this ({name}): it needs an {need}",
        remedy="Ask whoever runs this engine for more rights",
    )


def bad_arguments(name: str, detail: str) -> Problem:
    """The arguments are of another type than the method takes."""
    return Problem(
        code="door.arguments",
        what=f"{name[:40]} was called with something that it does not take",
        remedy="Use the same version of Oikos on both sides",
        detail=detail[:200],
    )


def from_web_page() -> Problem:
    """The request has an Origin: a browser sent it."""
    return Problem(
        code="door.origin",
        what="A web page asked for this: the engine answers programs of this computer only",
        remedy="Use the window or the command line",
    )


def wrong_token() -> Problem:
    """No token, or another."""
    return Problem(
        code="door.token",
        what="The token is not the one of this engine",
        remedy="Start the program again: it reads the token anew",
        retry=True,
    )


def too_many(most: int) -> Problem:
    """No room for one more connection."""
    return Problem(
        code="door.full",
        what=f"The engine has {most} connections and takes no more",
        remedy="Close windows or programs that you do not need, then try again",
        retry=True,
    )


def another_version(theirs: str, ours: str) -> Problem:
    """Engine and client do not fit together."""
    return Problem(
        code="door.version",
        what=f"The engine that has this project open is Oikos {theirs}, this is {ours}: they do not fit together",
        remedy="Close it (its window, or `oikos run`) and start it again with this version",
    )


def another_window(where: str) -> Problem:
    """A window that is attached to an engine was asked for another project."""
    return Problem(
        code="door.window",
        what="This window shows the project of an engine that runs by itself",
        where=where,
        remedy="Open the other project in a window of its own: start Oikos with its name",
    )


def not_understood(detail: str) -> Problem:
    """A request that is none."""
    return Problem(
        code="door.request",
        what="The engine does not understand the request",
        remedy="Use the same version of Oikos on both sides",
        detail=detail[:200],
    )


def too_large(most: int) -> Problem:
    """A message beyond the limit."""
    return Problem(
        code="door.size",
        what=f"The message is larger than {most >> 20} MB",
        remedy="Send less at a time",
    )


def engine_gone(where: str = "") -> Problem:
    """The engine ended, or does not answer, while something was asked of it."""
    return Problem(
        code="engine.gone",
        what="The engine does not answer any more",
        where=where,
        remedy="Start it again with `oikos run`, or open the project in the window; then try again",
        retry=True,
    )


def no_place(where: str) -> Problem:
    """No folder for a socket."""
    return Problem(
        code="door.place",
        what="Other programs cannot reach this engine: no folder for its socket is private and has a short path",
        where=where,
        remedy="Set XDG_RUNTIME_DIR or OIKOS_HOME to a folder of your own with a short path",
    )
