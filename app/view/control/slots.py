"""Slots for signals, with the types that PySide's stubs leave out."""

from __future__ import annotations

from collections.abc import Callable


def taking[T](kind: type[T], do: Callable[[T], object]) -> Callable[[T], object]:
    """`do` as a slot of a signal that carries one value of this type; gives a lambda's argument its type."""
    del kind
    return do


def calling(do: Callable[[], object]) -> Callable[..., None]:
    """A slot that calls `do` without arguments, whatever values the signal carries."""

    def slot(*_carried: object) -> None:
        do()

    return slot
