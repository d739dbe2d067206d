"""The plan editor: draws walls, doors and windows, finds the rooms, and updates the 3D view beside it."""
