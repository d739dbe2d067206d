"""Credentials of a link. Imports only the standard library, for fast verbs."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """Credentials of a link. Never logged; the fields do not appear in repr."""

    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    data: str = field(default="", repr=False)
    """Longer secrets of a protocol (pairing keys as JSON)."""
