"""Daylight, sky, and the surroundings of the building."""
