"""Import of building files and drawings into the building model."""
