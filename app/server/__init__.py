"""The engine's door, by which other programs of this computer use a project's running engine, and its client side."""
