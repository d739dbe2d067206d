"""2D overlay of the 3D view: names, badges, legends, hints."""
