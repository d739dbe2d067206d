"""Texts for people as data: a code, whose sentence is in the catalogues, and named arguments."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

type Args = dict[str, Any]
"""Named arguments of a sentence: JSON values, and nested texts as `{"code": …, "args": …}`. The argument `n` selects
the plural.
"""

EARLIER = "text.earlier"
"""Code for a finished sentence stored by an earlier version; its argument `text` is shown unchanged."""
LIBRARY = "text.library"
"""Code for a library's own message, in its language; its argument `text` is shown unchanged."""


@dataclass(frozen=True, slots=True, init=False)
class Text:
    """A translatable sentence or part of one: `Text("edit.bind", name="Lamp")`."""

    code: str
    """Stable and machine readable; dotted words."""
    args: Args = field(hash=False)

    def __init__(self, code: str, /, **args: object) -> None:
        _set_code(self, code)
        _set_args(self, args if _JSON_TYPES.issuperset(map(type, args.values())) else plain_args(args))

    def __str__(self) -> str:
        return described(self.code, self.args)

    def as_json(self) -> dict[str, Any]:
        """The text as a JSON object: `code` and `args`."""
        return {"code": self.code, "args": self.args}


_set_code, _set_args = vars(Text)["code"].__set__, vars(Text)["args"].__set__
"""Set the attributes of a new text, which is frozen, in half the time of `object.__setattr__`: rules make one for each reason."""
_JSON_TYPES = frozenset((str, int, float, bool, type(None)))
"""Exact types of arguments that are JSON values as they are."""


def plain_args(args: Mapping[str, object]) -> Args:
    """The arguments as JSON values: texts become objects, tuples become lists."""
    return {name: _plain(value) for name, value in args.items()}


def as_text(value: object) -> Text | None:
    """The text that a JSON argument `{"code": …, "args": …}` stands for; None for anything else."""
    if not isinstance(value, dict):
        return None
    fields = cast("dict[str, Any]", value)
    code, args = fields.get("code"), fields.get("args")
    if not isinstance(code, str) or not isinstance(args, dict) or len(fields) != 2:
        return None
    return Text(code, **{str(name): one for name, one in cast("dict[object, object]", args).items()})


_OF_ERRNO: dict[int | None, str] = {
    errno.ECONNREFUSED: "reason.connection_refused",
    errno.ECONNRESET: "reason.connection_broken",
    errno.ECONNABORTED: "reason.connection_broken",
    errno.EPIPE: "reason.connection_broken",
    errno.EHOSTUNREACH: "reason.no_route",
    errno.ENETUNREACH: "reason.no_route",
    errno.EHOSTDOWN: "reason.no_route",
    errno.ETIMEDOUT: "reason.no_answer",
    errno.EADDRINUSE: "reason.port_in_use",
    errno.EACCES: "reason.not_permitted",
    errno.EPERM: "reason.not_permitted",
}
"""Codes for the operating system's connection errors; others are shown in its own words."""


def why(error: BaseException) -> Text:
    """The reason in an exception: the Text it was raised with, the code of a connection error, else its own message."""
    given = error.args[0] if error.args else None
    if isinstance(given, Text):
        return given
    if type(error).__name__ == "gaierror":  # socket's, which is not to be imported here
        return Text("reason.unknown_name")
    if isinstance(error, OSError):
        code = _OF_ERRNO.get(error.errno)
        return Text(code) if code else Text(LIBRARY, text=error.strerror or str(error) or type(error).__name__)
    return Text(LIBRARY, text=str(error) or type(error).__name__)


def described(code: str, args: Mapping[str, Any]) -> str:
    """Code and arguments on one line, for logs: `zip.bomb(most=20000)`."""
    arguments = ", ".join(f"{name}={_short(value)}" for name, value in args.items())
    return f"{code}({arguments})" if arguments else code


def _short(value: object) -> str:
    return str(inner) if (inner := as_text(value)) is not None else repr(value)


def _plain(value: object) -> object:
    if type(value) in _JSON_TYPES:
        return value
    if isinstance(value, Text):
        return value.as_json()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in cast("list[object]", value)]
    return str(value) if isinstance(value, str) else value
