"""The plan editor: walls drawn, doors and windows set, rooms found; the 3D grows beside it."""
