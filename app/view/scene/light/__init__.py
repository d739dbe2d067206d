"""Baked light in the picture: what is asked of the baker, and what is drawn of its answer."""
