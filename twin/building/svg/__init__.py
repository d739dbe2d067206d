"""Import of SVG plans whose shapes are named by areas and entities of Home Assistant."""
