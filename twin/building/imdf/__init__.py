"""Import of Indoor Mapping Data Format: a zip of GeoJSON, one file per kind of feature."""
