"""What is painted over the picture: names, badges, legends, hints."""
