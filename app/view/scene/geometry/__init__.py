"""Meshes as arrays and as VTK data: cutting, joining, baked light."""
