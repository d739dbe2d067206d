"""Furniture of our own making, by the room it stands in."""
