"""Early warnings that a person called normal: definitions of the project."""

from __future__ import annotations

from msgspec import Struct


class NormalMark(Struct, frozen=True, kw_only=True):
    """A finding that is normal for a point: the limit of its test is widened beyond `level`."""

    id: str
    """`kind:point`: one mark for each."""
    title: str = ""
    kind: str = ""
    point: str = ""
    level: float = 1.0
    """Level of the warning when it was dismissed: see EarlyWarning."""
    rules: tuple[str, ...] = ()
    """The rules by which a fault of the plant was told then; with further ones it is told again."""
    created_ms: int = 0
    who: str = ""
