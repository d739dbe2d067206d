"""Oikos' own furniture models, one module per room or use."""
