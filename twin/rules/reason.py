"""Why something happened or did not: a code with named arguments, no sentence."""

from __future__ import annotations

from msgspec import Struct


class Reason(Struct, frozen=True):
    """The sentence for `code` stands in the catalogues of texts; `args` are its names, numbers and times (UTC ms)."""

    code: str
    args: dict[str, ReasonArgument] = {}


type ReasonArgument = str | float | bool | Reason | None
"""What JSON has, or a reason within a reason."""


def because(code: str, /, **args: ReasonArgument) -> Reason:
    """A reason with its arguments by name."""
    return Reason(code, args)
