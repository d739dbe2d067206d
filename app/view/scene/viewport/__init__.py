"""Render surfaces, on and off screen, and their resolution."""
