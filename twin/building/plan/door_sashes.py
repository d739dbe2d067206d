"""Door models: which have leaves, and from which width there are two."""

from __future__ import annotations

FRAMES = {"door": 0.05, "front_door": 0.06}
"""Models with leaves, and the width of their frame in metres."""
DOUBLE_M = 1.3
"""A door wider than this has two leaves."""
