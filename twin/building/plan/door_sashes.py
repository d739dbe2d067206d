"""Door models with leaves, and the width from which they have two."""

from __future__ import annotations

FRAMES = {"door": 0.05, "front_door": 0.06}
"""Width of the frame in metres by door model."""
DOUBLE_M = 1.3
"""A door wider than this has two leaves."""
