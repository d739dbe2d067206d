"""A page of a document as a picture, to be traced."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Page:
    """One page, drawn: rows of RGB from the top, three bytes a pixel."""

    rgb: bytes
    width_px: int
    height_px: int
    m_per_px: float
    """On paper, in metres."""
    pages: int
    """How many the document has."""
