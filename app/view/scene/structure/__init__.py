"""Actors of the building: storeys, floors, ceilings, exterior."""
