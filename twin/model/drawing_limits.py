"""Limits of a drawing's heights and names."""

from __future__ import annotations

from twin.model.drawing import HEIGHT_M, refusal
from twin.model.ids import clean_name
from twin.model.problem import ProblemError


def height_within(height_m: float, *, least: float = 0.0) -> float:
    """The height in metres, or 0 where `least` allows it (then the storey's holds). ProblemError outside HEIGHT_M."""
    low, high = HEIGHT_M
    if height_m == least == 0.0:
        return 0.0
    if not low <= height_m <= high:
        raise ProblemError(refusal("drawing.height", low=low, high=high))
    return height_m


def room_or_storey_name(name: str) -> str:
    """The name without surrounding or repeated spaces. ProblemError where nothing is left."""
    if clean := clean_name(name):
        return clean
    raise ProblemError(refusal("drawing.nameless"))
