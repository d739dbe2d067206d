"""The engine's door: other programs of this computer reach a project's running engine through it, and the client side."""
