"""The 3D view of the twin, drawn with VTK inside Qt."""
