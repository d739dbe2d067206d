"""A building as it is drawn: walls, openings, rooms and furniture as data, before any mesh."""
