"""Doors of our own furniture: which have leaves, and when there are two."""

from __future__ import annotations

FRAMES = {"door": 0.05, "front_door": 0.06}
"""Models with leaves, and how wide their frame is, metres."""
DOUBLE_M = 1.3
"""A door wider than this has two leaves."""
