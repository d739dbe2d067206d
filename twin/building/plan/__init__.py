"""Buildings drawn as data (walls, openings, rooms, furniture) and their conversion to a model."""
