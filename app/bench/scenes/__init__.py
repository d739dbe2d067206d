"""Measurement of the 3D view in a process of its own, and the buildings for it."""
