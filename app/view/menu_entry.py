"""Type of a context menu entry: text, icon and function."""

from __future__ import annotations

from collections.abc import Callable


def unavailable() -> None:
    """Function of an entry that is shown, greyed, with the reason why something cannot be done."""


type MenuEntry = tuple[str, str, Callable[[], object]]
"""Text, icon name and function of a menu entry."""
