"""Furniture models made for Oikos, one module per room or use."""
