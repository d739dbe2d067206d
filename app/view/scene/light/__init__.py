"""Baked light: requests to the baker, and drawing of its results."""
